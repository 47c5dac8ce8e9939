"""Mutated audio, messages and requests, each target in a process that is watched."""
