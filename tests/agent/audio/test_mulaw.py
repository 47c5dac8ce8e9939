"""µ-law against the table of G.711, and the noise that follows from it."""

import numpy as np
import pytest

from custom_components.playai.agent.audio import SILENCE, mulaw_decode, mulaw_encode

from .sounds import FULL_SCALE, voice

EVERY_SAMPLE = np.arange(-FULL_SCALE, FULL_SCALE).astype(np.int16)
EVERY_CODE = bytes(range(256))

# G.711, table 2a: the decision values that end the segments, of 14 bits.
SEGMENT_ENDS = (31, 95, 223, 479, 991, 2015, 4063)
# The same table: the decoder's output for the first code of each segment.
FIRST_OUTPUTS = (0, 33, 99, 231, 495, 1023, 2079, 4191)


def test_silence():
    assert mulaw_encode(np.zeros(3, np.int16)) == bytes([SILENCE] * 3)
    assert mulaw_decode(bytes([SILENCE])) == [0]


def test_segments_begin_where_the_standard_says():
    for segment, end in enumerate(SEGMENT_ENDS):
        last, first = np.array([end * 4 - 1, end * 4], np.int16), [segment, segment + 1]
        assert [(~code & 0x70) >> 4 for code in mulaw_encode(last)] == first


def test_outputs_are_those_of_the_standard():
    codes = bytes(0xFF - 16 * segment for segment in range(8))
    assert mulaw_decode(codes).tolist() == [output * 4 for output in FIRST_OUTPUTS]


def test_sign_is_the_first_bit():
    positive, negative = mulaw_decode(EVERY_CODE[128:]), mulaw_decode(EVERY_CODE[:128])
    assert (positive == -negative).all()
    assert (positive >= 0).all()


def test_every_sample_lies_in_the_interval_of_its_code():
    error = mulaw_decode(mulaw_encode(EVERY_SAMPLE)).astype(int) - EVERY_SAMPLE
    segment = np.searchsorted(np.array(SEGMENT_ENDS) * 4, np.abs(EVERY_SAMPLE.astype(int)), "right")
    in_range = np.abs(EVERY_SAMPLE.astype(int)) < 8_159 * 4
    assert (np.abs(error) <= 2 ** (segment + 2))[in_range].all()


def test_what_is_too_loud_is_clipped():
    assert mulaw_encode(np.array([32_767, -32_768], np.int16)) == b"\x80\x00"


def test_every_code_comes_back():
    # Except for the negative zero.
    assert mulaw_encode(mulaw_decode(EVERY_CODE)) == EVERY_CODE.replace(b"\x7f", b"\xff")


@pytest.mark.parametrize("quieter", [0, 20, 40], ids="{} dB quieter".format)
def test_noise_is_that_of_the_steps(quieter):
    """A step of size s gives noise of the power s²/12, which a rounding encoder reaches."""
    samples = np.rint(voice(16_000, 10) * 10 ** (-quieter / 20)).astype(np.int16)
    noise = mulaw_decode(mulaw_encode(samples)).astype(float) - samples
    segment = (~np.frombuffer(mulaw_encode(samples), np.uint8) & 0x70) >> 4
    steps = 2.0 ** (segment + 3)
    assert np.mean(noise**2) == pytest.approx(np.mean(steps**2) / 12, rel=0.12)
    assert abs(np.mean(noise)) < 0.5  # audioop's is 4: it rounds towards minus infinity.


def test_loud_speech_has_the_ratio_of_the_companding_law():
    """6.02 dB for each of 8 bits, plus 4.77, minus 20 log ln(1 + 255): 38 dB, at best."""
    samples = voice(16_000, 10)
    noise = mulaw_decode(mulaw_encode(samples)).astype(float) - samples
    ratio = 10 * np.log10(np.mean(samples.astype(float) ** 2) / np.mean(noise**2))
    assert 35 < ratio < 38.1
