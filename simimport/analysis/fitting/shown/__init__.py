"""What a trace shows: its answers, when its flushes were, and what stretches of work lie between them."""
