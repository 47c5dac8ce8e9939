"""The engines, loaded once for all tests, because that takes a second."""

from collections.abc import Callable

import pytest

from agent_server.stt.moonshine import MoonshineTranscriber
from agent_server.tts.hibari import HibariVoice
from agent_server.turn_detection.silero import SileroDetector, load_silero


@pytest.fixture(scope="session")
def transcriber() -> MoonshineTranscriber:
    return MoonshineTranscriber()


@pytest.fixture(scope="session")
def voice() -> HibariVoice:
    return HibariVoice()


@pytest.fixture(scope="session")
def make_detector():
    return load_silero()


@pytest.fixture
def detector(make_detector: Callable[[], SileroDetector]) -> SileroDetector:
    return make_detector()
