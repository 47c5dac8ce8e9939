"""Plays recordings of people to the agent and counts what it does wrong."""
