"""The tests, and the harness that the demo and the benchmarks share with them."""

from .harness import client_library

client_library.make_importable()
