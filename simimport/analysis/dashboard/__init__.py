"""The dashboard: controls and panels over one view of the record."""
