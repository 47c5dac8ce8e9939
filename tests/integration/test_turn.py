"""A turn through the real Assist pipeline."""

import io

import numpy as np
import soundfile
from homeassistant.components.assist_pipeline import PipelineEventType

from tests.agent.talk import answers


async def test_question_and_answer(meet):
    satellite = await meet(answers(1000, words="what time is it"))
    run = await satellite.ask(output={"preferred_format": "wav"})
    assert run.heard == "what time is it"
    assert run.said == "(The agent answers aloud.)"
    assert run.response["response_type"] == "action_done"
    samples, rate = soundfile.read(io.BytesIO(run.audio), dtype="int16")
    assert (rate, run.extension) == (24_000, "wav")
    assert np.count_nonzero(samples == 1000) == 24_000
    assert run.kinds[-1] is PipelineEventType.RUN_END
