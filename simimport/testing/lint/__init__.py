"""The linter of traces: its rules, and who judges by them."""
