"""Rule 16: the server hears in the audio when the user holds a button to talk."""

import pytest

from custom_components.playai.agent.home import AgentFeatures, Feature, HomeOffer
from custom_components.playai.agent.live_microphone import LiveMicrophone
from custom_components.playai.agent.messages import AgentMessage, Handled, Hold
from custom_components.playai.agent.microphone import FRAME_BYTES, MAX_SECONDS
from custom_components.playai.agent.turn_taking.effects import Send

from .driver import TIMINGS, Driver, E, S
from .test_live import VOICE, Call

OFFER = HomeOffer("en", answers=True)
AGENT = AgentFeatures("Agent", (), frozenset({Feature.HOLD}))
OTHER = AgentFeatures("Agent", (), frozenset({Feature.PLAYED}))
HALF = VOICE[: FRAME_BYTES // 2]


@pytest.fixture
def call() -> Call:
    return Call(offer=OFFER, features=AGENT)


def sent(call: Call) -> list[str]:
    """Send everything and return it: messages in brackets, the first bytes of frames."""
    log = []
    while True:
        if (hold := call.rules.next_hold()) is not None:
            log.append(f"[{hold.is_held}]")
        elif (frame := call.rules.next_frame()[0]) is not None:
            log.append(frame[:1].hex())
        else:
            return log


def test_button_that_nobody_holds(call):
    call.microphone.push(VOICE)
    assert sent(call) == ["10"]


def test_button_keeps_its_place_in_the_audio(call):
    for byte, is_held in ((1, True), (2, False), (3, True)):
        call.microphone.push(bytes([byte]) * FRAME_BYTES)
        call.microphone.hold(is_held=is_held)
    call.microphone.push(VOICE)
    assert sent(call) == ["01", "[True]", "02", "[False]", "03", "[True]", "10"]


def test_frames_of_which_a_part_is_held_are_held(call):
    microphone = call.microphone
    microphone.push(HALF)
    microphone.hold(is_held=True)
    assert sent(call) == ["[True]"]
    microphone.push(HALF + HALF)
    microphone.hold(is_held=False)
    assert sent(call) == ["10"]
    microphone.push(HALF)
    assert sent(call) == ["10", "[False]"]


def test_release_is_sent_without_more_audio(call):
    call.microphone.push(VOICE)
    call.microphone.hold(is_held=True)
    call.microphone.push(VOICE)
    call.microphone.hold(is_held=False)
    assert sent(call) == ["10", "[True]", "10", "[False]"]


def test_same_button_again(call):
    call.microphone.hold(is_held=True)
    call.microphone.push(VOICE)
    call.microphone.hold(is_held=True)
    assert sent(call) == ["[True]", "10"]
    call.microphone.push(HALF)
    call.microphone.hold(is_held=False)
    call.microphone.hold(is_held=True)  # Before the frame is complete.
    call.microphone.push(HALF)
    assert sent(call) == ["10"]


@pytest.mark.parametrize("features", [None, OTHER], ids=["unknown", "others"])
def test_server_that_does_not_know_the_button_is_not_told(features):
    call = Call(offer=OFFER, features=features)
    call.microphone.hold(is_held=True)
    call.microphone.push(VOICE)
    assert sent(call) == ["10"]
    call.receive(AgentMessage(AGENT))
    assert sent(call) == ["[True]"]


def test_server_without_the_home_link():
    call = Call()
    call.traits.features = AGENT  # Of an earlier connection.
    call.microphone.hold(is_held=True)
    call.microphone.push(VOICE)
    assert sent(call) == ["10"]


def test_session_without_a_live_microphone():
    assert Driver(offer=OFFER, features=AGENT).rules.next_hold() is None


def test_cancelled_turn_is_released_so_that_it_ends(call):
    call.microphone.hold(is_held=True)
    call.hear()
    assert sent(call) == ["[True]"]
    call.receive(S)
    call.rules.interrupt(call.now)
    call.microphone.push(VOICE)
    assert sent(call) == ["[False]", "ff"]
    effects = call.receive(E)
    assert Send(Handled()) in effects
    call.microphone.push(VOICE)
    assert sent(call) == ["[True]", "10"]


def test_turn_that_the_server_does_not_end_is_held_later(call):
    """The user was heard before they pressed the button."""
    call.hear()
    call.receive(S)
    call.microphone.hold(is_held=True)
    call.rules.interrupt(call.now)
    call.microphone.push(VOICE)
    assert sent(call) == ["ff"]
    call.wait(TIMINGS.flush)
    call.microphone.push(VOICE)
    assert sent(call) == ["[True]", "10"]


def test_another_connection_hears_of_the_button_again(call):
    call.hear(bytes([1]) * FRAME_BYTES)
    call.microphone.hold(is_held=True)
    call.microphone.push(bytes([2]) * FRAME_BYTES)
    assert sent(call) == ["[True]", "02"]
    call.receive(S)
    call.lose()
    call.connect()
    assert sent(call) == ["01", "[True]", "02"]
    call.microphone.hold(is_held=False)
    assert sent(call) == ["[False]"]


def test_button_that_is_held_for_longer_than_audio_is_kept():
    microphone = LiveMicrophone()
    for number in range(3 * MAX_SECONDS):
        microphone.hold(is_held=number % 2 == 0)
        microphone.push(VOICE * 25)
    assert microphone.is_held, "the audio of two minutes was dropped"
    while microphone.next_frame() is not None:
        pass
    assert not microphone.is_held
    microphone.hold(is_held=True)
    assert microphone.is_held


def test_message():
    assert Hold(is_held=True).to_fields() == {"on": True}
