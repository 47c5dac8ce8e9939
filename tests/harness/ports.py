"""Ports of loopback."""

import random
import socket
from contextlib import suppress


def free_port() -> int:
    """Return a port on which nothing listens, and which the system gives to nobody else.

    Servers and clients of other tests get a port of the system's choice, from 32768 on.
    """
    for port in random.sample(range(10_000, 32_000), 100):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise OSError("no port is free")
