"""Exits with 0 if the server on this computer answers at its health address.

python -m agent_server.healthcheck [PORT]
"""

import re
import sys
from http.client import HTTPConnection, HTTPException
from typing import Final

from . import DEFAULT_PORT

_SECONDS: Final = 5
_OK: Final = 200


def main() -> int:
    """Return the exit code of the process."""
    name = sys.argv[1] if len(sys.argv) > 1 else str(DEFAULT_PORT)
    try:
        connection = HTTPConnection("127.0.0.1", _parse_port(name), timeout=_SECONDS)
        connection.request("GET", "/health")
        return 0 if connection.getresponse().status == _OK else 1
    except (OSError, HTTPException, ValueError) as error:
        print(f"healthcheck: {error or type(error).__name__}", file=sys.stderr)  # noqa: T201
        return 1


def _parse_port(name: str) -> int:
    if not re.fullmatch("[0-9]{1,5}", name) or not 0 < int(name) < 2**16:
        raise ValueError(f"{name!r} is not a port: a number from 1 to 65535 is expected")
    return int(name)


if __name__ == "__main__":
    sys.exit(main())
