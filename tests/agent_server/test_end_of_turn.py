"""The models decide when a turn ends, without delaying anything else."""

import threading
from dataclasses import replace

import pytest

from agent_server.stt import SpeechToTextError
from agent_server.stt.blocking import BlockingSpeechToText
from agent_server.turn_detection import TurnDetectionError
from agent_server.turn_detection.endpointing import Endpointer

from .calling import RATE, SILENCE, Caller, call, eventually, link
from .serving import AGENT, KEY, ByteEars, LoudnessDetector, make_engines, serving
from .test_dialogue import AE, RAW, SAID, E, S, pause

FINISHED, OPEN = 0.999, 0.01


class Model:
    """A detector that finds every utterance complete."""

    def __init__(self, probability=0.99):
        self.result = probability
        self.may = threading.Event()
        self.may.set()
        self.asked = 0

    def probability(self, audio):
        self.asked += 1
        self.may.wait(30)
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


class Ears(ByteEars):
    """Returns probabilities of the next token; fails after "w3f"."""

    def __init__(self, finality):
        self.finality = finality

    def transcribe(self, audio, earlier=None, phrases=()):
        heard = super().transcribe(audio)
        if "w3f" in heard.text:
            raise SpeechToTextError("no such word")
        return replace(heard, finality=self.finality, is_command=heard.text in phrases)


def engines(model=None, finality=FINISHED, longest=20.0):
    ears = Ears(finality)
    return replace(
        make_engines(),
        endpointer=lambda: Endpointer(LoudnessDetector(), longest),
        speech_to_text=lambda threads: BlockingSpeechToText(ears, threads),
        turn_model=model or Model(),
    )


async def speak(caller: Caller, silence: float, *words: int) -> None:
    speech = b"".join(bytes([word]) * (RATE // 2) for word in words or (0x10,))
    await caller.play(speech + bytes([SILENCE]) * round(silence * RATE))


async def test_a_finished_sentence_ends_the_turn():
    async with serving(engines()) as (_, url), call(url, AGENT, KEY, **RAW) as caller:
        await speak(caller, 0.4)
        await caller.wait(AE)
        assert [message["message"] for message in caller.of(SAID)] == ["w10"]


class SlowEars(Ears):
    """Returns nothing before `may` is set."""

    def __init__(self):
        super().__init__(None)
        self.may = threading.Event()

    def transcribe(self, audio, earlier=None, phrases=()):
        self.may.wait(30)
        return super().transcribe(audio, earlier, phrases)


def server_engines(model=None, judged=None, ears=None):
    """Engines as of a server that reveals nothing about the next word, with a judge or without."""
    ears, judge = ears or Ears(None), Ears(judged)
    return replace(
        engines(model),
        speech_to_text=lambda threads: BlockingSpeechToText(ears, threads, reveals_finality=False),
        judge=judged and (lambda threads: BlockingSpeechToText(judge, threads)),
    )


async def test_a_sentence_that_sounds_finished_ends_the_turn():
    async with (
        serving(server_engines()) as (_, url),
        call(url, AGENT, KEY, enableVad=True, **RAW) as caller,
    ):
        await speak(caller, 0.5)
        await pause()
        assert E not in caller.types
        await caller.play(bytes([SILENCE]) * (RATE // 8))
        await caller.wait(AE)


@pytest.mark.parametrize("judged", [FINISHED, OPEN])
async def test_a_judge_decides_whether_a_sentence_is_finished(judged):
    async with (
        serving(server_engines(judged=judged)) as (_, url),
        call(url, AGENT, KEY, enableVad=True, **RAW) as caller,
    ):
        await speak(caller, 0.4)
        if judged == OPEN:
            await pause()
            assert E not in caller.types
            await caller.play(bytes([SILENCE]) * RATE * 21)
        await caller.wait(AE)


async def test_the_agent_waits_after_an_unfinished_sentence():
    model = Model(0.05)
    async with (
        serving(engines(model, OPEN)) as (_, url),
        call(url, AGENT, KEY, enableVad=True, **RAW) as caller,
    ):
        await speak(caller, 0.9)
        await eventually(lambda: model.asked > 0)
        await pause()
        assert caller.types == ["init", S]
        await speak(caller, 21)
        await caller.wait(AE)
        assert [message["message"] for message in caller.of(SAID)] == ["w10 w10"]


@pytest.mark.parametrize("result", [TurnDetectionError("deaf"), TimeoutError()])
async def test_a_model_that_fails(result, caplog):
    async with serving(engines(Model(result))) as (_, url), call(url, AGENT, KEY, **RAW) as caller:
        await speak(caller, 0.9)
        await caller.wait(AE)  # The transcriber is sure enough.
        assert "without the turn model" in caplog.text


async def test_nobody_waits_for_a_model_that_hangs():
    model = Model()
    model.may.clear()
    async with (
        serving(engines(model, longest=1.0)) as (_, url),
        call(url, AGENT, KEY, enableVad=True, **RAW) as caller,
    ):
        await speak(caller, 0.4)
        await eventually(lambda: model.asked == 1)
        await caller.play(bytes([SILENCE]) * RATE)
        await caller.wait(AE)
        model.may.set()


async def test_evidence_of_an_earlier_pause_is_dropped():
    model = Model()
    model.may.clear()
    async with (
        serving(engines(model)) as (_, url),
        call(url, AGENT, KEY, enableVad=True, **RAW) as caller,
    ):
        await speak(caller, 0.4)
        await eventually(lambda: model.asked == 1)
        await speak(caller, 0.0, 0x11)
        await pause()
        model.may.set()
        await pause()
        assert E not in caller.types
        await speak(caller, 0.4, 0x12)
        await caller.wait(AE)
        assert [message["message"] for message in caller.of(SAID)] == ["w10 w11 w12"]


async def test_a_transcriber_that_fails():
    async with serving(engines(longest=1.0)) as (_, url), call(url, AGENT, KEY, **RAW) as caller:
        await speak(caller, 2.0, 0x3F)
        await caller.wait("error")
        assert caller.codes == [3001]
        await speak(caller, 0.4)
        await caller.wait(AE)


async def test_the_home_decides_how_patient_the_agent_is():
    offer = {"answers": False, "patience": "patient"}
    async with (
        serving(engines()) as (_, url),
        link(url, AGENT, KEY, offer=offer, enableVad=True, **RAW) as caller,
    ):
        await speak(caller, 0.4)
        await pause()
        assert E not in caller.types
        await caller.play(bytes([SILENCE]) * (RATE // 4))
        await caller.wait(AE)


async def test_a_command_of_the_home_ends_the_turn():
    unsure = engines(Model(0.05), OPEN)
    offer = {"answers": False, "phrases": ["w10 w11"]}
    async with serving(unsure) as (_, url), link(url, AGENT, KEY, offer=offer, **RAW) as caller:
        await speak(caller, 0.3, 0x10, 0x11)
        await caller.wait(AE)
        assert [message["message"] for message in caller.of(SAID)] == ["w10 w11"]


async def test_a_command_of_the_home_is_answered_before_the_server_has_heard_it():
    ears = SlowEars()
    slow = server_engines(Model(0.05), OPEN, ears)
    offer = {"answers": False, "phrases": ["w10 w11"]}
    async with serving(slow) as (_, url), link(url, AGENT, KEY, offer=offer, **RAW) as caller:
        await speak(caller, 0.3, 0x10, 0x11)
        await caller.wait(AE)
        assert [message["message"] for message in caller.of(SAID)] == ["w10 w11"]
        ears.may.set()
