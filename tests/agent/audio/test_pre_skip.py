"""The samples that an Opus encoder asks to skip are left out once, not twice."""

import struct

import numpy as np
import pytest
import soundfile

from custom_components.playai.agent import OutputFormat
from custom_components.playai.agent.audio import Container, MulawConverter, mulaw_decode

from .ogg_pages import opus_file, pages_of
from .sounds import decode

RATE = 48_000


def with_pre_skip(samples):
    packets = opus_file()
    packets[0] = packets[0][:10] + struct.pack("<H", samples) + packets[0][12:]
    return packets


@pytest.mark.parametrize("pre_skip", [0, 312, 3_840])
def test_reply_has_all_that_was_said(pre_skip):
    packets = with_pre_skip(pre_skip)
    heard, _ = decode([pages_of(packets)], OutputFormat.OGG)
    whole, _ = decode([pages_of(with_pre_skip(0))], OutputFormat.OGG)
    assert len(heard) == len(whole) - pre_skip


def test_reply_begins_as_libsndfile_reads_it(tmp_path):
    said = np.zeros(RATE, np.int16)
    said[2_000:2_010] = 20_000
    path = tmp_path / "click.ogg"
    soundfile.write(path, said, RATE, format="OGG", subtype="OPUS")
    expected, _ = soundfile.read(path, dtype="int16")
    heard, _ = decode([path.read_bytes()], OutputFormat.OGG)
    assert abs(int(np.abs(heard).argmax()) - int(np.abs(expected).argmax())) <= 1


def test_microphone_has_all_that_was_said():
    lengths = []
    for pre_skip in (0, 3_840):
        converter = MulawConverter(Container.OGG)
        mulaw = converter.feed(pages_of(with_pre_skip(pre_skip))) + converter.finish()
        lengths.append(len(mulaw_decode(mulaw)))
    assert lengths[0] - lengths[1] == pytest.approx(3_840 / 3, abs=2)
