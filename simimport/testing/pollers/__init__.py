"""Pollers on trial: the troubles they are put through, and the verdicts."""
