"""The tables of the agent's behavior in all scenes."""

import statistics
from collections.abc import Callable, Mapping, Sequence

from tests.recordings import plain, word_errors

from .echo import QUIETER, REPLY, Echoed
from .heard import Heard
from .scenes import NOISES, PAUSES
from .speaking import Reaction

type Column = Sequence[Heard]


def rows(columns: dict[str, Column]) -> list[str]:
    """Return the lines of a Markdown table with a column for each setting."""
    lines = [f"| | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for name, cell in _CELLS:
        cells = [cell(column) for column in columns.values()]
        if any(cells):
            lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def trace(times: Sequence[tuple[float, str]]) -> str:
    """Return the steps of a turn, in ms after the end of speech."""
    return ", ".join(f"{step} {1000 * at:+.0f}" for at, step in times)


def reactions(columns: Mapping[str, Sequence[Reaction]]) -> list[str]:
    """Return the lines of the table about sounds that people make over the agent."""
    lines = [
        f"| while the agent speaks | {' | '.join(columns)} |",
        "|---" * (len(columns) + 1) + "|",
    ]
    cells = {
        "backchannels stop it, … for good": "backchannel",
        "interruptions stop it, … for good": "interruption",
    }
    for name, kind in cells.items():
        shares = []
        for column in columns.values():
            of_kind = [each for each in column if each.sound.kind == kind]
            stopped = sum(each.after is not None for each in of_kind)
            for_good = sum(not each.continues for each in of_kind)
            shares.append(f"{stopped}, {for_good} of {len(of_kind)}")
        lines.append(f"| {name} | {' | '.join(shares)} |")
    delays = []
    for column in columns.values():
        after = [
            each.after
            for each in column
            if each.sound.kind == "interruption" and each.after is not None
        ]
        parts = statistics.quantiles(after, n=20, method="inclusive") if len(after) > 1 else []
        delays.append(f"{1000 * parts[9]:.0f} / {1000 * parts[18]:.0f} ms" if parts else "")
    lines.append(f"| interruption → stop, p50 / p95 | {' | '.join(delays)} |")
    return lines


def echoes(echoed: Sequence[Echoed]) -> list[str]:
    """Return the lines of the table about an agent that hears itself."""
    lines = [
        f"| the agent hears itself, {REPLY:.0f} s | as it is | removed |",
        "|---|---|---|",
    ]
    for quieter in QUIETER:
        cells = []
        for removed in (False, True):
            of_kind = [
                each
                for each in echoed
                if each.is_removed is removed
                and each.room.quieter == quieter
                and each.sound is None
            ]
            stopped = sum(each.starts > 0 for each in of_kind)
            starts = sum(each.starts for each in of_kind)
            cells.append(f"{starts} starts, in {stopped} of {len(of_kind)} answers")
        lines.append(f"| echo {quieter:.0f} dB quieter than the user | {' | '.join(cells)} |")
    early, delays = [], []
    for removed in (False, True):
        over = [each for each in echoed if each.is_removed is removed and each.sound is not None]
        began = sum(each.starts > 0 for each in over)
        after = [each.after for each in over if each.after is not None and not each.starts]
        parts = statistics.quantiles(after, n=20, method="inclusive") if len(after) > 1 else []
        early.append(f"{began} of {len(over)}")
        times = f", {1000 * parts[9]:.0f} / {1000 * parts[18]:.0f} ms" if parts else ""
        delays.append(f"{len(after)} of {len(over)}{times}")
    lines.append(f"| stopped before the user speaks | {' | '.join(early)} |")
    lines.append(f"| stopped by the user, p50 / p95 | {' | '.join(delays)} |")
    return lines


def _of(column: Column, *groups: str) -> list[Heard]:
    return [heard for heard in column if heard.scene.group in groups]


def cut_offs(columns: Mapping[str, Column]) -> dict[str, list[tuple[float, float]]]:
    """Return the percentage of unfinished sentences that are cut, by the length of the pause."""
    curves: dict[str, list[tuple[float, float]]] = {}
    for name, column in columns.items():
        for pause in PAUSES:
            heard = [h for h in _of(column, f"pause {pause}") if not h.scene.is_whole]
            if heard:
                share = 100 * sum(h.is_cut_in_pause for h in heard) / len(heard)
                curves.setdefault(name, []).append((pause, round(share)))
    return curves


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({part / whole:.0%})" if whole else ""


def _cut(*, is_whole: bool) -> Callable[[Column], str]:
    def cell(column: Column) -> str:
        shares = []
        for pause in PAUSES:
            heard = [h for h in _of(column, f"pause {pause}") if h.scene.is_whole is is_whole]
            if heard:
                shares.append(f"{sum(h.is_cut_in_pause for h in heard) / len(heard) * 100:.0f}")
        return " / ".join(shares) + " %" if shares else ""

    return cell


def _lost(column: Column) -> str:
    """Count the sentences whose last answered turn lacks a quarter of the words.

    The words are those that were said, or heard without a pause, if these are fewer. Sentences that
    are misheard without a pause are left out: their words change with every sound.
    """
    words = {
        heard.scene.clip.name: _words_of(heard)
        for heard in _of(column, "clean")
        if heard.texts and not heard.is_cut and not _is_misheard(heard)
    }
    played = [
        heard
        for heard in _of(column, *(f"pause {pause}" for pause in PAUSES))
        if words.get(heard.scene.clip.name)
    ]
    lost = sum(
        not heard.texts or len(plain(heard.texts[-1])) < 0.75 * words[heard.scene.clip.name]
        for heard in played
    )
    return _share(lost, len(played))


def _words_of(heard: Heard) -> int:
    counts = [len(plain(text)) for text in (heard.texts[-1], heard.scene.clip.text) if text]
    return min(counts)


def _is_misheard(heard: Heard) -> bool:
    """Return whether more than half of the words are wrong. "Never mind" is "nevermind"."""
    said, words = heard.scene.clip.text, heard.texts[-1]
    if not said or "".join(plain(words)) == "".join(plain(said)):
        return False
    return word_errors(words, said) > len(plain(said)) / 2


def _real(column: Column) -> str:
    heard = _of(column, "clean")
    return _share(sum(h.is_cut for h in heard), len(heard))


def _delay(groups: Sequence[str], home: bool | None = None) -> Callable[[Column], str]:
    def cell(column: Column) -> str:
        delays = [
            heard.delay
            for heard in _of(column, *groups)
            if heard.delay is not None and (home is None or is_home(heard) is home)
        ]
        if len(delays) < 2:  # noqa: PLR2004 (quantiles need two)
            return ""
        parts = statistics.quantiles(delays, n=20, method="inclusive")
        return " / ".join(f"{1000 * parts[n]:.0f}" for n in (9, 14, 17)) + " ms"

    return cell


def is_home(heard: Heard) -> bool:
    """Whether the clip is a command to a home."""
    return heard.scene.clip.name.startswith(("ha-", "v2j-", "wfw-"))


def _words(groups: Sequence[str], home: bool | None = None) -> Callable[[Column], str]:
    def cell(column: Column) -> str:
        wrong = total = 0
        for heard in _of(column, *groups):
            text = heard.scene.clip.text
            if text and (home is None or is_home(heard) is home):
                said = len(plain(text))
                wrong += min(word_errors(" ".join(heard.texts), text), said)
                total += said
        return f"{1 - wrong / total:.1%}" if total else ""

    return cell


def _starts(group: str) -> Callable[[Column], str]:
    def cell(column: Column) -> str:
        heard = _of(column, group)
        turns = sum(len(h.starts) for h in heard)
        return f"{turns} starts, {sum(len(h.texts) for h in heard)} answers" if heard else ""

    return cell


def _background(group: str, allowed: int) -> Callable[[Column], str]:
    def cell(column: Column) -> str:
        heard = _of(column, group)
        if not heard:
            return ""
        answers = sum(max(0, len(h.texts) - allowed) for h in heard)
        begun = answers + sum(len(h.taken_back) for h in heard)
        turns = [end - start for h in heard for start, end in zip(h.starts, h.ends, strict=False)]
        return f"{answers} answers, {begun} begun, longest turn {max(turns, default=0):.0f} s"

    return cell


def _exact(column: Column) -> str:
    """Count the home commands in which every word is right."""
    told = [heard for heard in _of(column, "clean") if heard.scene.clip.text and is_home(heard)]
    exact = sum(not word_errors(" ".join(heard.texts), heard.scene.clip.text) for heard in told)
    return _share(exact, len(told))


def _asked(group: str) -> Callable[[Column], str]:
    """Count the questions for which an answered turn has at least half of the words.

    The words are those heard in the clip alone, if it was played.
    """

    def cell(column: Column) -> str:
        alone = {heard.scene.clip.name: " ".join(heard.texts) for heard in _of(column, "clean")}
        asked = answered = others = 0
        for heard in _of(column, group):
            said = plain(alone.get(heard.scene.clip.name) or heard.scene.clip.text)
            if not said:
                continue
            asked += 1
            meant = [
                sum(word in plain(text) for word in said) >= len(said) / 2 for text in heard.texts
            ]
            answered += any(meant)
            others += len(meant) - any(meant)
        return f"{answered} of {asked} answered, {others} other answers" if asked else ""

    return cell


_CELLS: list[tuple[str, Callable[[Column], str]]] = [
    (
        "cut at a pause of " + " / ".join(f"{pause}" for pause in PAUSES) + " s",
        _cut(is_whole=False),
    ),
    ("… after a complete request that continues", _cut(is_whole=True)),
    ("sentences lost at these pauses", _lost),
    ("cut at a real pause", _real),
    ("end of speech → end of turn or first audio, p50 / p75 / p90", _delay(["clean"])),
    ("… home commands", _delay(["clean"], home=True)),
    ("… at 20 dB", _delay(NOISES)),
    ("words right, clean", _words(["clean"])),
    ("… home commands", _words(["clean"], home=True)),
    ("… every word", _exact),
    ("words right at 20 dB", _words(NOISES)),
    *((f"… {noise}", _words([noise])) for noise in NOISES),
    ("noise only", _starts("noise only")),
    ("music", _starts("music")),
    ("laughter", _starts("laughter")),
    ("television, 30 s", _background("television", 0)),
    ("… 20 dB quieter than the question before it", _background("television after a question", 1)),
    ("question over babble at 10 dB", _asked("question in babble")),
    ("… end of speech → end of turn or first audio", _delay(["question in babble"])),
    ("question over television at 10 dB", _asked("question over television")),
]
