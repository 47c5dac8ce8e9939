"""Mutated audio, messages and requests for targets that run in supervised processes."""
