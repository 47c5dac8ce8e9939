"""A file that is not complete yet. Reading and writing block."""

import errno
import fcntl
import hashlib
import os
import shutil
from functools import partial
from pathlib import Path
from typing import Final, Self

from . import ModelFile

_BLOCK: Final = 1024 * 1024


class BusyError(Exception):
    """Another download is writing this file."""


class DamagedError(Exception):
    """The file is complete, but it is not the expected one."""


class Part:
    """The beginning of a file, kept beside it as `.part` until it is complete and verified."""

    def __init__(self, file: ModelFile, path: Path) -> None:
        self._path = path
        self._part = path.with_name(f"{path.name}.part")
        self._kind, _, self._expected = file.digest.partition(":")
        self._digest = hashlib.new(self._kind, usedforsecurity=False)

    def __enter__(self) -> Self:
        """Open the part that an earlier download has left; raises `BusyError` or `OSError`."""
        self._part.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._file = os.fdopen(os.open(self._part, flags, 0o600), "r+b")
        try:
            self._lock()
        except BaseException:
            self._file.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self) -> None:
        """Hash the bytes that are there already; raises `OSError`."""
        while block := self._file.read(_BLOCK):
            self._digest.update(block)

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError from None
        try:
            is_same = os.path.samestat(os.fstat(self._file.fileno()), self._part.stat())
        except FileNotFoundError:
            is_same = False
        if not is_same:  # Another download has completed it in the meantime.
            raise BusyError

    @property
    def size(self) -> int:
        """Bytes so far."""
        return self._file.tell()

    def reserve(self, size: int) -> None:
        """Raise `OSError` if there is no space for a file of this size."""
        if shutil.disk_usage(self._part.parent).free < size - self.size:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def write(self, data: bytes) -> None:
        """Append data; raises `OSError`."""
        self._file.write(data)
        self._digest.update(data)

    def restart(self) -> None:
        """Remove all data."""
        self._file.seek(0)
        self._file.truncate()
        self._digest = hashlib.new(self._kind, usedforsecurity=False)

    def complete(self) -> None:
        """Verify the file and move it to its path.

        Raises `OSError`, or `DamagedError` after it has removed all data.
        """
        if self._digest.hexdigest() != self._expected:
            self.restart()
            raise DamagedError
        self._file.flush()
        os.fsync(self._file.fileno())
        self._part.replace(self._path)


def verify(file: ModelFile, path: Path) -> bool:
    """Return whether a file exists; raises `OSError`, or `DamagedError` for other content."""
    try:
        with path.open("rb") as content:
            if file.size not in (None, os.fstat(content.fileno()).st_size):
                raise DamagedError
            kind, _, digits = file.digest.partition(":")
            new = partial(hashlib.new, kind, usedforsecurity=False)
            if hashlib.file_digest(content, new).hexdigest() != digits:
                raise DamagedError
    except FileNotFoundError:
        return False
    return True
