"""The Assist pipeline of an agent, and the state that its stages share."""
