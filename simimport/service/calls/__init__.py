"""The calls of the import API: which there are, what each needs, and what each does to the operations."""
