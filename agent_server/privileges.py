"""Gives up the rights of root, which only the start of a container needs."""

import os
from pathlib import Path

from .config import ConfigError


def drop_root(user: int, folder: Path | None) -> None:
    """Become a user who owns the state folder and nothing else; raises `ConfigError`.

    Nothing happens if the process does not run as root.
    """
    if os.geteuid() != 0:
        return
    try:
        if folder is not None:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Links are not followed: they could point anywhere.
            for path in (folder, *folder.iterdir()):
                os.chown(path, user, user, follow_symlinks=False)
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise ConfigError(f"--run-as: cannot become user {user}: {where}{error.strerror}") from None
