"""Measures how well the agent recognizes the end of a sentence, and its words.

    scripts/bench conversation [--fast] [--folder tests/recordings/people] [--most 40]

Plays recordings to the agent: alone, with pauses in the middle, with noise. Without `--fast`,
over the agent's protocol in real time. The folder has a `manifest.tsv`, see its README.
The columns are a timer of 0.6 s without models, the settings of `end_of_turn`, and a normal
one with a home that offers its sentences. `--fast --only server` is a normal one with the words of
a server, which do not reveal whether more follow: Whisper `tiny.en` transcribes. `button` is a home
whose user holds a button to talk, and releases it at the end of their speech.
"""

import argparse
import asyncio
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks import results

from . import interrupting, scenes
from .clips import Clip, load
from .fast import MODELS_TAKE, FastAgent
from .heard import Heard
from .live import Played, hear_itself_all, interrupt_all, play_all
from .report import cut_offs, echoes, reactions, rows, trace
from .scenes import Scene
from .settings import Setting, settings

ROOT: Final = Path(__file__).parents[2]
PEOPLE: Final = ROOT / "tests" / "recordings" / "people"


_DYNAMICS: Final = 35.0
"""dB between voice and room of a recording that interrupts the agent."""

_INTERRUPTIONS: Final = 10


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fast", action="store_true", help="in audio time, without a server")
    parser.add_argument("--folder", type=Path, default=PEOPLE)
    parser.add_argument("--phrases", type=Path, default=PEOPLE / "phrases.txt")
    parser.add_argument("--language", default="en")
    parser.add_argument("--most", type=int, default=10_000, help="recordings of people")
    parser.add_argument("--only", default="timer,quick,normal,patient,home", help="the columns")
    parser.add_argument("--noise", action="store_true", help="also the noises at 20 dB")
    parser.add_argument("--speech-only", action="store_true", help="nothing but people's turns")
    parser.add_argument("--echo-only", action="store_true", help="nothing but the agent's echo")
    parser.add_argument("--at-once", type=int, default=2, help="conversations in real time")
    parser.add_argument("--save", action="store_true", help="for `scripts/bench charts`")
    options = parser.parse_args()
    if "server" in options.only.split(",") and not options.fast:
        parser.error("the column server needs --fast")
    if "button" in options.only.split(",") and options.fast:
        parser.error("the column button needs the protocol")
    return options


def make_scenes(options: argparse.Namespace) -> list[Scene]:
    """Return the scenes in the order in which they are played."""
    clips = load(options.folder)
    asked = scenes.questions(clips, options.language)
    step = max(1, -(-len(asked) // options.most))
    asked = asked[::step]
    made = [scenes.clean(clip) for clip in asked]
    for pause in scenes.PAUSES:
        made += [scene for clip in asked if (scene := scenes.stretched(clip, pause))]
    if options.noise:
        told = [clip for clip in asked if clip.text]
        made += [scenes.noisy(clip, noise, clips) for noise in scenes.NOISES for clip in told]
    if options.speech_only:
        return made
    made += [scenes.in_babble(clips, clip) for clip in asked[:: max(1, len(asked) // 8)]]
    return [*made, *scenes.silent(clips), *scenes.television(clips)]


def quiet_questions(options: argparse.Namespace) -> list[Clip]:
    """Return the questions in which it is certain when the voice begins."""
    asked = scenes.questions(load(options.folder), options.language)
    return [clip for clip in asked if clip.dynamics > _DYNAMICS]


def spoken_over(options: argparse.Namespace) -> tuple[Clip, list[Clip]]:
    """Return a question with a long answer, and the clips that interrupt the answer."""
    quiet = quiet_questions(options)
    return quiet[0], quiet[1 :: max(1, len(quiet) // _INTERRUPTIONS)]


def head(options: argparse.Namespace, load: Sequence[float], count: int) -> str:
    """Return the line above the table."""
    how = (
        f"in audio time (the models take {MODELS_TAKE} s)"
        if options.fast
        else f"over the protocol in real time, {options.at_once} at once"
    )
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.process_cpu_count()} cores, "
        f"{platform.machine()}, load {load[0]:.1f} before and {os.getloadavg()[0]:.1f} after; "
        f"{count} scenes {how}"
    )


def print_echoes(options: argparse.Namespace, known: Mapping[str, Setting]) -> None:
    """Print the table about an agent that hears itself, with the first setting."""
    name = options.only.split(",")[0]
    question, clips = spoken_over(options)
    echoed, cpu = asyncio.run(hear_itself_all(question, clips, known[name]))
    print(f"\n{name}, load {os.getloadavg()[0]:.1f}, CPU of the server {1000 * cpu:.0f} ms/s\n")
    print("\n".join(echoes(echoed)))


def main() -> None:
    """Print the table."""
    options = parse()
    if options.echo_only:
        print_echoes(options, settings(options.phrases.read_text("utf-8").splitlines()))
        return
    load = os.getloadavg()
    played = make_scenes(options)
    known = settings(options.phrases.read_text("utf-8").splitlines())
    columns: dict[str, Sequence[Heard]] = {}
    live: dict[str, Played] = {}
    agent = FastAgent() if options.fast else None
    for name in options.only.split(","):
        if agent is not None:
            columns[name] = [agent.play(scene, known[name]) for scene in played]
        else:
            live[name] = asyncio.run(play_all(played, known[name], options.at_once))
            columns[name] = live[name].heard
    when = head(options, load, len(played))
    print(when, end="\n\n")
    print("\n".join(rows(columns)))
    if options.fast and not options.speech_only and (quiet := quiet_questions(options))[1:]:
        print("\n" + interrupting.row(interrupting.interrupt_all(quiet[0], quiet[1:])))
    if options.save:
        named = ["FOLDER" if each == str(options.folder) else each for each in sys.argv[1:]]
        curves = results.Curves(
            title="Unfinished sentences that the agent cuts in a pause",
            when=when,
            command=" ".join(["scripts/bench conversation", *named]),
            x="pause in the sentence, s",
            y="cut, %",
            curves=cut_offs(columns),
        )
        results.save("cut_offs", curves)
    if live and not options.speech_only:
        over = {
            name: asyncio.run(interrupt_all(*spoken_over(options), known[name])) for name in columns
        }
        print("\n" + "\n".join(reactions(over)))
        print_echoes(options, known)
    for name, setting in live.items():
        print(f"\nSteps of a turn ({name}), ms after the end of speech: {trace(setting.trace)}")
    if live:
        used = ", ".join(f"{name} {1000 * setting.cpu:.0f}" for name, setting in live.items())
        print(f"\nCPU of the server, ms per second of audio: {used}")


if __name__ == "__main__":
    main()
