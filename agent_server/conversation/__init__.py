"""One conversation: audio in, replies out."""
