"""What a schedule of faults is made of: what goes wrong, when, and what becomes of an answer."""
