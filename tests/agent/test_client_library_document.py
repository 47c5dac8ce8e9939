"""The example in the document of the client library works unchanged."""

import re
from pathlib import Path
from typing import Any

from custom_components.playai.agent.audio import mulaw_encode
from custom_components.playai.agent.messages import (
    AudioStream,
    AudioStreamEnd,
    NewAudioStream,
    UserTranscript,
)

from .audio.sounds import file_of, voice
from .talk import KEY, E, S

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "client-library.md"


async def test_example(serve, monkeypatch):
    # The example imports the folder that has been copied.
    monkeypatch.syspath_prepend(ROOT / "custom_components" / "playai")
    question, answer = voice(16_000, 1), voice(24_000, 1)

    async def script(peer):
        await peer.hear_voice(0.9)
        await peer.send(S, E, UserTranscript("What time is it?"), NewAudioStream())
        await peer.send(AudioStream(file_of(answer, 24_000, "WAV", "PCM_16")), AudioStreamEnd())
        assert mulaw_encode(question)[8_000:9_000] in peer.heard

    server = await serve(script)
    names: dict[str, Any] = {}
    example = re.search(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    assert example is not None
    exec(example[1], names)  # noqa: S102
    heard = await names["ask"](
        server.url, KEY, "agent-1", file_of(question, 16_000, "WAV", "PCM_16")
    )
    assert heard == ("What time is it?", answer.tobytes())
