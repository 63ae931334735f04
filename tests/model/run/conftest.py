"""Two plain runs: one by the API, one of a file."""

from __future__ import annotations

import pytest

from simimport import Run, simulate


@pytest.fixture(scope="module")
def run() -> Run:
    return simulate(users=120, failure_rate=0.2, seed=3)


@pytest.fixture(scope="module")
def loaded() -> Run:
    return simulate(users=120, importer="csv", loading_s=3, seed=3)
