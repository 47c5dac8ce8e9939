"""Real data to mutate: a recording in every encoding, messages, frames, requests."""

import io
import json
import struct
from base64 import b64encode
from functools import cache
from typing import Final

import soundfile

from custom_components.playai.agent.audio import ReplyContainer, ReplyEncoder, mulaw_encode
from tests.recordings import RATE, RECORDINGS

KEY, AGENT = "ak-0123456789abcdef", "agent-1"
_SHORT_FRAME: Final = 125
_SECONDS: Final = 0.6
_ENCODINGS: Final = (
    ("WAV", "PCM_16"),
    ("WAV", "PCM_24"),
    ("WAV", "FLOAT"),
    ("WAV", "PCM_U8"),
    ("WAV", "ULAW"),
    ("FLAC", "PCM_16"),
    ("FLAC", "PCM_24"),
    ("OGG", "OPUS"),
    ("OGG", "VORBIS"),
    ("MP3", "MPEG_LAYER_III"),
)
_MPEG_HEADER: Final = b"\xff\xf4\x23\x00"
"""Of layer II, with a checksum."""

_TAG: Final = b"ID3\x04\0\0\0\0\x01\x00" + bytes(128)


@cache
def audio() -> tuple[bytes, ...]:
    """Return the recording as files and as streams of the library, with and without tags."""
    pcm = RECORDINGS[0].pcm[: round(RATE * _SECONDS)]
    files = []
    for container, subtype in _ENCODINGS:
        for channels in (1, 2):
            file = io.BytesIO()
            frames = pcm if channels == 1 else pcm.repeat(2).reshape(-1, 2)
            with soundfile.SoundFile(
                file, "w", RATE, channels, subtype, format=container
            ) as writer:
                writer.title = "A title"
                writer.write(frames)
            files.append(file.getvalue())
    for reply in ReplyContainer:
        encoder = ReplyEncoder(reply, RATE)
        files.append(encoder.start() + encoder.feed(pcm.tobytes()) + encoder.finish())
    chunk = b"LIST" + struct.pack("<I", 4) + b"INFO"
    files += [files[0] + chunk, files[0] + files[0]]
    files += [_TAG + file for file in files if file[:4] == b"fLaC" or file[:1] == b"\xff"]
    mp3 = next(file for file in files if file[:1] == b"\xff")
    frame_bytes = mp3.index(mp3[:2], len(_MPEG_HEADER))
    # A frame and a truncated header, with which FFmpeg once read beyond its packet.
    files += [_TAG + mp3[: frame_bytes * count] + _MPEG_HEADER for count in (1, 2, 3)]
    files += [pcm.tobytes(), mulaw_encode(pcm)]
    return tuple(files)


def messages() -> tuple[bytes, ...]:
    """Return a message of each type in the protocol, and some of other types."""
    data = b64encode(bytes(range(256))).decode()
    setup = {"apiKey": KEY, "outputFormat": "wav", "outputSampleRate": 16_000}
    bodies: tuple[object, ...] = (
        {"type": "setup", **setup},
        {"type": "init", "sessionId": "s", "features": ["x"]},
        {"type": "audioIn", "data": data},
        {"type": "audioStream", "data": data},
        {"type": "audioStreamStart"},
        {"type": "audioStreamEnd"},
        {"type": "newAudioStream"},
        {"type": "voiceActivityStart"},
        {"type": "voiceActivityEnd"},
        {"type": "userTranscript", "message": "What time is it? \u00e4\U0001f600"},
        {"type": "agentTranscript", "message": "It is late."},
        {"type": "error", "code": 1005, "message": "no"},
        {"type": "hangup", "endBy": "agent"},
        {"type": "agentGreeting", "message": "Hello"},
        {"type": "agentGreetingEnd"},
        {"type": "agentInterrupted"},
        {"type": "unknown", "deep": [[[[{"a": [1e300, -0.0, None, True]}]]]]},
        [1, 2],
        "text",
    )
    return tuple(json.dumps(body).encode() for body in bodies)


def frame(payload: bytes, opcode: int = 1) -> bytes:
    """Return a WebSocket frame of a client, with a mask of zeros."""
    size = len(payload)
    length = bytes([0x80 | size]) if size <= _SHORT_FRAME else b"\xfe" + struct.pack(">H", size)
    return bytes([0x80 | opcode]) + length + bytes(4) + payload


HANDSHAKE: Final = (
    f"GET /v1/agent-conversation?agentId={AGENT} HTTP/1.1\r\nHost: localhost\r\n"
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
).encode()


LINK_HANDSHAKE: Final = HANDSHAKE.replace(
    b"Sec-WebSocket-Key", b"Sec-WebSocket-Protocol: ha-playai.home.v1\r\nSec-WebSocket-Key"
)


def requests() -> tuple[bytes, ...]:
    """Return HTTP requests that the agent server accepts or refuses."""
    return (
        HANDSHAKE,
        b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nHost: x\r\nVia: 1.1 x\r\nAuthorization: Bearer ak-1\r\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
        b"POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        HANDSHAKE.replace(b"localhost", b"a" * 9_000),
    )


def frames() -> tuple[bytes, ...]:
    """Return frames of a client: the setup, then one of the messages or something invalid."""
    setup = frame(messages()[0])
    rest = [frame(message) for message in messages()]
    others = [frame(messages()[2], 2), frame(b"", 9), frame(b"\x03\xe8bye", 8), frame(b"\xff\xfe")]
    return tuple(setup + other + rest[2] for other in [*rest, *others])


def link_messages() -> tuple[bytes, ...]:
    """Return a message of each type of the home link."""
    tool = {"name": "TurnOn", "description": "Turns on.", "parameters": {"type": "object"}}
    bodies = (
        {"type": "home", "language": "en", "answers": True},
        {
            "type": "home",
            "language": "de-DE",
            "answers": False,
            "tools": [tool],
            "prompt": "Be brief.",
            "phrases": ["Turn on the lights", "\u00e4\U0001f600"],
            "patience": "quick",
        },
        {"type": "answerDelta", "id": "1", "text": "It is late. "},
        {"type": "answerEnd", "id": "1", "text": "It is late.", "continueConversation": True},
        {"type": "answerEnd", "id": "1", "error": "not_understood"},
        {"type": "toolResult", "id": "1", "data": {"deep": [[1e300, None]]}, "isError": False},
        {"type": "say", "text": "Timer set.", "language": "en", "isFinal": False},
        {"type": "played", "stream": 1, "ms": 240, "isStopped": True},
        {"type": "hold", "on": True},
        {"type": "userText", "text": "What time is it?"},
        {"type": "handled"},
    )
    return tuple(json.dumps(body).encode() for body in bodies)


def link_frames() -> tuple[bytes, ...]:
    """Return frames of a client with a home: the setup, the offer, then other messages."""
    start = frame(messages()[0]) + frame(link_messages()[0])
    rest = [frame(message) for message in link_messages()]
    audio = frame(messages()[2])
    return tuple(start + rest[-2] + other + audio + other for other in rest)
