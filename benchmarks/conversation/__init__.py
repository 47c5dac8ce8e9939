"""Plays recordings of people to the agent and counts its mistakes."""
