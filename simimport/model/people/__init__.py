"""People to stage: generated, or read from files; and what certain of them decide by themselves."""
