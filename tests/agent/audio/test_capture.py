"""Every microphone format, converted to µ-law, compared with the filter's specification."""

import io
import struct

import numpy as np
import pytest
import soundfile

from custom_components.playai.agent import AgentError, ErrorKind
from custom_components.playai.agent.audio import (
    SILENCE,
    Container,
    MulawConverter,
    mulaw_decode,
    mulaw_encode,
)
from custom_components.playai.agent.audio.pcm import PcmFormat

from .sounds import decibels, file_of, likeness, pieces_of, tone, voice

RATES = [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000]


def convert(converter, pieces):
    mulaw = b"".join([*(converter.feed(piece) for piece in pieces), converter.finish()])
    return mulaw_decode(mulaw)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("bits", [8, 16, 24, 32])
@pytest.mark.parametrize("rate", RATES)
def test_pcm(rate, bits, channels):
    data = PcmFormat(rate, bits, channels).from_mono(voice(rate))
    heard = convert(MulawConverter(Container.WAV, rate, bits, channels), pieces_of(data, 1_001))
    assert len(heard) == pytest.approx(32_000, abs=4)
    assert likeness(heard, voice(16_000), 16_000) > 0.99
    assert decibels(heard) == pytest.approx(decibels(voice(16_000)), abs=0.2)


@pytest.mark.parametrize("size", [1, 319, 32_000])
def test_what_fits_is_only_encoded(size):
    said = voice(16_000)
    converter = MulawConverter(Container.WAV)
    mulaw = b"".join(converter.feed(piece) for piece in pieces_of(said.tobytes(), size))
    assert mulaw == mulaw_encode(said)


@pytest.mark.parametrize("size", [1, 10, 5_000])
@pytest.mark.parametrize(
    ("subtype", "rate"),
    [("PCM_U8", 8_000), ("PCM_16", 48_000), ("PCM_24", 16_000), ("FLOAT", 44_100)],
)
def test_header_overrides_the_declaration(subtype, rate, size):
    data = file_of(voice(rate, 1), rate, "WAV", subtype)
    heard = convert(MulawConverter(Container.WAV, 16_000, 16, 2), pieces_of(data, size))
    assert len(heard) == pytest.approx(16_000, abs=4)
    assert likeness(heard, voice(16_000, 1), 16_000) > 0.98


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_opus(rate, channels):
    both = np.repeat(voice(rate)[:, None], channels, axis=1)
    data = file_of(both, rate, "OGG", "OPUS")
    heard = convert(MulawConverter(Container.OGG), pieces_of(data, 100))
    assert len(heard) == pytest.approx(32_000, abs=500)
    assert likeness(heard, voice(16_000), 16_000) > 0.98


@pytest.mark.parametrize("hertz", [10_000, 15_000, 20_000, 23_000])
def test_nothing_is_mirrored_down(hertz):
    """At 16 kHz, 15 kHz would be heard as 1 kHz.

    Half of µ-law's smallest step is 4 of 32768, 78 dB below full scale. The filter must
    leave less than that: then no sample differs from silence.
    """
    data = tone(hertz, 48_000, level=0.99).tobytes()
    heard = convert(MulawConverter(Container.WAV, 48_000), [data])
    assert not heard[800:-800].any()


def test_just_above_the_limit_little_is_mirrored_down():
    """9 kHz falls on 7 kHz, in the filter's slope: below µ-law's own noise, -38 dB."""
    heard = convert(MulawConverter(Container.WAV, 48_000), [tone(9_000, 48_000, 1, 0.99).tobytes()])
    assert decibels(heard[800:-800]) < -38


@pytest.mark.parametrize("hertz", [100, 300, 1_000, 3_400, 6_000])
def test_what_can_be_heard_keeps_its_level(hertz):
    heard = convert(MulawConverter(Container.WAV, 48_000), [tone(hertz, 48_000).tobytes()])
    assert decibels(heard[800:-800]) == pytest.approx(-6.02, abs=0.2)


def test_one_channel_of_two_is_half():
    frames = np.stack([tone(1_000, 16_000), np.zeros(16_000, np.int16)], axis=1)
    heard = convert(MulawConverter(Container.WAV, 16_000, 16, 2), [frames.tobytes()])
    assert decibels(heard) == pytest.approx(-12.04, abs=0.2)


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
def test_silence_is_silence(bits):
    data = PcmFormat(16_000, bits).from_mono(np.zeros(1_600, np.int16))
    assert set(MulawConverter(Container.WAV, 16_000, bits).feed(data)) == {SILENCE}


def test_delay_is_a_few_milliseconds():
    converter = MulawConverter(Container.WAV, 48_000)
    data = tone(440, 48_000).tobytes()
    heard = sum(len(converter.feed(piece)) for piece in pieces_of(data, 1_920))
    assert heard >= 16_000 - 16_000 * 0.005


@pytest.mark.parametrize(
    "declaration",
    [(0, 16, 1), (16_000_000, 16, 1), (16_000, 12, 1), (16_000, 16, 0), (16_000, 64, 1)],
)
def test_impossible_declaration(declaration):
    with pytest.raises(AgentError) as raised:
        MulawConverter(Container.WAV, *declaration)
    assert raised.value.kind is ErrorKind.BAD_AUDIO


def test_header_that_lies():
    data = b"RIFF" + struct.pack("<I4s4sIHHIIHH", 36, b"WAVE", b"fmt ", 16, 1, 1, 0, 0, 2, 16)
    with pytest.raises(AgentError):
        MulawConverter(Container.WAV).feed(data + b"data\xff\xff\xff\xff" + bytes(100))


def test_declared_ogg_that_is_something_else():
    converter = MulawConverter(Container.OGG)
    assert converter.feed(bytes(10_000)) + converter.finish() == b""


def test_ogg_of_another_codec():
    file = io.BytesIO()
    soundfile.write(file, voice(16_000), 16_000, format="OGG", subtype="VORBIS")
    heard = convert(MulawConverter(Container.OGG), [file.getvalue()])
    assert likeness(heard, voice(16_000), 16_000) > 0.98
