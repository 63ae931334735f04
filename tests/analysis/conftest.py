"""Fixtures for the tests of what analysts see."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib import rcParams
from matplotlib.figure import Figure

from simimport import Run, simulate
from simimport.model.states import State


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is shown, no setting is changed, and the figures of a test are closed after it."""

    def shown(*_: object, **__: object) -> None:
        raise AssertionError("a plot was shown")

    plt.switch_backend("agg")
    monkeypatch.setattr(plt, "show", shown)
    monkeypatch.setattr(Figure, "show", shown)
    before = dict(rcParams)
    plt.close("all")  # examples in docstrings leave theirs open
    yield
    plt.close("all")
    assert dict(rcParams) == before


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """A sweep, small: two fields, twelve replicates."""
    rows = []
    for rate in (0.0, 0.1, 0.4):
        for slowdown in (0.0, 2.0):
            for seed in range(12):
                run = simulate(users=200, crash_rate=rate, slowdown=slowdown, seed=seed)
                own = run.final is State.DONE
                rows.append((rate, slowdown, seed, seed, str(run.final), run.duration_s, own))
    names = ["crash_rate", "slowdown", "replicate", "seed", "final", "duration_s", "ended_itself"]
    return pd.DataFrame(rows, columns=names)


@pytest.fixture(scope="module")
def many() -> list[Run]:
    fields = {"users": 400, "cancel_rate": 0.3, "crash_rate": 0.2, "latency_cv": 5}
    return [simulate(**fields, seed=seed) for seed in range(30)]
