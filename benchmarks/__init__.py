"""Measurements, and runs that search for faults: see README.md."""

from tests.harness import client_library

client_library.make_importable()
