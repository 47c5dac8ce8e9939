"""The recordings of people, the scenes made from them, and the scoring."""

import numpy as np
import pytest

from agent_server.audio import INPUT_RATE as RATE
from benchmarks.conversation import scenes
from benchmarks.conversation.echo import Echoed, Room
from benchmarks.conversation.fast import FastAgent
from benchmarks.conversation.heard import Heard, from_messages
from benchmarks.conversation.report import echoes, reactions, rows
from benchmarks.conversation.settings import settings
from benchmarks.conversation.speaking import Reaction, Sound
from tests.recordings.people import CLIPS, FOLDER, PHRASES, recording

CLIP = recording("v2j-what_time_is_it")


def test_every_row_has_a_file_and_every_file_a_row():
    files = {path.stem for path in FOLDER.glob("*.flac")}
    assert files == set(CLIPS)
    assert sum(path.stat().st_size for path in FOLDER.iterdir() if path.is_file()) < 10_000_000


def test_speech_is_inside_the_clip():
    for clip in scenes.questions(list(CLIPS.values()), "en"):
        begin, end = clip.speech
        assert 0 <= begin < end <= clip.audio.size


@pytest.mark.parametrize("pause", scenes.PAUSES)
def test_a_pause_is_inserted_between_words(pause):
    alone, scene = scenes.clean(CLIP), scenes.stretched(CLIP, pause)
    assert scene.audio.size - alone.audio.size == pytest.approx(pause * RATE, abs=1)
    assert scene.speech_end - alone.speech_end == pytest.approx(pause, abs=0.001)
    begin, end = scene.pause
    assert end - begin == pytest.approx(pause)
    silent = scene.audio[round(begin * RATE) : round(end * RATE)]
    assert np.abs(silent).max() < 0.02


def test_a_word_without_gaps_gets_no_pause():
    assert scenes.stretched(recording("google-today"), 0.5) is None


@pytest.mark.parametrize("kind", scenes.NOISES)
def test_noise_has_its_level(kind):
    noise = scenes.make_noise(kind, RATE, list(CLIPS.values()))
    assert noise.size == RATE
    assert np.std(noise) == pytest.approx(1, abs=0.01)


def result(scene, *ends, texts=(), replies=()):
    return Heard(scene, [0.6], list(ends), list(texts), replies=list(replies))


def test_counting():
    alone, paused = scenes.clean(CLIP), scenes.stretched(CLIP, 0.7)
    end, pause_end = alone.speech_end, paused.pause[1]
    cut = result(paused, pause_end - 0.1, paused.speech_end + 0.3, texts=["what", "is it"])
    joined = result(paused, pause_end - 0.1, 9, texts=["what", "what time is it"])
    whole = result(paused, paused.speech_end + 0.3, texts=["what time is it"])
    clean = [
        result(alone, end + 0.2, texts=["what time is it"], replies=[end + wait])
        for wait in (0.3, 0.4, 0.5)
    ]
    clean.append(result(alone, end - 0.6, texts=["what line"]))
    noise = Heard(scenes.Scene("noise only", CLIP, alone.audio), [1.0], [2.0], ["you"])
    table = "\n".join(rows({"x": [*clean, cut, joined, whole, noise]}))
    assert "| 67 % |" in table
    assert "| sentences lost at these pauses | 1 of 3 (33%) |" in table
    assert "| cut at a real pause | 1 of 4 (25%) |" in table
    assert "p90 | 400 / 450 / 480 ms |" in table
    assert "| words right, clean | 81.2% |" in table
    assert "| noise only | 1 starts, 1 answers |" in table


def test_a_turn_that_ends_before_the_pause_is_not_cut_in_it():
    scene = scenes.stretched(CLIP, 0.7)
    begin, end = scene.pause
    found = [result(scene, at).is_cut_in_pause for at in (begin - 0.1, begin, end, end + 0.1)]
    assert found == [False, True, True, False]


def test_transcripts_of_one_sentence_and_of_two():
    def heard(*messages):
        found = from_messages(scenes.clean(CLIP), [(0.0, kind, text) for kind, text in messages])
        return found.texts, found.taken_back

    first, second = ("onUserTranscript", "turn it"), ("onUserTranscript", "turn it off")
    answer = ("newAudioStream", "")
    assert heard(first, second) == (["turn it off"], ["turn it"])
    assert heard(first, answer, second) == (["turn it", "turn it off"], [])
    taken_back = [first, answer, ("onAgentInterrupted", ""), second]
    assert heard(*taken_back) == (["turn it off"], ["turn it"])
    assert heard(first, answer, ("onAgentInterrupted", "I"), second)[1] == []
    assert heard(first, ("onUserTranscript", "turn items"))[1] == []


def test_times_of_messages():
    kinds = ("voiceActivityStart", "voiceActivityEnd", "newAudioStream", "audioStream")
    heard = from_messages(scenes.clean(CLIP), [(n, kind, "") for n, kind in enumerate(kinds)])
    assert (heard.starts, heard.ends, heard.replies) == ([0], [1], [3])


def test_counting_what_is_in_the_background():
    scene = scenes.Scene("television", CLIP, scenes.clean(CLIP).audio)
    heard = Heard(scene, [1.0, 3.0], [2.0, 8.0], ["you"], ["buy"])
    table = "\n".join(rows({"x": [heard, Heard(scene)]}))
    assert "| television, 30 s | 1 answers, 2 begun, longest turn 5 s |" in table


def test_a_turn_with_all_the_words_is_not_cut():
    scene = scenes.stretched(CLIP, 0.7)
    at = scene.pause[0] + 0.1
    assert not result(scene, at, texts=["What time is it?"]).is_cut
    assert not result(scene, at, texts=["What time is it?"]).is_cut_in_pause
    assert result(scene, at, texts=["What time is"]).is_cut
    continued = Heard(scene, [0.6, 3.0], [at, 9], ["What time is it?"])
    assert continued.is_cut
    assert continued.is_cut_in_pause


def lost(clip, alone, *paused):
    """The row of lost sentences."""
    scene, other = scenes.clean(clip), scenes.stretched(clip, 0.7)
    found = [result(scene, scene.speech_end + 0.3, texts=[alone])]
    found += [result(other, 9, texts=texts) for texts in paused]
    row = next((row for row in rows({"x": found}) if "lost" in row), "")
    return row.removeprefix("| sentences lost at these pauses | ").removesuffix(" |")


def test_a_sentence_is_lost_if_a_quarter_of_its_words_is_missing():
    assert lost(CLIP, "what time is it", ["what time is"], ["what time"], []) == "2 of 3 (67%)"


def test_a_word_that_is_only_heard_without_a_pause_is_not_lost():
    assert lost(CLIP, "what time is it in it", ["what time is"]) == "0 of 1 (0%)"


def test_a_sentence_that_is_misheard_without_a_pause_is_not_counted():
    assert lost(CLIP, "but dime is a", ["bat"]) == ""
    assert lost(CLIP, "whattime isit", ["what"]) == "1 of 1 (100%)"


def test_counting_answers_to_questions_over_voices():
    text = "what time is it"
    alone = result(scenes.clean(CLIP), 9, texts=[text])
    scene = scenes.Scene("question in babble", CLIP, scenes.clean(CLIP).audio)
    found = [
        result(scene, 9, texts=texts) for texts in (["you", "what time is"], [], ["time"], [text])
    ]
    table = "\n".join(rows({"x": [alone, *found]}))
    assert "| question over babble at 10 dB | 2 of 4 answered, 2 other answers |" in table
    assert "| … every word | 1 of 1 (100%) |" in table


def test_a_question_over_television():
    told = scenes.make_noise("white", 30 * RATE, ())
    scene = scenes.in_television(told, CLIP)
    end = round(scene.speech_end * RATE)
    asked = scene.audio[end - scenes.spoken(CLIP).size : end]
    before = scene.audio[RATE : 2 * RATE]
    assert 20 * np.log10(asked.std() / before.std()) == pytest.approx(10.4, abs=0.5)
    assert scene.audio.size / RATE == pytest.approx(30 + scenes.LEAD + scenes.AFTER, abs=0.01)


@pytest.mark.parametrize("beats", [80, 120])
def test_music_has_its_level(beats):
    music = scenes.make_music(beats, 5)
    assert music.size == 5 * RATE
    assert np.std(music) == pytest.approx(1, abs=0.01)


def test_pauses_after_a_whole_request_are_counted_apart():
    whole = recording("barista-020")
    cut, open_ = (scenes.stretched(clip, 0.7) for clip in (whole, CLIP))
    table = "\n".join(rows({"x": [result(cut, cut.pause[1] - 0.1), result(open_, 9)]}))
    assert "cut at a pause of 0.5 / 0.7 / 0.9 / 1.2 s | 0 % |" in table
    assert "| … after a complete request that continues | 100 % |" in table


def test_counting_sounds_over_the_agent():
    def over(kind, after, *, continues):
        return Reaction(Sound(kind, "x", CLIP.audio), after, continues)

    found = [
        *(over("backchannel", 0.2, continues=continues) for continues in (True, False)),
        over("backchannel", None, continues=True),
        *(over("interruption", after, continues=False) for after in (0.2, 0.3)),
    ]
    table = "\n".join(reactions({"x": found}))
    assert "| backchannels stop it, … for good | 2, 1 of 3 |" in table
    assert "| interruptions stop it, … for good | 2, 2 of 2 |" in table
    assert "p95 | 250 / 295 ms |" in table


def test_a_click_is_not_the_onset_of_a_voice():
    click = np.zeros(RATE, np.float32)
    click[100:400] = 0.5
    voice = np.random.default_rng(1).normal(0, 0.1, RATE).astype(np.float32)
    sound = Sound("backchannel", "x", np.concatenate([click, voice]))
    assert sound.onset == pytest.approx(1.0, abs=0.05)


def test_the_agent_in_audio_time():
    agent = FastAgent()
    known = settings(PHRASES)
    scene = scenes.clean(recording("ha-en-skip_on_tv"))
    timer, home = (agent.play(scene, known[name]) for name in ("timer", "home"))
    assert [text.lower() for text in home.texts] == ["skip on tv."]
    assert timer.delay > home.delay


def test_server_in_audio_time(monkeypatch):
    class Server:
        def words(self, audio):
            return "Skip on TV."

    monkeypatch.setattr("benchmarks.conversation.fast.ServerEars", Server)
    scene = scenes.clean(recording("ha-en-skip_on_tv"))
    heard = FastAgent().play(scene, settings(PHRASES)["server"])
    assert heard.texts == ["Skip on TV."]
    assert 0.5 < heard.delay < 1.5


def test_counting_of_echoes():
    room = Room(0.1, 12.0)
    sound = Sound("interruption", "x", np.ones(RATE, np.float32))
    found = [
        Echoed(room, False, 2),
        Echoed(room, False, 1, sound, 0.5),
        Echoed(room, True, 0),
        *(Echoed(room, True, 0, sound, after) for after in (0.2, 0.3, None)),
    ]
    table = "\n".join(echoes(found))
    assert (
        "12 dB quieter than the user | 2 starts, in 1 of 1 answers | 0 starts, in 0 of 1" in table
    )
    assert "| stopped before the user speaks | 1 of 1 | 0 of 3 |" in table
    assert "| stopped by the user, p50 / p95 | 0 of 1 | 2 of 3, 250 / 295 ms |" in table


def test_room():
    response = Room(0.1, 6.0).response()
    assert not response[: RATE // 10].any()
    assert np.square(response).sum() == pytest.approx(1)
