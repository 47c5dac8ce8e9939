"""The user's audio decoded, and the agent's audio encoded."""

import gc
import io
import struct

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from agent_server.audio import SILENCE, encoder, mulaw_decode, mulaw_encode
from agent_server.formats import OutputFormat

from .usage import memory_and_threads

SOURCE_RATE = 24_000
RATES = (8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000)
CONTAINERS = (OutputFormat.WAV, OutputFormat.MP3, OutputFormat.FLAC, OutputFormat.OGG)


def tone(seconds: float, frequency: float = 440.0) -> NDArray[np.float32]:
    times = np.arange(round(seconds * SOURCE_RATE)) / SOURCE_RATE
    return (0.5 * np.sin(2 * np.pi * frequency * times)).astype(np.float32)


def encode_all(
    output_format: OutputFormat, rate: int, samples: NDArray[np.float32], step: int = 960
) -> list[bytes]:
    stream = encoder(output_format, rate, SOURCE_RATE)
    pieces = [stream.encode(samples[n : n + step]) for n in range(0, samples.size, step)]
    return [*pieces, stream.finish()]


def decode(data: bytes, output_format: OutputFormat) -> tuple[NDArray[np.float32], int]:
    """Decode a container; return the samples and their rate."""
    with av.open(io.BytesIO(data), "r", format=output_format.value) as container:
        resampler = av.AudioResampler("flt", "mono")
        frames = [
            frame.to_ndarray()[0]
            for packet in container.demux(audio=0)
            for decoded in packet.decode()
            for frame in resampler.resample(decoded)
        ]
        return np.concatenate(frames), container.streams.audio[0].rate


def test_mulaw_is_the_table_of_the_standard():
    levels = mulaw_decode(bytes(range(256))) * 32768
    # G.711 in 14 bits, table 2a: the ends and a few values between, times four.
    assert levels[[0x80, 0x8F, 0x90, 0xA0, 0xFE, 0xFF]].tolist() == [
        32124,
        16764,
        15996,
        7932,
        8,
        0,
    ]
    assert levels[:128].tolist() == (-levels[128:]).tolist()
    assert mulaw_decode(bytes([SILENCE]))[0] == 0


def test_mulaw_codes_are_the_nearest():
    samples = np.arange(-32768, 32768).astype(np.int16)
    levels = (mulaw_decode(bytes(range(256))) * 32768).astype(np.int32)
    decoded = (mulaw_decode(mulaw_encode(samples)) * 32768).astype(np.int32)
    nearest = np.abs(samples[:, None] - levels[None]).min(axis=1)
    assert (np.abs(decoded - samples) == nearest).all()


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("output_format", CONTAINERS)
def test_containers_declare_their_rate_and_keep_the_duration(
    output_format: OutputFormat, rate: int
):
    pieces = encode_all(output_format, rate, tone(1.5))
    samples, decoded_rate = decode(b"".join(pieces), output_format)
    if output_format is not OutputFormat.OGG:  # Opus always decodes to 48 kHz.
        assert decoded_rate == rate
    assert samples.size / decoded_rate == pytest.approx(1.5, abs=0.2)
    middle = samples[decoded_rate // 2 : decoded_rate]
    spectrum = np.abs(np.fft.rfft(middle))
    assert np.argmax(spectrum) * decoded_rate / middle.size == pytest.approx(440, abs=3)
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.1)


@pytest.mark.parametrize("rate", RATES)
def test_raw_is_16_bit_little_endian(rate: int):
    data = b"".join(encode_all(OutputFormat.RAW, rate, tone(1.0)))
    assert len(data) / 2 / rate == pytest.approx(1.0, abs=0.01)
    assert np.abs(np.frombuffer(data, "<i2")).max() / 32768 == pytest.approx(0.5, rel=0.02)


@pytest.mark.parametrize("rate", RATES)
def test_mulaw_is_one_byte_per_sample(rate: int):
    data = b"".join(encode_all(OutputFormat.MULAW, rate, tone(1.0)))
    assert len(data) / rate == pytest.approx(1.0, abs=0.01)
    assert np.abs(mulaw_decode(data)).max() == pytest.approx(0.5, rel=0.05)


def test_wav_has_a_streaming_header():
    first = encoder(OutputFormat.WAV, 16_000, SOURCE_RATE).encode(tone(0.04))
    assert first[:4] + first[8:16] == b"RIFFWAVEfmt "
    assert struct.unpack("<HHIIHH", first[20:36]) == (1, 1, 16_000, 32_000, 2, 16)
    assert first[4:8] == first[40:44] == b"\xff\xff\xff\xff"


@pytest.mark.parametrize(
    ("output_format", "wanted", "got"),
    [
        (OutputFormat.OGG, 11_025, 12_000),
        (OutputFormat.OGG, 44_100, 48_000),
        (OutputFormat.MP3, 9_000, 11_025),
        (OutputFormat.MP3, 47_999, 48_000),
        (OutputFormat.FLAC, 9_999, 9_999),
        (OutputFormat.RAW, 9_999, 9_999),
    ],
)
def test_rate_is_the_nearest_at_or_above(output_format: OutputFormat, wanted: int, got: int):
    assert encoder(output_format, wanted, SOURCE_RATE).rate == got


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("output_format", OutputFormat)
def test_first_audio_comes_early(output_format: OutputFormat, rate: int):
    pieces = encode_all(output_format, rate, tone(1.0), step=480)
    headers = {OutputFormat.OGG: 200, OutputFormat.FLAC: 100, OutputFormat.WAV: 44}
    sizes = np.cumsum([len(piece) for piece in pieces])
    seconds = (np.argmax(sizes > headers.get(output_format, 0)) + 1) * 0.02
    # A frame of mp3 at such rates lasts 72 ms, and the codec looks ahead.
    slow = output_format is OutputFormat.MP3 and rate < 16_000
    assert seconds <= (0.24 if slow else 0.12)


@pytest.mark.parametrize("output_format", OutputFormat)
def test_a_reply_without_audio_can_be_finished(output_format: OutputFormat):
    encoder(output_format, 16_000, SOURCE_RATE).finish()


@pytest.mark.parametrize("output_format", OutputFormat)
def test_empty_pieces_are_not_the_end(output_format: OutputFormat):
    stream = encoder(output_format, 16_000, SOURCE_RATE)
    whole = stream.encode(tone(0.5)) + stream.encode(tone(0)) + stream.encode(tone(0.5))
    whole += stream.finish()
    assert len(whole) >= len(b"".join(encode_all(output_format, 16_000, tone(1.0)))) * 0.8


def test_frequencies_that_do_not_fit_are_removed():
    data = b"".join(encode_all(OutputFormat.RAW, 8_000, tone(1.0, 9_000)))
    assert np.abs(np.frombuffer(data, "<i2")[400:-400]).max() < 100


@pytest.mark.parametrize("rate", [24_000, 48_000])
@pytest.mark.parametrize("output_format", list(OutputFormat))
def test_replies_leave_nothing_behind(output_format, rate):
    """Threads and codecs are gone with the reply, without the garbage collector."""
    encode_all(output_format, rate, tone(0.2))
    gc.collect()
    gc.disable()
    try:
        memory, threads = memory_and_threads()
        for number in range(100):
            if number % 2:  # The others end early.
                encode_all(output_format, rate, tone(0.2))
            else:
                encoder(output_format, rate, SOURCE_RATE).encode(tone(0.2))
        memory_after, threads_after = memory_and_threads()
    finally:
        gc.enable()
    assert threads_after == threads
    assert memory_after - memory < 8 * 1024 * 1024
