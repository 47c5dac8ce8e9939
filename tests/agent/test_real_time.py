"""Behavior on a real clock: decoding takes time, and sending continues meanwhile."""

import pytest

from custom_components.playai.agent.messages import AudioStream, Hangup, OutputFormat
from custom_components.playai.agent.settings import ServerTraits
from custom_components.playai.agent.testing import Peer

from .audio.sounds import file_of, voice
from .conftest import Meet
from .talk import AE, E, N, S

ENCODINGS = [
    (OutputFormat.MP3, "MPEG_LAYER_III"),
    (OutputFormat.FLAC, "PCM_16"),
    (OutputFormat.OGG, "VORBIS"),
    (OutputFormat.WAV, "PCM_16"),
]


@pytest.mark.parametrize("end", ["hangup", "close", "cut"])
@pytest.mark.parametrize(("output_format", "subtype"), ENCODINGS)
async def test_reply_before_the_end_of_the_connection_is_heard_whole(
    meet: Meet, output_format: OutputFormat, subtype: str, end: str
) -> None:
    data = file_of(voice(24_000, 12), 24_000, output_format.value.upper(), subtype)

    async def script(peer: Peer) -> None:
        await peer.hear(0.1)
        await peer.send(S, E, N)
        for start in range(0, len(data), 20_000):
            await peer.send(AudioStream(data[start : start + 20_000]))
        await peer.send(AE, *([Hangup("agent")] if end == "hangup" else []))
        if end == "cut":
            peer.cut_off()
        else:
            await peer.close()

    traits = ServerTraits(greets=False, sends_voice_activity=True, marks_stream_end=True)
    talk = await meet(script, output_format=output_format, traits=traits)
    heard = await talk.ask()
    assert len(heard.audio) / 2 / 24_000 == pytest.approx(12, abs=0.1)
    assert talk.errors == []
