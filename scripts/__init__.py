"""Programs for development. The shell script of the same name starts each one."""

from tests.harness import client_library

client_library.make_importable()
