"""How much of a reply a page has heard, and which words these were."""

import pytest

from custom_components.playai.agent import Reply, Timings
from custom_components.playai.agent.turn_taking.state import ReplyState
from custom_components.playai.talk.frames import RATE, FrameError, decode_microphone
from custom_components.playai.talk.playback import CHARACTER_MS, Playback

SECOND = bytes(2 * RATE)


class Owner:
    """A session in which nothing else happens."""

    def __getattr__(self, name):
        return lambda *_, **__: None


@pytest.fixture
def playback():
    state = ReplyState(rate=RATE)
    return Playback(7, Reply(Owner(), state, Timings()))


def test_frames(playback):
    frames = list(playback.frames(SECOND))
    assert [len(frame) for frame in frames] == [8 + 4800] * 10
    assert frames[1][:8] == bytes([2, 0, 7, 0, *(2400).to_bytes(4, "little")])
    assert playback.sent_ms == 1000


def test_other_rates_become_that_of_the_protocol():
    playback = Playback(1, Reply(Owner(), ReplyState(rate=8000), Timings()))
    list(playback.frames(bytes(16_000)))
    list(playback.last_frames())
    assert playback.sent_ms == pytest.approx(1000, abs=5)
    assert playback.is_whole


def test_reply_of_no_whole_millisecond_is_heard_at_the_rounded_one(playback):
    list(playback.frames(bytes(2 * (RATE + 8))))
    list(playback.last_frames())
    playback.heard(999)
    assert not playback.is_heard
    playback.heard(round(playback.sent_ms))
    assert playback.heard_ms < playback.sent_ms
    assert playback.is_heard


def test_position_never_moves_back(playback):
    list(playback.frames(SECOND))
    playback.heard(500)
    playback.heard(300)
    assert playback.heard_ms == 500
    playback.heard(5000)
    assert playback.heard_ms == 1000


def test_what_was_not_heard_is_sent_again(playback):
    sent = list(playback.frames(SECOND))
    playback.heard(500)
    again = list(playback.frames_from(round(0.65 * RATE)))
    assert b"".join(frame[8:] for frame in again) == bytes(2 * round(0.35 * RATE))
    assert again[-1] == sent[-1]
    assert len(list(playback.frames_from(0))) == 5


def test_words_until_a_position(playback):
    state = playback.reply.state
    assert playback.say("One two three four five. ") == 0
    state.received_bytes = len(SECOND) * 2
    assert playback.say("Six seven.") == 2000
    assert playback.words_until(0) == ""
    assert playback.words_until(1000) == "One two"
    assert playback.words_until(2000) == "One two three four five."
    assert playback.words_until(2000 + 5 * CHARACTER_MS) == "One two three four five. Six"
    assert playback.words_until(60_000) == "One two three four five. Six seven."


@pytest.mark.parametrize("frame", [b"", b"\x01\x00\x00", b"\x01" * 8193])
def test_wrong_frames(frame):
    with pytest.raises(FrameError):
        decode_microphone(frame)


def test_frames_of_a_microphone():
    assert decode_microphone(b"\x01\x00\x02\x01abc") == (258, b"abc")
    assert decode_microphone(b"\x05\x00\x02\x01abc") is None
