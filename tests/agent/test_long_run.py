"""Five hundred turns leave nothing behind."""

import asyncio
import gc
from pathlib import Path

from custom_components.playai.agent.messages import UserTranscript
from custom_components.playai.agent.testing import Peer

from .conftest import Meet
from .talk import AE, E, N, S, speech

TURNS = 500
SETTLED = 50


def left() -> tuple[int, int, int]:
    """Tasks, threads and open files."""
    here = Path("/proc/self")
    return (
        len(asyncio.all_tasks()),
        len(list((here / "task").iterdir())),
        len(list((here / "fd").iterdir())),
    )


def memory() -> int:
    """Kilobytes in use by this process."""
    gc.collect()
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


async def test_nothing_grows(meet: Meet) -> None:
    async def script(peer: Peer) -> None:
        for _ in range(TURNS):
            await peer.hear_voice(0.3)
            await peer.send(S, E, UserTranscript("hello"), N, speech(0.5), AE)
            peer.frames.clear()  # The test's own copy does not count.

    talk = await meet(script)
    before, kilobytes = left(), 0
    for number in range(TURNS):
        assert (await talk.ask()).levels == [1000]
        talk.events.clear()
        if number == SETTLED:
            before, kilobytes = left(), memory()
    # Threads that other tests have left in this process may end.
    assert all(now <= then for now, then in zip(left(), before, strict=True))
    assert memory() - kilobytes < 2_000
