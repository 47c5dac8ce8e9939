"""The charts, and that those in the repository match the saved results."""

from types import SimpleNamespace
from xml.etree import ElementTree as ET

import pytest

from benchmarks import results
from benchmarks.chain import Measured, Turns
from benchmarks.charts import svg
from benchmarks.charts.__main__ import draw, outdated
from benchmarks.conversation.report import cut_offs
from benchmarks.table import latency
from tests.harness.spoken_turn import SpokenTurn

STEPS = results.Steps(
    title="A <turn> & its steps",
    when="2026-11-27 00:06 UTC, 2 cores",
    command="scripts/bench",
    unit="ms",
    systems={"ours": [("turn over", 300), ("first audio", 340)], "theirs": [("all", 800)]},
)
CURVES = results.Curves(
    title="Cut",
    when="2026-11-27",
    command="scripts/bench conversation",
    x="pause",
    y="cut, %",
    curves={"timer": [(0.5, 9), (1.2, 94)], "normal": [(0.5, 0), (1.2, 9)]},
)
NAMESPACE = "{http://www.w3.org/2000/svg}"


def texts(drawn):
    root = ET.fromstring(drawn)  # noqa: S314 (our own file)
    return [element.text for element in root.iter(f"{NAMESPACE}text")]


def boxes(drawn, height):
    root = ET.fromstring(drawn)  # noqa: S314 (our own file)
    found = [element.attrib for element in root.iter(f"{NAMESPACE}rect")]
    return [float(box["width"]) for box in found if box["height"] == height]


def test_charts_of_the_repository_show_what_was_saved():
    assert outdated() == []
    assert {path.stem for path in results.FOLDER.glob("*.json")} >= {"latency", "cut_offs"}


@pytest.mark.parametrize("result", [STEPS, CURVES])
def test_saved_result_is_drawn_the_same_each_time(tmp_path, result):
    results.save("one", result, tmp_path)
    [(path, drawn)] = outdated(tmp_path)
    assert path == tmp_path / "one.svg"
    assert drawn == draw(result)
    path.write_text(drawn, "utf-8")
    assert outdated(tmp_path) == []
    results.save("one", result, tmp_path)
    assert outdated(tmp_path) == []


def test_other_numbers_need_another_chart(tmp_path):
    results.save("one", STEPS, tmp_path)
    (tmp_path / "one.svg").write_text(draw(CURVES), "utf-8")
    assert [path.name for path, _ in outdated(tmp_path)] == ["one.svg"]


def test_bars_are_as_long_as_the_steps_take():
    first, second, other = boxes(draw(STEPS), "26")
    assert first / second == pytest.approx(300 / 40, rel=0.01)
    assert (first + second) / other == pytest.approx(340 / 800, rel=0.01)


@pytest.mark.parametrize("result", [STEPS, CURVES])
def test_chart_names_its_date_machine_and_command(result):
    shown = texts(draw(result))
    assert shown[:3] == [result.title, result.when, result.command]


def test_steps_are_named_with_their_times():
    shown = texts(draw(STEPS))
    assert {"turn over: + 300 ms", "first audio: + 40 ms", "340 ms", "all: + 800 ms"} <= set(shown)


def test_curves_are_named():
    shown = texts(draw(CURVES))
    assert {"timer", "normal", "pause", "cut, %", "0.5", "1.2", "100"} <= set(shown)


@pytest.mark.parametrize(
    ("highest", "axis"),
    [(94, [0, 20, 40, 60, 80, 100]), (1.2, [0, 0.5, 1, 1.5]), (0, [0, 0.001])],
)
def test_axis_has_round_numbers(highest, axis):
    assert svg.ticks(highest, most=5) == axis


def test_cut_offs_count_unfinished_sentences_only():
    def heard(group, *, is_whole, is_cut):
        scene = SimpleNamespace(group=group, is_whole=is_whole)
        return SimpleNamespace(scene=scene, is_cut_in_pause=is_cut)

    column = [
        heard("pause 0.5", is_whole=False, is_cut=True),
        heard("pause 0.5", is_whole=False, is_cut=False),
        heard("pause 0.5", is_whole=True, is_cut=True),
        heard("pause 1.2", is_whole=False, is_cut=True),
        heard("clean", is_whole=False, is_cut=True),
    ]
    assert cut_offs({"timer": column}) == {"timer": [(0.5, 50), (1.2, 100)]}


def test_latency_has_the_steps_of_both_systems():
    kinds = ("voiceActivityEnd", "onUserTranscript", "newAudioStream", "audioStream")
    wire = [
        SimpleNamespace(kind=kind, at=10 + number, from_agent=True)
        for number, kind in enumerate(kinds)
    ]
    times = {"speech_ended": 9.0, "turn_ended": 14.0, "url_asked": 15.0, "first_byte": 16.0}
    ours = SpokenTurn(**times, first_audio=17.0)
    theirs = SpokenTurn(
        **times, first_audio=18.0, event_arrived={"stt-vad-end": 13.0, "intent-end": 14.5}
    )
    measured = Measured("2026.11.0", {"wav": Turns([(ours, wire)], [theirs])})
    found = latency(measured, "today")
    assert found.when == "today"
    mine, other = found.systems.values()
    assert mine[0] == ("agent: the pause was long enough (E)", 1000)
    assert mine[-1] == ("player: first audio", 8000)
    assert other[0][1] == 4000
    assert other[-1] == ("player: first audio", 9000)
