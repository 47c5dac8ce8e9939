"""The protocol and the connections of clients."""
