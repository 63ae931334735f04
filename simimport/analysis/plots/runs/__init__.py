"""Pictures of one run: its progress, its states, who failed, and how long batches took."""
