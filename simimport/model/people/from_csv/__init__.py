"""CSV of people, as people and programs write it, to a users frame and back."""
