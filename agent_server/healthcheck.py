"""Exits with 0 if the server on this computer answers at its health address.

python -m agent_server.healthcheck [PORT]
"""

import sys
from http.client import HTTPConnection, HTTPException
from typing import Final

_PORT: Final = 8765
_SECONDS: Final = 5
_OK: Final = 200


def main() -> int:
    """Return the exit code of the process."""
    port = int(sys.argv[1]) if len(sys.argv) > 1 else _PORT
    try:
        connection = HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
        connection.request("GET", "/health")
        return 0 if connection.getresponse().status == _OK else 1
    except (OSError, HTTPException) as error:
        print(f"healthcheck: {error or type(error).__name__}", file=sys.stderr)  # noqa: T201
        return 1


if __name__ == "__main__":
    sys.exit(main())
