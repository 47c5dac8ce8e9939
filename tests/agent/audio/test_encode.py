"""The encoder's output, read by libsndfile."""

import gc
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile

from custom_components.playai.agent import AgentError, ErrorKind, OutputFormat
from custom_components.playai.agent.audio import ReplyContainer, ReplyEncoder
from custom_components.playai.agent.audio.pcm import PcmFormat
from custom_components.playai.agent.audio.wav import wav_header

from .sounds import decibels, decode, likeness, pieces_of, read_file, tone, voice

MP3, FLAC, OGG, WAV = (
    ReplyContainer.MP3,
    ReplyContainer.FLAC,
    ReplyContainer.OGG,
    ReplyContainer.WAV,
)


def encode(encoder, samples, step=240):
    pieces = pieces_of(samples.tobytes(), step * 2)
    parts = [encoder.start(), *(encoder.feed(piece) for piece in pieces), encoder.finish()]
    return b"".join(parts)


def length(samples, rate, sample_rate):
    wav = encode(ReplyEncoder(WAV, rate, sample_rate=sample_rate), samples)
    return (len(wav) - 44) // 2


def properties(data):
    with soundfile.SoundFile(io.BytesIO(data)) as file:
        return file.format, file.subtype, file.samplerate, file.channels


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 24_000, 44_100, 48_000])
@pytest.mark.parametrize("container", list(ReplyContainer))
def test_any_rate(container, rate):
    said = voice(24_000)
    data = encode(ReplyEncoder(container, 24_000, sample_rate=rate), said)
    heard, heard_rate = read_file(data, length(said, 24_000, rate))
    assert heard_rate >= rate
    expected = voice(heard_rate)
    assert likeness(heard, expected, heard_rate) > 0.98
    assert len(heard) / heard_rate == pytest.approx(2, abs=0.12)
    # LAME lowers all it encodes by 0.45 dB, and codecs add a little silence.
    assert decibels(heard) == pytest.approx(decibels(expected), abs=0.8)


@pytest.mark.parametrize(
    ("container", "wish", "subtype"),
    [
        (WAV, {"sample_bytes": 1}, "PCM_U8"),
        (WAV, {"sample_bytes": 2}, "PCM_16"),
        (WAV, {"sample_bytes": 3}, "PCM_24"),
        (WAV, {"sample_bytes": 4}, "PCM_32"),
        (WAV, {"floating": True}, "FLOAT"),
        (FLAC, {"sample_bytes": 2}, "PCM_16"),
        (FLAC, {"sample_bytes": 3}, "PCM_24"),
        (FLAC, {"sample_bytes": 4}, "PCM_24"),
    ],
)
@pytest.mark.parametrize("channels", [1, 2])
def test_any_width(container, wish, subtype, channels):
    said = tone(440, 16_000)
    data = encode(ReplyEncoder(container, 16_000, channels=channels, **wish), said)
    assert properties(data) == (container.value.upper(), subtype, 16_000, channels)
    if container is FLAC:
        data = data[:22] + len(said).to_bytes(4) + data[26:]
    frames, _ = soundfile.read(io.BytesIO(data), dtype="float64", always_2d=True)
    # Eight bits lose less than one of their steps, which is 256; the others lose nothing.
    limit = 256 if subtype == "PCM_U8" else 0
    for channel in range(channels):
        assert np.abs(frames[:, channel] * 32_768 - said).max() <= limit


@pytest.mark.parametrize("container", [MP3, OGG])
def test_stereo_of_compressed_formats(container):
    data = encode(ReplyEncoder(container, 24_000, channels=2), tone(440, 24_000))
    assert properties(data)[3] == 2
    assert decibels(read_file(data)[0][4_000:20_000]) == pytest.approx(-6, abs=0.7)


@pytest.mark.parametrize("container", [MP3, OGG])
def test_bit_rate(container):
    said = voice(24_000, 8)
    sizes = [
        len(encode(ReplyEncoder(container, 24_000, bit_rate=bit_rate), said))
        for bit_rate in (32_000, 96_000)
    ]
    assert sizes[1] > 2 * sizes[0]


@pytest.mark.parametrize(("rate", "bit_rate"), [(24_000, 48_000), (48_000, 320_000)])
def test_mp3_bit_rate_is_exact(rate, bit_rate):
    data = encode(ReplyEncoder(MP3, rate, bit_rate=bit_rate), voice(rate, 10))
    assert len(data) * 8 / 10 == pytest.approx(bit_rate, rel=0.02)


@pytest.mark.parametrize("bit_rate", [1, 999_999])
@pytest.mark.parametrize("container", [MP3, OGG])
def test_impossible_bit_rate_gives_the_nearest(container, bit_rate):
    assert len(
        read_file(encode(ReplyEncoder(container, 24_000, bit_rate=bit_rate), voice(24_000)))[0]
    )


@pytest.mark.parametrize("rate", [8_000, 16_000, 24_000, 44_100, 48_000])
@pytest.mark.parametrize("container", list(ReplyContainer))
def test_first_output_comes_after_120_ms_at_most(container, rate):
    encoder = ReplyEncoder(container, 24_000, sample_rate=rate)
    encoder.start()
    pcm = tone(440, 24_000).tobytes()
    step = 24_000 // 100 * 2
    fed = next(n for n in range(1, 100) if encoder.feed(pcm[(n - 1) * step : n * step]))
    assert fed <= 12


@pytest.mark.parametrize("container", list(ReplyContainer))
def test_all_that_was_fed_comes_out_soon(container):
    """The delay does not grow: only the codec's look-ahead is missing at the end."""
    encoder = ReplyEncoder(container, 24_000)
    data = encoder.start()
    for _ in range(100):
        data += encoder.feed(tone(440, 24_000, 0.04).tobytes())
    heard, rate = decode([data], OutputFormat(container.value))
    assert len(heard) / rate > 4 - 0.121


@pytest.mark.parametrize("container", list(ReplyContainer))
def test_nothing_at_all_is_still_a_file(container):
    encoder = ReplyEncoder(container, 24_000)
    data = encoder.start() + encoder.finish()
    heads = {WAV: b"RIFF", FLAC: b"fLaC", OGG: b"OggS", MP3: b""}
    assert data[:4] == heads[container]  # MP3 has no header.
    if container in (WAV, FLAC):
        assert properties(data)[2] == 24_000


def test_same_in_as_out_is_not_touched():
    said = voice(24_000)
    encoder = ReplyEncoder(WAV, 24_000)
    assert encode(encoder, said) == wav_header(PcmFormat(24_000)) + said.tobytes()


@pytest.mark.parametrize(
    ("container", "wish"),
    [
        (WAV, {"sample_bytes": 5}),
        (WAV, {"channels": 0}),
        (WAV, {"channels": 99}),
        (WAV, {"sample_rate": 1}),
        (WAV, {"sample_rate": 10_000_000}),
        (MP3, {"channels": 6}),
        (FLAC, {"channels": 6}),
    ],
)
def test_unsupported_format(container, wish):
    with pytest.raises(AgentError) as raised:
        ReplyEncoder(container, 24_000, **wish)
    assert raised.value.kind is ErrorKind.BAD_AUDIO


def test_pieces_may_cut_samples():
    said = voice(24_000, 0.1).tobytes()
    encoder = ReplyEncoder(WAV, 24_000)
    assert b"".join(encoder.feed(piece) for piece in pieces_of(said, 3)) == said


@contextmanager
def without_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def threads():
    return len(list(Path("/proc/self/task").iterdir()))


def memory():
    """Bytes of this process that are in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


@pytest.mark.parametrize("rate", [24_000, 48_000])
@pytest.mark.parametrize("container", list(ReplyContainer))
def test_replies_leave_nothing_behind(container, rate):
    """Threads and codecs are gone with the reply, without the garbage collector."""
    said = tone(440, 24_000, 0.2)
    encode(ReplyEncoder(container, 24_000, sample_rate=rate), said)
    with without_collector():
        threads_before, memory_before = threads(), memory()
        for number in range(100):
            encoder = ReplyEncoder(container, 24_000, sample_rate=rate)
            if number % 2:  # The others end early.
                encode(encoder, said)
            else:
                encoder.feed(said.tobytes())
        assert threads() <= threads_before  # Those of earlier tests may still end.
        # A codec that stays has up to 8 MB: 800 MB in all.
        assert memory() - memory_before < 64 * 1024 * 1024


def test_opus_has_the_length_of_what_was_said():
    said = voice(48_000, 1.003)
    heard, rate = read_file(encode(ReplyEncoder(OGG, 48_000), said))
    assert (len(heard), rate) == (len(said), 48_000)
