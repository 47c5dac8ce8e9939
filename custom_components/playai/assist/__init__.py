"""The Assist pipeline of an agent, and what its stages share."""
