"""Whether an agent works: its errors, its repair issues and the attempts to reconnect."""
