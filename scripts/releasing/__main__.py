"""Makes the zip of a release and tries it. Usage: scripts/release VERSION [--before REF].

Checks that all versions agree with VERSION, writes the zip of HEAD, installs it into an empty Home
Assistant of each version that is supported, and upgrades one that has been used from the version
before: entities, options and pipelines must be kept.
"""

import argparse
import asyncio
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.harness import HOME_ASSISTANTS, ROOT
from tests.harness.own_agent import OwnAgentError, temporary_agent

from .archive import GitError, make_zip, version_before
from .trial import TrialError, install, upgrade

ZIP = "playai.zip"


def main() -> int:
    """Return 0 if the zip was written and works."""
    parser = argparse.ArgumentParser(prog="scripts/release", description=__doc__)
    parser.add_argument("version")
    parser.add_argument(
        "--before", metavar="REF", help="tag or commit to upgrade from; default: the last tag"
    )
    parser.add_argument("--output", type=Path, default=ROOT / "dist", metavar="FOLDER")
    arguments = parser.parse_args()
    checked = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, ROOT / "scripts/check-release", arguments.version],
        stdout=subprocess.DEVNULL,
        check=False,
    )
    if checked.returncode:
        return checked.returncode
    folder = Path(tempfile.mkdtemp(prefix="playai-release-"))
    try:
        content = make_zip()
        before = arguments.before or version_before(arguments.version)
        asyncio.run(_try(content, before, folder))
    except (GitError, OwnAgentError, TrialError) as error:
        print(f"release: {error}\nrelease: the files are in {folder}", file=sys.stderr)
        return 1
    shutil.rmtree(folder)
    arguments.output.mkdir(exist_ok=True)
    path = arguments.output / ZIP
    path.write_bytes(content)
    print(f"{path}: {len(content)} bytes")
    return 0


async def _try(content: bytes, before: str | None, folder: Path) -> None:
    async with temporary_agent() as agent:
        for hass in HOME_ASSISTANTS:
            began = time.monotonic()
            await install(content, folder / hass / "empty", hass, agent)
            print(f"{hass}: installed and asked, {time.monotonic() - began:.0f} s", flush=True)
            if before is None:
                print("there is no version before: no upgrade was tried")
                continue
            began = time.monotonic()
            await upgrade(make_zip(before), content, folder / hass / "used", hass, agent)
            seconds = time.monotonic() - began
            print(f"{hass}: upgraded from {before}, nothing lost, {seconds:.0f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
