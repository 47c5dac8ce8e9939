"""Two satellites at the same time: a language model answers at one, local commands at the other.

scripts/bench satellites [--home-assistant ha11] [--turns 30]

In the living room, a model that streams slowly answers questions through Home Assistant's
`ollama`. In the kitchen, Home Assistant switches lamps, and the agent speaks the confirmations.
The agent's own voice asks. All turns belong to one pipeline, agent and server. A turn is lost if it
is not heard or not answered, and mixed if its words, its sound, its effect or its request to the
model belongs to another turn. On a busy machine a transcript may come too late for the local
commands. Such a turn is counted, and a command is given again.
"""

import argparse
import asyncio
import statistics
import sys
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Final

import aiohttp
import numpy as np

from agent_server.stt.moonshine import MoonshineTranscriber
from benchmarks.family import Voice
from benchmarks.family_questions import Question
from tests.agent_server.listening import hear
from tests.harness import HOME_ASSISTANTS, ROOT
from tests.harness.changes import Change, record_changes
from tests.harness.demo_home import KITCHEN, LIVING_ROOM, demo_home
from tests.harness.home import Home, HomeError
from tests.harness.models.answering import add_ollama, answer_with
from tests.harness.models.scripted import MODEL, ModelRequest, ScriptedModel, ToolCall
from tests.harness.question import RATE
from tests.harness.spoken_turn import SpokenTurn, ask_satellite, first_sound, until_played
from tests.recordings import plain, word_errors

WORD_SECONDS: Final = 0.15
"""Between the words of the model."""

_LATE: Final = "(spoken to the agent)"
"""The result of speech-to-text if the transcript comes too late."""

_TRIES: Final = 3
_TOPICS: Final = (
    *("whales", "castles", "bread", "rivers", "mountains", "horses", "gardens", "music"),
    *("trains", "pirates", "winter", "chocolate", "dragons", "elephants", "islands"),
)
_COMMANDS: Final = (
    ("Turn on the floor lamp.", "light.floor_lamp", "on"),
    ("Turn on the living room lamp.", "light.living_room_lamp", "on"),
    ("Turn off the floor lamp.", "light.floor_lamp", "off"),
    ("Turn off the living room lamp.", "light.living_room_lamp", "off"),
)
"""The lamps are in the other room: in the same one, Home Assistant confirms with a chime."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A turn and the expected answer."""

    text: str
    expected: str
    """The answer; "" if Home Assistant chooses the words."""

    turn: SpokenTurn
    sound: str
    """What a listener hears."""

    changes: Sequence[tuple[str, str]] = ()
    """The entities that changed, with their new states."""

    @property
    def heard(self) -> str:
        """The transcript; the spoken text if it came too late."""
        return self.text if self.turn.heard == _LATE else self.turn.heard

    @property
    def problem(self) -> str:
        """The failure; "" if there is none."""
        turn = self.turn
        if turn.error or not turn.said or not first_sound(turn):
            return f"lost: {turn.error or 'no answer'} ({turn.heard} → {turn.said})"
        if word_errors(self.heard, self.text) > 1:
            return f"misheard: {turn.heard}"
        if self.expected and turn.said.strip() != self.expected:
            return f"mixed: {turn.said}"
        # The confirmations of Home Assistant are as short as three words.
        if word_errors(self.sound, turn.said) > max(1, len(plain(turn.said)) // 4):
            seconds = len(turn.audio) / (2 * RATE)
            return f"mixed or cut off: {seconds:.1f} s of sound are heard as {self.sound!r}"
        return ""


@dataclass(slots=True)
class Together:
    """The turns at both satellites."""

    questions: list[Asked] = field(default_factory=list)
    commands: list[Asked] = field(default_factory=list)
    model: list[list[str]] = field(default_factory=list)
    """The user's messages in each request to the model about a question."""

    late: int = 0
    """Turns whose transcript came too late."""

    @property
    def problems(self) -> list[str]:
        """The failures of each turn and of the whole run."""
        problems = [
            f"{asked.text} {asked.problem}"
            for asked in (*self.questions, *self.commands)
            if asked.problem
        ]
        heard = [plain(asked.heard) for asked in self.questions]
        for number, said in enumerate(self.model, 1):
            if [plain(text) for text in said] != heard[:number][-len(said) :]:
                problems.append(f"the model's request {number} has the conversation {said}")
                break  # All later ones are shifted.
        if len(self.model) != len(heard):
            problems.append(f"{len(self.model)} requests to the model for {len(heard)} questions")
        return problems


def _answer_about(question: str) -> str:
    *_, topic = ("", *plain(question))
    return f"There is a long story about {topic}. It begins by the sea."


async def _tell(request: ModelRequest) -> AsyncGenerator[str | ToolCall]:
    for word in _answer_about(request.question).split(" "):
        yield f"{word} "
        await asyncio.sleep(WORD_SECONDS)


async def ask_together(
    home: Home, model: ScriptedModel, transcriber: MoonshineTranscriber, turns: int
) -> Together:
    """Ask at both satellites at the same time, `turns` times each; raises `HomeError`."""
    model.answer = _tell
    await answer_with(home, await add_ollama(home, model.url, MODEL, tools=False))
    voice = await asyncio.to_thread(Voice)
    together = Together()

    async def ask(satellite: str, text: str) -> tuple[SpokenTurn, str]:
        spoken = await asyncio.to_thread(voice.speak, Question(text))
        turn = await ask_satellite(home, satellite, spoken)
        sound = await asyncio.to_thread(_listen, turn, transcriber)
        # Wait until the answer has been played. Otherwise the next turn would interrupt it.
        together.late += turn.heard == _LATE
        await until_played(turn)
        await asyncio.sleep(0.5)
        return turn, sound

    async def ask_questions() -> None:
        for topic in islice(cycle(_TOPICS), turns):
            text = f"Tell me about {topic}."
            turn, sound = await ask(LIVING_ROOM, text)
            expected = _answer_about(text if turn.heard == _LATE else turn.heard or text)
            together.questions.append(Asked(text, expected, turn, sound))

    async def give_commands(changes: list[Change]) -> None:
        for text, entity_id, state in islice(cycle(_COMMANDS), turns):
            seen = len(changes)
            for _ in range(_TRIES):
                turn, sound = await ask(KITCHEN, text)
                if turn.heard != _LATE:
                    break
            changed = [(change.entity_id, str(change.after)) for change in changes[seen:]]
            if changed != [(entity_id, state)]:
                turn.error = turn.error or f"changed {changed}"
            together.commands.append(Asked(text, "", turn, sound))

    async with record_changes(home.api) as changes, asyncio.TaskGroup() as group:
        group.create_task(ask_questions())
        group.create_task(give_commands(changes))
    together.model = questions_in(model.requests)
    return together


def questions_in(requests: Iterable[ModelRequest]) -> list[list[str]]:
    """Return the user's messages in each request about a question.

    The model also answers commands whose transcripts came too late.
    """
    said = [
        [str(part["content"]) for part in request.messages if part["role"] == "user"]
        for request in requests
    ]
    known = [[text for text in texts if text != _LATE] for texts in said]
    return [texts for texts in known if texts and plain(texts[-1])[:1] == ["tell"]]


def _listen(turn: SpokenTurn, transcriber: MoonshineTranscriber) -> str:
    """Transcribe the answer, a WAV file of 16-bit samples."""
    _, _, data = bytes(turn.audio).partition(b"data")
    samples = np.frombuffer(data[4 : len(data) & ~1], np.int16)  # After the length.
    return hear(transcriber, (samples / 32_768).astype(np.float32), RATE) if len(samples) else ""


async def measure(folder: Path, version: str, turns: int) -> Together:
    """Ask in a demo home with one version of Home Assistant; raises `HomeError`."""
    transcriber = await asyncio.to_thread(MoonshineTranscriber)
    async with ScriptedModel() as model, demo_home(folder, hass=version) as home:
        return await ask_together(home, model, transcriber, turns)


def _rows(together: Together) -> Iterator[tuple[str, Sequence[Asked]]]:
    yield "living room, a language model", together.questions
    yield "kitchen, local commands", together.commands


def _median(values: Iterable[float]) -> str:
    found = list(values)
    return f"{statistics.median(found) * 1000:.0f}" if found else ""


def print_table(together: Together) -> None:
    """Print the figures of each satellite, and the problems."""
    print("| satellite | turns | right | first sound, ms after the end of speech, median |")
    print("|---|--:|--:|--:|")
    for name, asked in _rows(together):
        right = [each.turn for each in asked if not each.problem]
        waits = _median(first_sound(turn) - turn.speech_ended for turn in right)
        print(f"| {name} | {len(asked)} | {len(right)} | {waits} |")
    print(f"\n{together.late} transcripts came too late for local commands.")
    print("".join(f"\n- {problem}" for problem in together.problems) or "\nNothing mixed or lost.")


def main() -> int:
    """Measure, print and return the exit code: 1 if anything is wrong."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench satellites",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--home-assistant", choices=HOME_ASSISTANTS, default=HOME_ASSISTANTS[-1])
    parser.add_argument("--turns", type=int, default=30, help="at each satellite")
    arguments = parser.parse_args()
    folder = ROOT / ".envs" / "bench"
    try:
        together = asyncio.run(measure(folder, arguments.home_assistant, arguments.turns))
    except (HomeError, TimeoutError, aiohttp.ClientError) as error:
        print(f"bench: {str(error) or 'timed out'}", file=sys.stderr)
        return 1
    print_table(together)
    return int(bool(together.problems))


if __name__ == "__main__":
    sys.exit(main())
