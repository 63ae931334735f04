"""Fixtures for the tests of sweeps."""

from __future__ import annotations

import pytest

from simimport.analysis.sweeps import plan as plans


@pytest.fixture
def tiny_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut even small sweeps into many chunks; process pools are given theirs as data, so they follow."""
    monkeypatch.setattr(plans, "_LEAST_USERS", 20_000)
