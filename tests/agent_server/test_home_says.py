"""Texts of the home that the agent speaks, typed turns, and turns that the home has answered."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import pytest

from agent_server.brain import Exchange
from agent_server.brain.sentences import ENGLISH
from agent_server.limits import Limits
from agent_server.tts import Audio

from .calling import Caller, call, eventually, link
from .serving import AGENT, KEY, WORD_SECONDS, make_engines, serving
from .test_dialogue import AE, SAID, SAYS, A, E, N, S, pause, seconds
from .test_home_link import VAD, asked, delta, end, said

HEARD = 2 * WORD_SECONDS + 0.3
"""Seconds after which a reply of two words was heard."""


async def say(caller: Caller, text: str, **fields: Any) -> None:
    await caller.send({"type": "say", "text": text, **fields})


async def type_text(caller: Caller, text: str) -> None:
    await caller.send({"type": "userText", "text": text})


# say


async def test_a_text_is_a_stream_of_its_own():
    async with serving() as (_, url), link(url, AGENT, KEY, **VAD) as caller:
        await say(caller, "One sentence. Another")
        await caller.wait(AE)
        assert [kind for kind in caller.types if kind != SAYS] == ["init", "agent", N, A, AE]
        assert said(caller) == ["One sentence.", "Another"]
        assert seconds(caller.audio()) == pytest.approx(3 * WORD_SECONDS, abs=0.02)


async def test_texts_follow_each_other_without_cutting_one_off():
    async with serving() as (_, url), link(url, AGENT, KEY) as caller:
        await say(caller, "One.")
        await say(caller, "Two.")
        await caller.wait(AE, 2)
        assert said(caller) == ["One.", "Two."]
        # An interruption would make the client drop the rest of "One.".
        assert not caller.of("onAgentInterrupted")


async def test_a_text_in_parts_is_one_stream():
    async with serving() as (_, url), link(url, AGENT, KEY) as caller:
        await say(caller, "One sen", isFinal=False)
        await say(caller, "tence. And", isFinal=False)
        await caller.wait(A)  # Before the text is complete.
        assert said(caller) == ["One sentence."]
        await say(caller, " more.")
        await caller.wait(AE)
        assert said(caller) == ["One sentence.", "And more."]
        await say(caller, "Next.")
        await caller.wait(AE, 2)
        assert caller.types.count(N) == 2


async def test_a_text_waits_for_the_end_of_a_reply():
    async with serving(brain="auto") as (_, url), link(url, AGENT, KEY) as caller:
        await caller.say(0x10)
        call_id = await asked(caller)
        await delta(caller, call_id, "One. ")
        await caller.wait(A)
        await say(caller, "Two.")
        await end(caller, call_id)
        await caller.wait(AE, 2)
        assert said(caller) == ["One.", "Two."]
        assert not caller.of("onAgentInterrupted")


async def test_a_text_waits_while_the_user_speaks():
    async with serving() as (_, url), link(url, AGENT, KEY, **VAD) as caller:
        await caller.play(b"\x10" * 16_000)
        await caller.wait(S)
        await say(caller, "Later.")
        await caller.say(0x10, 0.1)
        await caller.wait(AE, 2)
        assert said(caller) == ["you said w10.", "Later."]


async def test_a_text_waits_for_a_noise_to_end():
    async with serving() as (_, url), link(url, AGENT, KEY, **VAD) as caller:
        await caller.play(b"\x30" * 16_000)
        await caller.wait(S)
        await say(caller, "Later.")
        await caller.play(b"\xff" * 16_000)
        await caller.wait(AE)
        assert said(caller) == ["Later."]


async def test_speaking_over_a_text_interrupts_it():
    engines = make_engines()
    async with serving(engines) as (_, url), link(url, AGENT, KEY, **VAD) as caller:
        await say(caller, "w " * 100 + ". ", isFinal=False)
        await say(caller, "Never begun.", isFinal=False)
        await caller.wait(A, 3)
        await asyncio.sleep(2 * WORD_SECONDS)  # Until a word was heard.
        await caller.say(0x10)
        await caller.wait(AE, 2)
        (interrupted,) = caller.of("onAgentInterrupted")
        await say(caller, "The rest.", isFinal=False)
        await say(caller, "The very rest.")
        await say(caller, "Something new.")
        await caller.wait(AE, 3)
        assert said(caller)[-2:] == ["you said w10.", "Something new."]
        assert not {"The rest.", "The very rest."} & {*said(caller)}
        assert engines.brain.histories == [[Exchange("", interrupted["updatedMessage"])]]


async def test_speech_drops_texts_that_wait():
    async with serving() as (_, url), link(url, AGENT, KEY, **VAD) as caller:
        await say(caller, "w " * 100)
        await say(caller, "Waits.")
        await say(caller, "Waits too.", isFinal=False)
        await caller.wait(A, 3)
        await caller.say(0x10)
        await caller.wait(AE, 2)
        await say(caller, "The rest.")
        await say(caller, "New.")
        await caller.wait(AE, 3)
        assert said(caller)[1:] == ["you said w10.", "New."]


async def test_texts_are_limited():
    engines = make_engines()
    engines.voice.hold.clear()
    limits = Limits(home_text=1_000)
    async with serving(engines, limits=limits) as (_, url), link(url, AGENT, KEY) as caller:
        await say(caller, "First.")
        await caller.wait(SAYS)
        await say(caller, "w" * 800, isFinal=False)
        await say(caller, "w" * 800, isFinal=False)
        error = await caller.wait("error")
        assert (error["code"], error["isFatal"]) == (4400, False)
        await say(caller, "The rest of it.")
        await say(caller, "Last.")
        engines.voice.hold.set()
        await caller.wait(AE, 3)
        assert [text.strip("w") for text in said(caller)] == ["First.", "", "", "", "Last."]


async def test_a_text_that_cannot_be_spoken():
    async with serving() as (_, url), link(url, AGENT, KEY) as caller:
        await say(caller, "mute", isFinal=False)
        await say(caller, ". And more.", isFinal=False)
        assert (await caller.wait("error"))["code"] == 3002
        await say(caller, "The rest.")
        await say(caller, "Fine.")
        await caller.wait(AE)
        assert said(caller)[-1] == "Fine."
        assert "The rest." not in said(caller)


async def test_an_empty_text_is_an_error():
    async with serving() as (_, url), link(url, AGENT, KEY) as caller:
        await say(caller, " ")
        assert (await caller.wait("error"))["code"] == 3003


async def test_a_text_that_never_ends():
    limits = Limits(brain=0.2)
    async with serving(limits=limits) as (_, url), link(url, AGENT, KEY) as caller:
        await say(caller, "One. Two", isFinal=False)
        await caller.wait("error")
        assert (caller.codes, said(caller)) == ([3003], ["One."])


class Languages:
    """Records the languages of the texts."""

    def __init__(self) -> None:
        self.spoken: list[str] = []

    async def speak(self, text: str, language: str, voice: str | None) -> AsyncGenerator[Audio]:
        self.spoken.append(language)
        async for audio in silence():
            yield audio


async def silence() -> AsyncGenerator[Audio]:
    import numpy as np  # noqa: PLC0415

    yield Audio(np.zeros(2_400, np.float32), 24_000)


async def test_the_language_of_a_text():
    voice = Languages()
    engines = replace(make_engines(), text_to_speech=lambda _: voice)
    async with serving(engines) as (_, url), link(url, AGENT, KEY) as caller:
        await say(caller, "Guten Tag.", language="de-DE")
        await say(caller, "Hello.")
        await caller.wait(AE, 2)
        assert voice.spoken == ["de-DE", "en"]


async def test_a_conversation_that_only_speaks_is_not_idle():
    limits = Limits(longest_idle=1.0)
    async with serving(limits=limits) as (_, url), link(url, AGENT, KEY) as caller:
        for number in range(1, 4):
            await say(caller, "One two.")
            await caller.wait(AE, number)
        assert await caller.wait_closed() == 1000
        assert caller.types[-1] == "hangup"


# handled


async def test_a_turn_that_the_home_has_answered():
    engines = make_engines()
    async with serving(engines, brain="auto") as (_, url), link(url, AGENT, KEY, **VAD) as caller:
        await caller.say(0x10)
        call_id = await asked(caller)
        await caller.send({"type": "handled"})
        await say(caller, "Turned on", isFinal=False)
        await say(caller, " the lights.")
        await caller.wait(AE)
        assert [kind for kind in caller.types if kind != SAYS] == [
            *("init", "agent", S, E, SAID, "ask", "cancel", N, A, AE)
        ]
        assert said(caller) == ["Turned on the lights."]
        assert caller.of("cancel")[0]["id"] == call_id
        await asyncio.sleep(4 * WORD_SECONDS + 0.3)
        await type_text(caller, "What?")
        await caller.wait(AE, 2)
        assert engines.brain.histories == [[Exchange("w10", "Turned on the lights.")]]


async def test_an_answer_of_the_agent_is_dropped():
    engines = make_engines(lambda _: "w " * 100)
    async with serving(engines) as (_, url), link(url, AGENT, KEY, **VAD) as caller:
        await caller.say(0x10)
        await caller.wait(A, 3)
        await caller.send({"type": "handled"})
        await say(caller, "Done.")
        await caller.wait(AE, 2)
        types = [kind for kind in caller.types if kind != SAYS]
        assert types[types.index(N) :] == [N, A, AE, N, A, AE]
        assert not caller.of("onAgentInterrupted")
        await asyncio.sleep(HEARD)
        await caller.say(0x11)
        await caller.wait(N, 3)
        assert engines.brain.histories[1:] == [[Exchange("w10", "Done.")]]


async def test_an_answer_that_was_dropped_is_not_remembered_but_the_question_is():
    engines = make_engines(lambda _: "fine")
    async with serving(engines) as (_, url), link(url, AGENT, KEY) as caller:
        await caller.say(0x10)
        await caller.wait(AE)
        await caller.send({"type": "handled"})
        await caller.say(0x11)
        await caller.wait(AE, 2)
        assert engines.brain.histories == [[], [Exchange("w10", "")]]


async def test_a_turn_that_the_home_answered_without_a_word_is_remembered():
    engines = make_engines()
    async with serving(engines, brain="auto") as (_, url), link(url, AGENT, KEY) as caller:
        await caller.say(0x10)
        await asked(caller)
        await caller.send({"type": "handled"})
        await caller.wait("cancel")
        await type_text(caller, "What did I ask?")
        await caller.wait(AE)
        assert engines.brain.histories == [[Exchange("w10", "")]]


async def test_a_text_that_another_one_replaces():
    async with serving() as (_, url), link(url, AGENT, KEY) as caller:
        await say(caller, "w " * 500)
        await caller.wait(A, 3)
        await caller.send({"type": "handled"})
        await say(caller, "Done.")
        await caller.wait(AE, 2)
        types = [kind for kind in caller.types if kind != SAYS]
        assert types[-4:] == [AE, N, A, AE]
        assert said(caller)[-1] == "Done."


async def test_handled_without_a_turn_changes_nothing():
    async with serving() as (_, url), link(url, AGENT, KEY, **VAD) as caller:
        await caller.send({"type": "handled"}, {"type": "handled"})
        await say(caller, "Hello.")
        await caller.wait(AE)
        await caller.say(0x10)
        await caller.wait(AE, 2)
        assert said(caller) == ["Hello.", "you said w10."]


async def test_late_handled_does_not_drop_the_next_turn():
    async with serving() as (_, url), link(url, AGENT, KEY, **VAD) as caller:
        await caller.say(0x10)
        await caller.wait(AE)
        await caller.play(b"\x11" * 16_000)
        await caller.wait(S, 2)
        await caller.send({"type": "handled"})
        await caller.play(b"\xff" * 16_000)
        await caller.wait(AE, 2)
        assert said(caller)[-1] == "you said w11."


async def test_words_after_a_handled_turn_are_a_new_turn():
    async with serving(brain="auto") as (_, url), link(url, AGENT, KEY) as caller:
        await caller.say(0x10)
        await asked(caller)
        await caller.send({"type": "handled"})
        await caller.wait("cancel")
        await caller.say(0x11)
        await asked(caller, 2)
        assert caller.of("ask")[1]["text"] == "w11"


# userText


async def test_typed_turn():
    engines = make_engines()
    async with serving(engines) as (_, url), link(url, AGENT, KEY, **VAD) as caller:
        await type_text(caller, "hello there")
        await caller.wait(AE)
        assert [kind for kind in caller.types if kind != SAYS] == ["init", "agent", N, A, AE]
        assert said(caller) == ["you said hello there."]


async def test_the_answer_to_a_typed_turn_is_read_at_once():
    engines = make_engines(lambda _: "w " * 50)
    async with serving(engines) as (_, url), link(url, AGENT, KEY) as caller:
        await type_text(caller, "one")
        await caller.wait(AE)
        await type_text(caller, "two")
        await caller.wait(AE, 2)
        assert engines.brain.histories[1] == [Exchange("one", " ".join("w" * 50))]


async def test_typed_and_spoken_turns_share_the_history():
    engines = make_engines(lambda _: "fine")
    async with serving(engines) as (_, url), link(url, AGENT, KEY) as caller:
        await type_text(caller, "hello")
        await caller.wait(AE)
        await asyncio.sleep(HEARD)
        await caller.say(0x10)
        await caller.wait(AE, 2)
        await asyncio.sleep(HEARD)
        await type_text(caller, "bye")
        await caller.wait(AE, 3)
        assert engines.brain.histories[-1] == [Exchange("hello", "fine"), Exchange("w10", "fine")]


async def test_the_home_is_not_asked_about_texts_that_it_passes_on():
    engines = make_engines()
    async with serving(engines, brain="auto") as (_, url), link(url, AGENT, KEY) as caller:
        await type_text(caller, "hello")
        await caller.wait(AE)
        assert said(caller) == ["you said hello."]
        assert not caller.of("ask")


async def test_agent_without_answers_of_its_own_says_so():
    async with serving(brain="home") as (_, url), link(url, AGENT, KEY) as caller:
        await type_text(caller, "hello")
        await caller.wait(AE)
        assert " ".join(said(caller)) == ENGLISH.no_own_answer


async def test_typed_turn_interrupts():
    engines = make_engines(lambda text: "w " * 100 if text == "w10" else "short")
    async with serving(engines) as (_, url), link(url, AGENT, KEY, **VAD) as caller:
        await caller.say(0x10)
        await caller.wait(A, 3)
        await type_text(caller, "stop")
        await caller.wait(AE, 2)
        assert len(caller.of("onAgentInterrupted")) == 1
        assert said(caller)[-1] == "short"


async def test_typed_turn_interrupts_a_text_without_end():
    async with serving() as (_, url), link(url, AGENT, KEY) as caller:
        await say(caller, "w " * 100 + ". And", isFinal=False)
        await caller.wait(A, 3)
        await type_text(caller, "stop")
        await say(caller, "New.")
        await caller.wait(AE, 3)
        assert said(caller)[1:] == ["you said stop.", "New."]


async def test_typed_turn_while_the_user_pauses():
    engines = make_engines()
    async with serving(engines) as (_, url), link(url, AGENT, KEY, **VAD) as caller:
        await caller.play(b"\x10" * 16_000 + b"\xff" * 6_400)
        await eventually(lambda: engines.voice.pieces > 0)
        await type_text(caller, "hello")
        await caller.wait(A)
        await caller.play(b"\xff" * 16_000)
        await caller.wait(SAID)
        await caller.wait(AE, 2)
        assert said(caller)[-1] == "you said w10."


async def test_spoken_words_are_not_part_of_a_typed_turn():
    async with serving(brain="auto") as (_, url), link(url, AGENT, KEY, **VAD) as caller:
        await caller.say(0x10)
        await asked(caller)
        await type_text(caller, "hello")
        await caller.wait(AE)
        await caller.say(0x11)
        await asked(caller, 2)
        assert caller.of("ask")[1]["text"] == "w11"


async def test_typed_turns_are_limited(monkeypatch: pytest.MonkeyPatch):
    limits = Limits(home_requests=2)
    engines = make_engines()
    async with serving(engines, limits=limits) as (_, url), link(url, AGENT, KEY) as caller:
        for _ in range(50):
            await type_text(caller, "hello")
        await caller.wait(AE)
        assert set(caller.codes) <= {4400}


async def test_clients_without_a_home_link_cannot_use_it():
    async with serving() as (_, url), call(url, AGENT, KEY) as caller:
        for number, kind in enumerate(("say", "userText", "handled", "home"), 1):
            await caller.send({"type": kind, "text": "Hello.", "language": "en", "answers": True})
            assert (await caller.wait("error", number))["code"] == 4400
        await pause()
        assert caller.types == ["init", *["error"] * 4]
