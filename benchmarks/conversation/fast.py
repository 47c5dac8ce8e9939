"""Plays scenes in the time of their audio, as fast as this machine can.

Uses the agent's endpointer, transcriber and turn model without the rest of the server. Nothing is
answered, so nothing is taken back.
"""

from typing import Final

from agent_server.audio import INPUT_RATE as RATE
from agent_server.audio import mulaw_decode, mulaw_encode
from agent_server.config import EndOfTurn
from agent_server.stt import Transcript
from agent_server.stt.moonshine import MoonshineTranscriber
from agent_server.turn_detection import FRAME, Paused, Resumed, SpeechEnded, SpeechStarted
from agent_server.turn_detection.endpointing import Endpointer
from agent_server.turn_detection.score import Evidence
from agent_server.turn_detection.silero import load_silero
from agent_server.turn_detection.smart_turn import SmartTurn

from .heard import Heard
from .scenes import Scene

MODELS_TAKE: Final = 0.08
"""Seconds of audio until the evidence of a pause is there."""

TIMER: Final = 0.6
"""Seconds of silence that end a turn without models."""


class FastAgent:
    """The loaded models."""

    def __init__(self) -> None:
        self._new_detector = load_silero()
        self._transcriber = MoonshineTranscriber()
        self._model = SmartTurn()

    def play(self, scene: Scene, end_of_turn: EndOfTurn | None) -> Heard:
        """Play a scene; None is a timer without models."""
        heard = Heard(scene)
        detector = self._new_detector()
        endpointer = (
            Endpointer(detector, TIMER)
            if end_of_turn is None
            else Endpointer(detector, end_of_turn=end_of_turn)
        )
        audio = mulaw_decode(mulaw_encode((scene.audio * 32_767).astype("int16")))
        found: list[tuple[float, Paused, Evidence]] = []
        transcript: Transcript | None = None
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
                    case Paused():
                        transcript = self._transcriber.transcribe(event.audio, transcript)
                        evidence = self._examine(event, transcript, end_of_turn)
                        found.append((now + MODELS_TAKE, event, evidence))
                    case Resumed():
                        found.clear()
                        transcript = None
                    case SpeechEnded():
                        heard.ends.append(now)
                        known = transcript or self._transcriber.transcribe(event.audio)
                        heard.texts.append(known.text)
                        found.clear()
                        transcript = None
        return heard

    def _examine(
        self, pause: Paused, transcript: Transcript, end_of_turn: EndOfTurn | None
    ) -> Evidence:
        if end_of_turn is None:
            return Evidence(pause.silence)
        return Evidence(
            pause.silence,
            self._model.probability(pause.audio),
            transcript.next_token,
            transcript.text,
        )
