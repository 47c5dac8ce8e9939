"""The parts of the fault run: what is planned, the agent, the satellites, what is watched."""
