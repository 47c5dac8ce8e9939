"""A page talks with the real agent in a real Home Assistant, over the talk protocol."""

import asyncio

import numpy as np
import pytest

from custom_components.playai.agent.audio import mulaw_encode
from tests.agent_server.listening import hear
from tests.harness import HOME_ASSISTANTS
from tests.harness.demo_home import demo_home
from tests.harness.page import PATIENCE, Page
from tests.recordings import REQUESTS, word_errors

LAMP = "light.living_room_lamp"
SENTENCE = "This is a long answer about the day and the night."
LONG_ANSWER = " ".join([SENTENCE] * 15)
RATE = 24_000


def spoken(name):
    return mulaw_encode(REQUESTS[name].pcm)


async def talk_with(home):
    found = await home.api.command("playai/talk/agents")
    [agent] = found["agents"]
    opened = await home.api.command("playai/talk/open", agent=agent["entity_id"])
    page = Page(await home.api.http.ws_connect(home.url + opened["path"]))
    page.start()
    await page.hello()
    await page.wait("ready")
    page.open_microphone()
    return page


async def until_on(home):
    async with asyncio.timeout(PATIENCE):
        while True:
            states = await home.api.command("get_states")
            if any(each["entity_id"] == LAMP and each["state"] == "on" for each in states):
                return
            await asyncio.sleep(0.1)


async def until_played(page, number):
    await page.until(lambda: any(end["reply"] == number for end in page.of("reply_end")))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("hass", HOME_ASSISTANTS)
async def test_page_talks_with_the_agent(tmp_path, hass, transcriber):
    async with demo_home(tmp_path / "home", hass=hass) as home:
        automation = {
            "alias": "Long answer",
            "triggers": [{"trigger": "conversation", "command": ["what time is it"]}],
            "actions": [{"set_conversation_response": LONG_ANSWER}],
        }
        await home.api.post("/api/config/automation/config/long_answer", automation)
        page = await talk_with(home)
        # The agent is interrupted in a long answer, by the voice that it hears all the time.
        page.plays = False
        await page.say(spoken("what-time"))
        await page.until(lambda: len(page.audio.get(1, b"")) >= RATE * 2)
        await page.send("played", reply=1, ms=500)
        speaking = asyncio.create_task(page.say(spoken("turn-on-lamp")))
        assert (await page.wait("flush"))["reply"] == 1
        await page.send("flushed", reply=1, ms=1500)
        interrupted = await page.wait("interrupted")
        assert LONG_ANSWER.startswith(interrupted["text"])
        assert 0 < len(interrupted["text"]) < len(SENTENCE)
        page.plays = True
        await speaking
        # The sentence during the answer is a command, which the home carries out.
        await until_on(home)
        await until_played(page, 2)
        heard = [message["text"] for message in page.of("heard")]
        assert word_errors(heard[0], "what time is it") <= 1
        assert word_errors(heard[-1], "turn on the living room lamp") == 0
        [*_, done] = page.of("tool")
        assert (done["name"], done["status"]) == ("HassTurnOn", "done")
        # The agent's voice says the shown text.
        said = " ".join(part["text"].strip() for part in page.of("said") if part["reply"] == 2)
        samples = np.frombuffer(page.audio[2], np.int16).astype(np.float32) / 32_768
        assert word_errors(hear(transcriber, samples, RATE), said) <= 1
        # A typed text is answered aloud, too.
        await page.send("text", text="Turn off the living room lamp")
        await until_played(page, 3)
        assert len(page.audio[3]) > RATE
        await page.send("bye")
        assert await page.closed() == 4000
        await page.stop()
