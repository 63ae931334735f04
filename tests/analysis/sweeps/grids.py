"""The small sweep of these tests: a scenario, and a grid of six cells."""

from __future__ import annotations

from simimport import Scenario

SMALL = Scenario(users=120, failure_rate=0.1, cancel_rate=0.3, crash_rate=0.3)
GRID = {"cancel_rate": [0.0, 0.5], "failure_rate": [0.0, 0.1, 0.5]}
