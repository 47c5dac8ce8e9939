"""Data that once crashed the process is refused or decoded.

FFmpeg runs inside the process, so each test decodes in a child: a crash fails the test.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from custom_components.playai.agent import OutputFormat

from .sounds import file_of, tone

TAG = b"ID3\x04\x00\x00\x00\x00\x00\x00"
MP3_FRAME = file_of(tone(300, 48_000), 48_000, "MP3", "MPEG_LAYER_III")[:384]
LAYERS_WITH_CHECKSUM = [
    b"\xff" + bytes([second]) for second in (0xF2, 0xF4, 0xF6, 0xFA, 0xFC, 0xFE)
]

DECODE = """
import sys
from agent import AgentError, ErrorKind, OutputFormat
from agent.audio import Container, MulawConverter, ReplyDecoder

data = sys.stdin.buffer.read()
decoder = ReplyDecoder(OutputFormat(sys.argv[1]), 24_000)
try:
    for _ in decoder.feed(data): pass
    for _ in decoder.flush(): pass
except AgentError as error:
    assert error.kind is ErrorKind.BAD_AUDIO
for container in Container:
    converter = MulawConverter(container)
    try:
        converter.feed(data)
        converter.finish()
    except AgentError as error:
        assert error.kind is ErrorKind.BAD_AUDIO
"""


@pytest.mark.parametrize("frames", [1, 2])
@pytest.mark.parametrize("header", LAYERS_WITH_CHECKSUM, ids=bytes.hex)
@pytest.mark.parametrize("output_format", list(OutputFormat))
def test_mpeg_header_with_a_checksum_and_nothing_behind_it(output_format, header, frames):
    data = TAG + MP3_FRAME * frames + header + b"\x23\x00"
    child = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-c", DECODE, output_format.value],
        input=data,
        cwd=Path(__file__).parents[3] / "custom_components" / "playai",
        capture_output=True,
        check=False,
    )
    assert child.returncode == 0, child.stderr.decode()
