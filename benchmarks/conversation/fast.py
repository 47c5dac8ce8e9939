"""Plays scenes in the time of their audio, as fast as this machine can.

Uses the agent's endpointer, transcriber and turn model without the rest of the server. Nothing is
answered: an answer would be taken back if the user continues within 1.5 s.
"""

from functools import cached_property
from typing import Final

from agent_server.audio import INPUT_RATE as RATE
from agent_server.audio import mulaw_decode, mulaw_encode
from agent_server.config import EndOfTurn
from agent_server.limits import Limits
from agent_server.stt import Transcript
from agent_server.stt.moonshine import MoonshineTranscriber
from agent_server.turn_detection import (
    FRAME,
    BackgroundHeard,
    Paused,
    Resumed,
    SpeechEnded,
    SpeechStarted,
)
from agent_server.turn_detection.endpointing import Endpointer
from agent_server.turn_detection.score import SCORED_FROM, Evidence
from agent_server.turn_detection.silero import load_silero
from agent_server.turn_detection.smart_turn import SmartTurn

from .heard import Heard
from .scenes import Scene
from .server_ears import ServerEars
from .settings import Setting

MODELS_TAKE: Final = 0.08
"""Seconds of audio until the evidence of a pause is there."""

SERVER_TAKES: Final = 0.4
"""Seconds until a server's words are there."""

TAKE_BACK: Final = Limits().take_back

type _Key = tuple[int, ...]
"""Scene, frame, samples, and whether sentences are known."""


class FastAgent:
    """The loaded models. Their results for a pause are kept for the next setting."""

    def __init__(self) -> None:
        self._new_detector = load_silero()
        self._transcriber = MoonshineTranscriber()
        self._model = SmartTurn()
        self._transcripts: dict[_Key, Transcript] = {}
        self._completeness: dict[_Key, float] = {}
        self._server_transcripts: dict[_Key, Transcript] = {}

    def play(self, scene: Scene, setting: Setting) -> Heard:
        """Play a scene."""
        heard = Heard(scene)
        endpointer = Endpointer(
            self._new_detector(), setting.pause, setting.end_of_turn or EndOfTurn.NORMAL
        )
        audio = mulaw_decode(mulaw_encode((scene.audio * 32_767).astype("int16")))
        found: list[tuple[float, Paused, Evidence]] = []
        known: Transcript | None = None
        before = ""
        for n in range(audio.size // FRAME):
            now = (n + 1) * FRAME / RATE
            events = endpointer.feed(audio[n * FRAME : (n + 1) * FRAME])
            while found and found[0][0] <= now:
                _, pause, evidence = found.pop(0)
                events += endpointer.judge(pause, evidence)
            for event in events:
                match event:
                    case SpeechStarted():
                        heard.starts.append(now)
                        if heard.ends and now - heard.ends[-1] < TAKE_BACK and heard.texts:
                            before = heard.texts.pop()
                            heard.taken_back.append(before)
                    case Paused():
                        key = (id(scene), n, event.audio.size, setting.phrases is not None)
                        if not setting.reveals_finality:
                            if event.silence < SCORED_FROM:  # Nothing is asked again.
                                known = self._transcribe_server(key, event)
                                found += self._examine_server(key, event, now, known)
                            continue
                        known = self._transcribe(key, event, known, setting)
                        evidence = self._examine(key, event, known, setting)
                        found.append((now + MODELS_TAKE, event, evidence))
                    case Resumed():
                        found.clear()
                        known = None
                    case SpeechEnded():
                        heard.ends.append(now)
                        final = known or self._transcriber.transcribe(event.audio)
                        if text := f"{before} {final.text}".strip():
                            heard.texts.append(text)
                        before = ""
                        found.clear()
                        known = None
                    case BackgroundHeard():
                        heard.ends.append(now)
                        before = ""
                        found.clear()
                        known = None
        return heard

    def _transcribe(
        self, key: _Key, pause: Paused, earlier: Transcript | None, setting: Setting
    ) -> Transcript:
        if key not in self._transcripts:
            self._transcripts[key] = self._transcriber.transcribe(
                pause.audio, earlier, setting.phrases or ()
            )
        return self._transcripts[key]

    def _examine(
        self, key: _Key, pause: Paused, transcript: Transcript, setting: Setting
    ) -> Evidence:
        if setting.end_of_turn is None:
            return Evidence(pause.silence)
        needs_sound = pause.silence >= SCORED_FROM
        return Evidence(
            pause.silence,
            self._hear(key, pause) if needs_sound else None,
            transcript.finality,
            transcript.text,
            is_command=transcript.is_command,
        )

    def _transcribe_server(self, key: _Key, pause: Paused) -> Transcript:
        if key[:3] not in self._server_transcripts:
            words = self._server.words(pause.audio)
            self._server_transcripts[key[:3]] = Transcript(words)
        return self._server_transcripts[key[:3]]

    def _examine_server(
        self, key: _Key, pause: Paused, now: float, transcript: Transcript
    ) -> list[tuple[float, Paused, Evidence]]:
        """Return the evidence, each with its time: the words come after the sound."""
        sound = self._hear(key, pause)
        return [
            (now + MODELS_TAKE, pause, Evidence(pause.silence, sound)),
            (now + SERVER_TAKES, pause, Evidence(pause.silence, sound, text=transcript.text)),
        ]

    def _hear(self, key: _Key, pause: Paused) -> float:
        if key[:3] not in self._completeness:
            self._completeness[key[:3]] = self._model.probability(pause.audio)
        return self._completeness[key[:3]]

    @cached_property
    def _server(self) -> ServerEars:
        return ServerEars()
