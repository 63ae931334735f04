"""The model: what happens and what is published. No clock, no network, no plots."""
