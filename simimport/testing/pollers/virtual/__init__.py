"""Virtual time in a thread, for code that asks Python itself what time it is."""
