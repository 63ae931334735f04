"""Sweeps: many imports, run anywhere, and what is to be said of them together."""
