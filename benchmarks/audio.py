"""Measures the audio of the client library: codec, framing, transcoding.

    scripts/bench audio

Prints Markdown tables. CPU times are the best of several rounds, in one thread.
"""

import io
import json
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import soundfile
from numpy.typing import NDArray

from custom_components.playai.agent import OutputFormat
from custom_components.playai.agent.audio import (
    Container,
    MulawConverter,
    ReplyContainer,
    ReplyDecoder,
    ReplyEncoder,
    mulaw_decode,
    mulaw_encode,
)
from custom_components.playai.agent.audio.pcm import PcmFormat
from custom_components.playai.agent.messages import AudioIn, AudioStream, encode, parse

RATE = 24_000
SECONDS = 10
ROUNDS = 5
STEP = RATE * 40 // 1000 * 2


def voice(rate: int, seconds: int = SECONDS) -> NDArray[np.int16]:
    """Return noise in the rhythm of speech, which is hard for every codec."""
    noise = np.random.default_rng(1).normal(0, 4_000, rate * seconds)
    syllables = np.abs(np.sin(2 * np.pi * 2 * np.arange(rate * seconds) / rate))
    samples: NDArray[np.int16] = (noise * syllables).clip(-32_768, 32_767).astype(np.int16)
    return samples


def microseconds(work: Callable[[], object], times: int = 2_000) -> float:
    """Return the CPU time of one call."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(times):
            work()
        best = min(best, time.process_time() - start)
    return best / times * 1e6


def longest(steps: list[float]) -> float:
    """Return the longest step in milliseconds, without the first one, which loads code."""
    return max(steps[1:]) * 1e3


def codec() -> None:
    """Measure µ-law, and messages with 40 ms of it."""
    print("| 40 ms of 16 kHz mono | µs | times the standard library's |\n|---|--:|--:|")
    samples = voice(16_000)[:640]
    mulaw = mulaw_encode(samples)
    text = encode(AudioIn(mulaw))
    reply = encode(AudioStream(voice(RATE)[: STEP // 2].tobytes()))

    def plain_encode() -> str:
        return json.dumps({"type": "audioIn", "data": b64encode(mulaw).decode()})

    print(f"| µ-law encode | {microseconds(lambda: mulaw_encode(samples)):.2f} | |")
    print(f"| µ-law decode | {microseconds(lambda: mulaw_decode(mulaw)):.2f} | |")
    ours, theirs = microseconds(lambda: encode(AudioIn(mulaw))), microseconds(plain_encode)
    print(f"| `audioIn` to JSON | {ours:.2f} | {ours / theirs:.2f} |")
    for name, message in (("`audioIn`", text), ("`audioStream`, 40 ms of 24 kHz PCM", reply)):
        ours = microseconds(partial(parse, message))
        theirs = microseconds(partial(_plain_parse, message))
        print(f"| {name} from JSON | {ours:.2f} | {ours / theirs:.2f} |")


def _plain_parse(message: str) -> bytes:
    return b64decode(json.loads(message)["data"], validate=True)


def encoding() -> None:
    """Measure encoding 24 kHz PCM, as the agent sends it, to the formats that players prefer."""
    print("\n| reply to | first output after | CPU per second of audio | longest step |")
    print("|---|--:|--:|--:|")
    pcm = voice(RATE).tobytes()
    targets: list[tuple[ReplyContainer, int, dict[str, bool]]] = [
        (ReplyContainer.WAV, 24_000, {}),
        (ReplyContainer.WAV, 16_000, {}),
        (ReplyContainer.WAV, 24_000, {"floating": True}),
        (ReplyContainer.MP3, 24_000, {}),
        (ReplyContainer.MP3, 48_000, {}),
        (ReplyContainer.FLAC, 48_000, {}),
        (ReplyContainer.OGG, 48_000, {}),
    ]
    for container, rate, extra in targets:
        cpu, steps, first = float("inf"), [0.0], 0
        for _ in range(ROUNDS):
            encoder = ReplyEncoder(container, RATE, sample_rate=rate, **extra)
            encoder.start()
            times: list[float] = []
            start, first = time.process_time(), 0
            for place in range(0, len(pcm), STEP):
                before = time.perf_counter()
                out = encoder.feed(pcm[place : place + STEP])
                times.append(time.perf_counter() - before)
                if out and not first:
                    first = (place // STEP + 1) * 40
            encoder.finish()
            spent = time.process_time() - start
            if spent < cpu:
                cpu, steps = spent, times
        name = f"{container.value}{' float' if extra else ''}, {rate // 1000} kHz"
        print(f"| {name} | {first} ms | {cpu / SECONDS * 1e3:.2f} ms | {longest(steps):.2f} ms |")


def decoding() -> None:
    """Measure decoding an agent's formats to PCM."""
    print("\n| reply from | CPU per second of audio | longest step |\n|---|--:|--:|")
    formats = [
        (OutputFormat.WAV, "PCM_16"),
        (OutputFormat.MP3, "MPEG_LAYER_III"),
        (OutputFormat.FLAC, "PCM_16"),
        (OutputFormat.OGG, "OPUS"),
        (OutputFormat.OGG, "VORBIS"),
    ]
    files = [(OutputFormat.RAW, "raw", voice(RATE).tobytes())]
    files.append((OutputFormat.MULAW, "mulaw", mulaw_encode(voice(RATE))))
    for output_format, subtype in formats:
        file = io.BytesIO()
        name = output_format.value
        soundfile.write(file, voice(RATE), RATE, format=name.upper(), subtype=subtype)
        name += f"/{subtype.lower()}" if output_format is OutputFormat.OGG else ""
        files.append((output_format, name, file.getvalue()))
    for output_format, name, data in files:
        cpu, steps = float("inf"), [0.0]
        size = len(data) // (SECONDS * 25) + 1
        for _ in range(ROUNDS):
            decoder = ReplyDecoder(output_format, RATE)
            times: list[float] = []
            start = time.process_time()
            for place in range(0, len(data), size):
                for _ in _timed(decoder.feed(data[place : place + size]), times):
                    pass
            list(decoder.flush())
            spent = time.process_time() - start
            if spent < cpu:
                cpu, steps = spent, times
        print(f"| {name} | {cpu / SECONDS * 1e3:.2f} ms | {longest(steps):.2f} ms |")


def _timed[T](items: Iterator[T], times: list[float]) -> Iterator[T]:
    while True:
        before = time.perf_counter()
        try:
            item = next(items)
        except StopIteration:
            return
        finally:
            times.append(time.perf_counter() - before)
        yield item


def capture() -> None:
    """Measure converting a microphone's audio to µ-law."""
    print("\n| microphone | CPU per second of audio | delay |\n|---|--:|--:|")
    for rate, bits, channels in (
        (16_000, 16, 1),
        (48_000, 16, 1),
        (48_000, 32, 2),
        (44_100, 24, 2),
    ):
        pcm = PcmFormat(rate, bits, channels)
        data = pcm.from_mono(voice(rate))
        size = rate // 50 * pcm.frame_bytes
        cpu, fed = float("inf"), 0
        for _ in range(ROUNDS):
            converter = MulawConverter(Container.WAV, rate, bits, channels)
            start, fed = time.process_time(), 0
            for place in range(0, len(data), size):
                fed += len(converter.feed(data[place : place + size]))
            cpu = min(cpu, time.process_time() - start)
        late = (SECONDS * 16_000 - fed) / 16
        name = f"PCM {rate / 1000:g} kHz, {bits} bit, {channels} ch."
        print(f"| {name} | {cpu / SECONDS * 1e3:.2f} ms | {late:.1f} ms |")


if __name__ == "__main__":
    codec()
    encoding()
    decoding()
    capture()
