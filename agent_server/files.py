"""Reads files that a person may have put in place, and refuses large and irregular ones."""

import errno
import os
import stat
from pathlib import Path
from typing import Final

LONGEST: Final = 1024 * 1024
"""Bytes of a file."""


def read_small_file(path: Path) -> tuple[bytes, os.stat_result]:
    """Return the content of a file and its status.

    Raises `OSError` for a file that cannot be read, is not regular, or is too large.
    """
    # Without O_NONBLOCK, opening a FIFO waits for a writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "Not a regular file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(LONGEST + 1)
        if len(content) > LONGEST:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    finally:
        os.close(descriptor)
    return content, status
