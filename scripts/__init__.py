"""Programs to develop with; each is started by the shell script of its name."""

from tests.harness import client_library

client_library.make_importable()
