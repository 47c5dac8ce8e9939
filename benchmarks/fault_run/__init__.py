"""The parts of the fault run: plans, the agent, satellites, and observers."""
