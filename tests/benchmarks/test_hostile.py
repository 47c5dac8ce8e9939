"""Short attacks harm nobody. Times are left to the benchmark."""

from benchmarks.hostile import attack, serving
from tests.harness import ROOT


async def test_attacks_harm_nobody():
    async with serving(ROOT) as target:
        for name in ("half-open", "malformed-http", "wrong-keys", "small-texts", "junk"):
            row = await attack(target, name, 1.5, 0.0)
            assert row.sent > 0
            assert row.waits
            assert row.broken(timed=False) == []
