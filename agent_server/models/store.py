"""Keeps models in a folder, and downloads those that are missing."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import aiohttp

from . import Model, ModelError, ModelFile
from .download import Downloader, DownloadError
from .part import DamagedError, verify
from .threads import run_to_end

_BUFFER: Final = 256 * 1024
"""Bytes of a response that wait to be written."""


def folder_of(model: Model, folder: Path) -> Path:
    """Return where the files of a model are."""
    return folder / model.kind / model.name


async def fetch_missing(
    models: Iterable[Model], folder: Path, report: Callable[[str], None]
) -> None:
    """Verify the models, and download missing files; raises `ModelError`.

    `report` takes lines of progress. An update of the program downloads nothing again.
    """
    for model in dict.fromkeys(models):
        where = folder_of(model, folder)
        missing = [file for file in model.files if not await _is_complete(file, where / file.name)]
        if missing:
            # Proxies and .netrc files of the environment may contain secrets.
            async with aiohttp.ClientSession(trust_env=False, read_bufsize=_BUFFER) as session:
                await download(model, missing, where, Downloader(session, report))


async def download(
    model: Model, files: Sequence[ModelFile], folder: Path, downloader: Downloader
) -> None:
    """Download files of a model; raises `ModelError`."""
    for number, file in enumerate(files, 1):
        try:
            await downloader.fetch(file, folder / file.name)
        except DownloadError as error:
            others = ", ".join(other.name for other in files[number:])
            raise ModelError(
                f"the model {model.name} is incomplete: {file.name} cannot be downloaded from "
                f"{file.url} ({error}); start the agent again, or download that file with another "
                f"program and save it as {folder / file.name}"
                + (f", and likewise {others}" if others else "")
            ) from error


async def _is_complete(file: ModelFile, path: Path) -> bool:
    try:
        return await run_to_end(partial(verify, file, path))
    except DamagedError:
        raise ModelError(
            f"{path} is not the file from {file.url} ({file.digest}): "
            "delete it, and it is downloaded again"
        ) from None
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from error
