"""Agents with engines of Wyoming servers: at the start, and in conversations."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agent_server.check import check_engines
from agent_server.config import Agent, BuiltIn, Wyoming
from agent_server.engines import Local, UnsupportedError
from agent_server.fallback import FallbackSpeechToText
from agent_server.languages import choose, common
from agent_server.registry import Engines, import_engines
from agent_server.stt import SpeechToTextError
from agent_server.stt.moonshine import MoonshineTranscriber
from agent_server.stt.wyoming import WyomingSpeechToText

from . import wyoming
from .calling import call, link
from .programs import ended, line, started
from .serving import AGENT, KEY, OTHER_AGENT, OTHER_KEY, make_engines, serving_agents
from .wyoming import models, speech, transcript, voices

SPEECH = speech(np.full(22_050, 8_000, "<i2").tobytes())


@pytest.mark.parametrize(
    ("wanted", "offered", "chosen"),
    [
        ("de", ["en", "de"], "de"),
        ("de-AT", ["de_DE", "de_AT"], "de_AT"),
        ("de-CH", ["de_DE", "de"], "de"),
        ("de", ["de_DE", "de_AT"], "de_DE"),
        ("pt-BR", ["pt_PT"], "pt_PT"),
        ("de", ["den", "en"], None),
        ("nb", ["da_DK", "no_NO"], "no_NO"),
        ("no", ["nb-NO"], "nb-NO"),
        ("de", [], None),
    ],
)
def test_choice_of_a_language(wanted, offered, chosen):
    assert choose(wanted, offered) == chosen


def test_languages_that_all_engines_have():
    assert common("en-GB", [["en"], ["en"]]) == ["en-GB"]
    assert common("de", [["en", "de", "fr"], ["fr_FR", "de_DE", "en_US"]]) == ["de", "en", "fr"]
    assert common("de", [["en", "de"], None]) == ["de"]
    assert common("de", []) == ["de"]


def test_agents_share_equal_engines_and_import_only_those(monkeypatch: pytest.MonkeyPatch):
    for name in ("stt.moonshine", "tts.hibari"):
        monkeypatch.setitem(sys.modules, f"agent_server.{name}", None)
    ears, voice = Wyoming("127.0.0.1", 1), Wyoming("127.0.0.1", 2)
    other = Wyoming("127.0.0.1", 1, model="small")
    one, two, three = import_engines(
        1.0,
        [
            Agent("one", "", language="de", stt=(ears,), tts=(voice,)),
            Agent("two", "", "", "echo", "de", (ears,), (voice,)),
            Agent("three", "", language="fr", stt=(other, ears), tts=(voice,)),
        ],
    )().values()
    assert one.speech_to_text(None) is two.speech_to_text(None)  # type: ignore[arg-type]
    assert isinstance(one.speech_to_text(None), WyomingSpeechToText)  # type: ignore[arg-type]
    assert isinstance(three.speech_to_text(None), FallbackSpeechToText)  # type: ignore[arg-type]
    assert one.sources[0] is three.sources[1]
    assert list(two.brains) == ["echo"]
    with pytest.raises(ImportError):
        import_engines(1.0, [Agent("four", "", stt=(BuiltIn(),), tts=(voice,))])


def test_built_in_engine_judges_the_end_of_english_turns(caplog, monkeypatch):
    ears = Wyoming("127.0.0.1", 1)
    agents = [
        Agent("one", "", language="en-GB", stt=(ears,)),
        Agent("two", "", language="de", stt=(ears,)),
        Agent("three", "", stt=(BuiltIn(), ears)),
    ]
    one, two, three = import_engines(1.0, agents)().values()
    assert one.judge is not None
    assert one.judge(None).reveals_finality
    assert two.judge is three.judge is None

    def fail(self):
        raise SpeechToTextError("damaged")

    monkeypatch.setattr(MoonshineTranscriber, "__init__", fail)
    (one,) = import_engines(1.0, agents[:1])().values()
    assert one.judge is None
    assert "judged by the sound alone: damaged" in caplog.text


async def test_language_that_an_engine_does_not_have():
    engines = replace(make_engines(), sources=[Local("the test engine", ("en", "fr"))])
    await check_engines([Agent("a", "", language="fr-CA")], {"a": engines})
    with pytest.raises(UnsupportedError, match="agent a: language: the test engine does not know"):
        await check_engines([Agent("a", "", language="de")], {"a": engines})


def config(folder: Path, *lines: str) -> tuple[str, ...]:
    path = folder / "agents.toml"
    text = ["[[agents]]", 'id = "kitchen"', 'key = "k2J9xPq7Lw4TzR8m"', 'brain = "echo"', *lines]
    path.write_text("\n".join(text), encoding="utf-8")
    path.chmod(0o600)
    return ("--config", str(path), "--port", "0")


def use(ears: wyoming.Server, voice: wyoming.Server, language: str) -> list[str]:
    ports = ears.address().port, voice.address().port
    return [
        f'language = "{language}"',
        f'stt = {{ wyoming = "tcp://127.0.0.1:{ports[0]}" }}',
        f'tts = {{ wyoming = "tcp://127.0.0.1:{ports[1]}" }}',
    ]


def without_models(agents: Sequence[Agent]) -> dict[str, Engines]:
    """The engines of agents, with an endpointer that hears everything that is not quiet."""
    fakes = make_engines()
    return {
        name: replace(engines, endpointer=fakes.endpointer, turn_model=None)
        for name, engines in import_engines(1.3, agents)().items()
    }


async def test_start_with_the_language_of_the_engines(tmp_path):
    async with (
        wyoming.serving(models(["en", "de"]), transcript("Hallo.")) as ears,
        wyoming.serving(voices(thorsten="de_DE"), SPEECH) as voice,
    ):
        async with started(*config(tmp_path, *use(ears, voice, "de"))) as process:
            assert (await line(process)).startswith("ws://")
            process.terminate()
            code, _, err = await ended(process)
        assert code == 0
        assert "WARNING" not in err
        async with started(*config(tmp_path, *use(ears, voice, "fr"))) as process:
            code, out, err = await ended(process)
        assert (code, out) == (1, "")
        assert "agent kitchen: language: " in err
        assert "does not know fr, only en, de" in err
        assert "Traceback" not in err


async def test_server_that_is_away_at_the_start_is_a_warning(tmp_path):
    async with wyoming.serving(models(["de"]), transcript("Hallo.")) as server:
        await server.stop()
        async with started(*config(tmp_path, *use(server, server, "de"))) as process:
            assert (await line(process)).startswith("ws://")
            process.terminate()
            code, _, err = await ended(process)
    assert code == 0
    assert err.count("is unavailable, and is used once it works again") == 2


async def test_two_agents_with_different_engines():
    """Twenty conversations at once, and nothing is mixed."""
    async with (
        wyoming.serving(models(["de"]), transcript("Hallo Welt.")) as german,
        wyoming.serving(models(["en"]), transcript("Hello world.")) as english,
        wyoming.serving(voices(thorsten="de_DE"), SPEECH) as thorsten,
        wyoming.serving(voices(joe="en_US"), SPEECH) as joe,
    ):
        agents = [
            Agent(AGENT, KEY, "", "echo", "de", (german.address(),), (thorsten.address(),)),
            Agent(OTHER_AGENT, OTHER_KEY, "", "echo", "en", (english.address(),), (joe.address(),)),
        ]
        engines = without_models(agents)
        await check_engines(agents, engines)

        async def ask(url: str, agent_id: str, key: str) -> tuple[str, str]:
            async with call(url, agent_id, key) as caller:
                await caller.say(0x10)
                heard = (await caller.wait("onUserTranscript"))["message"]
                said = (await caller.wait("onAgentTranscript"))["message"]
                await caller.wait("audioStreamEnd")
                return heard, said

        async with serving_agents(agents, engines) as (_, url):
            found = await asyncio.gather(
                *(ask(url, AGENT, KEY) for _ in range(10)),
                *(ask(url, OTHER_AGENT, OTHER_KEY) for _ in range(10)),
            )
        assert {heard for heard, _ in found[:10]} == {"Hallo Welt."}
        assert {heard for heard, _ in found[10:]} == {"Hello world."}
        for server, language, word in ((thorsten, "de_DE", "Hallo"), (joe, "en_US", "Hello")):
            requests = [e.data for e in server.events if e.type == "synthesize"]
            assert {request["voice"]["language"] for request in requests} == {language}
            assert all(word in request["text"] for request in requests)


async def test_errors_of_a_turn_and_recovery():
    async with (
        wyoming.serving(models(["de", "en"]), transcript("Hallo.")) as ears,
        wyoming.serving(voices(thorsten="de_DE", joe="en_US"), SPEECH) as voice,
    ):
        agent = Agent(AGENT, KEY, "", "echo", "de", (ears.address(),), (voice.address(),))
        engines = without_models([agent])
        await check_engines([agent], engines)
        async with (
            serving_agents([agent], engines) as (_, url),
            call(url, AGENT, KEY) as caller,
        ):
            await ears.stop()
            await caller.say(0x10)
            await caller.until(lambda: caller.codes == [3001])
            await ears.start()
            await voice.stop()
            await caller.say(0x10)
            await caller.until(lambda: caller.codes == [3001, 3002])
            await voice.start()
            await caller.say(0x10)
            await caller.wait("audioStreamEnd")
            assert caller.codes == [3001, 3002]


async def test_the_home_chooses_the_language():
    async with (
        wyoming.serving(models(["de", "en", "fr"]), transcript("Hallo.")) as ears,
        wyoming.serving(voices(thorsten="de_DE", joe="en_US"), SPEECH) as voice,
    ):
        agent = Agent(AGENT, KEY, "", "echo", "de", (ears.address(),), (voice.address(),))
        sources = [Local("a", ("de", "en", "fr")), Local("b", ("de_DE", "en_US"))]
        engines = {AGENT: replace(without_models([agent])[AGENT], sources=sources)}
        for wanted, heard_in in (("en-GB", "en"), ("de", "de"), ("fr", "de")):
            async with (
                serving_agents([agent], engines) as (_, url),
                link(url, AGENT, KEY, offer={"language": wanted, "answers": False}) as caller,
            ):
                assert caller.of("agent")[0]["languages"] == ["de", "en"]
                await caller.say(0x10)
                await caller.wait("audioStreamEnd")
            requests = [e.data for e in ears.events if e.type == "transcribe"]
            assert requests[-1] == {"language": heard_in}
            spoken = [e.data for e in voice.events if e.type == "synthesize"]
            assert spoken[-1]["voice"]["language"].startswith(heard_in)


async def checked(*arguments: str) -> tuple[int | None, str, str]:
    async with started(*arguments) as process:
        return await ended(process)


async def test_check_of_engines_that_work(tmp_path):
    async with (
        wyoming.serving(models(["en", "de"]), transcript("Wie spät ist es?")) as ears,
        wyoming.serving(voices(thorsten="de_DE"), SPEECH) as voice,
    ):
        arguments = config(tmp_path, *use(ears, voice, "de"))
        code, out, err = await checked("--check", *arguments[1:])
    assert (code, err) == (0, "")
    agent, tts, spoken, stt, heard = out.splitlines()
    assert agent == "agent kitchen, language de"
    assert tts.endswith("voices thorsten; languages de_DE")
    assert 'speaks "Wie spät ist es?": first audio after' in spoken
    assert "1.0 s of speech" in spoken
    assert stt.endswith("models model-0; languages en, de")
    assert 'hears "Wie spät ist es?" after' in heard
    audio = [e for e in ears.events if e.type == "audio-chunk"]
    assert sum(len(e.payload or b"") for e in audio) == pytest.approx(32_000, rel=0.02)


async def test_check_of_engines_that_do_not_work(tmp_path):
    async with (
        wyoming.serving(models(["en"]), transcript("")) as ears,
        wyoming.serving(voices(joe="en_US"), speech()) as voice,
    ):
        code, out, err = await checked("--check", *config(tmp_path, *use(ears, voice, "en"))[1:])
        assert (code, err) == (1, "")
        assert "FAILED: it sent no audio" in out
        assert "hears nothing" in out

        voice.answer = SPEECH
        _, out, _ = await checked("--check", *config(tmp_path, *use(ears, voice, "en"))[1:])
        assert "FAILED: it heard no words" in out

        _, out, _ = await checked("--check", *config(tmp_path, *use(ears, voice, "de"))[1:])
        assert "FAILED: agent kitchen: language: " in out

        await voice.stop()
        _, out, _ = await checked("--check", *config(tmp_path, *use(ears, voice, "en"))[1:])
        assert "FAILED: it cannot be reached: Connection refused" in out


async def test_check_of_the_built_in_engines(tmp_path):
    code, out, _ = await checked("--check", "--state-dir", str(tmp_path))
    assert code == 0
    assert 'hears "What time is it?"' in out
    assert list(tmp_path.iterdir()) == []  # No key is created for it.


async def test_check_of_a_file_with_an_error(tmp_path):
    code, out, err = await checked("--check", *config(tmp_path, "stt = 5")[1:])
    assert (code, out) == (2, "")
    assert "stt: must be" in err
