"""The guide: its pages are true, and it is built without a warning."""
