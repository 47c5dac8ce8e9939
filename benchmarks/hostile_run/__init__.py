"""The attacks of the hostile benchmark."""
