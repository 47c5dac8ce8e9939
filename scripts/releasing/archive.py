"""The zip that HACS and the Marketplace install: the integration as a commit has it."""

import io
import subprocess
import tarfile
import zipfile
from pathlib import Path
from typing import Final

from tests.harness import ROOT

FOLDER: Final = "custom_components/playai/"
EARLIEST: Final = (1980, 1, 1, 0, 0, 0)
"""The time of every file, so that the same files make the same zip."""


class GitError(Exception):
    """Git fails; the text is Git's message."""


def make_zip(commit: str = "HEAD") -> bytes:
    """Return the zip of a commit; its root is the folder of the integration.

    Raises `GitError`.
    """
    tar = git("archive", "--format=tar", commit, FOLDER)
    content = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(tar)) as files,
        zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
    ):
        for member in sorted(files, key=lambda member: member.name):
            if (file := files.extractfile(member)) is not None:
                info = zipfile.ZipInfo(member.name.removeprefix(FOLDER), EARLIEST)
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = 0o644 << 16
                archive.writestr(info, file.read())
    return content.getvalue()


def unpack(content: bytes, folder: Path) -> None:
    """Write the files of a zip into a folder that does not exist yet."""
    folder.mkdir(parents=True)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)  # noqa: S202 (our own zip)


def version_before(version: str) -> str | None:
    """Return the tag of the release before a version, among the ancestors of HEAD."""
    tags = git("tag", "--merged", "HEAD", "--sort=-v:refname", "--list", "v*").decode().split()
    return next((tag for tag in tags if tag != f"v{version}"), None)


def git(*arguments: str) -> bytes:
    """Return the output of git; raises `GitError`."""
    result = subprocess.run(  # noqa: S603 (our own arguments)
        ("/usr/bin/env", "git", *arguments), cwd=ROOT, capture_output=True, check=False
    )
    if result.returncode:
        raise GitError(result.stderr.decode().strip())
    return result.stdout
