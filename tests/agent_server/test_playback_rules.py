"""How much of a reply the user has heard."""

from agent_server.conversation.playback import Playback


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def playing(*sentences: tuple[str, float]) -> tuple[Playback, Clock]:
    """A reply whose sentences were sent at once."""
    clock = Clock()
    playback = Playback(clock)
    for words, seconds in sentences:
        playback.begin_sentence(words)
        playback.add(seconds)
    return playback, clock


def test_nothing_was_sent() -> None:
    playback, _ = playing()
    assert (playback.sent, playback.left) == (0, 0)


def test_audio_plays_for_its_length() -> None:
    playback, clock = playing(("one", 1.0), ("two", 2.0))
    assert (playback.sent, playback.left) == (3, 3)
    clock.now += 2.75
    assert playback.left == 0.25
    clock.now += 0.25
    assert playback.left == 0
    clock.now += 0.25
    assert playback.left == 0


def test_audio_after_a_pause_plays_from_then_on() -> None:
    playback, clock = playing(("one", 1.0))
    clock.now += 5
    playback.add(1.0)
    assert (playback.sent, playback.left) == (2, 1)
    clock.now += 0.75
    assert playback.left == 0.25


def test_words_are_heard_in_proportion() -> None:
    playback, clock = playing(("a b c d", 4.0), ("e f", 4.0))
    heard = []
    for _ in range(9):
        heard.append(playback.heard_words())
        clock.now += 1
    assert heard == [
        *("", "a", "a b", "a b c", "a b c d", "a b c d"),
        *("a b c d e", "a b c d e", "a b c d e f"),
    ]
    clock.now += 100
    assert playback.heard_words() == "a b c d e f"


def test_word_counts_once_it_is_complete() -> None:
    playback, clock = playing(("a b", 2.0))
    clock.now += 0.75
    assert playback.heard_words() == ""
    clock.now += 1
    assert playback.heard_words() == "a"


def test_pause_between_two_sentences() -> None:
    playback, clock = playing(("a b", 2.0))
    clock.now += 10
    playback.begin_sentence("c d")
    assert playback.heard_words() == "a b"  # Nothing of the second one was sent.
    playback.add(2.0)
    clock.now += 1
    assert playback.heard_words() == "a b c"


def test_sentence_with_little_audio_after_it() -> None:
    playback, clock = playing(("a b", 0.5), ("c d", 1.0))
    clock.now += 0.25
    assert playback.heard_words() == "a"
    clock.now += 0.75
    assert playback.heard_words() == "a b c"
