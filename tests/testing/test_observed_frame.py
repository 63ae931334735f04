"""An observed frame as a trace of the page."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from simimport import ParameterError, Scenario, Trace, simulate
from simimport.testing.traces import Recorded

if TYPE_CHECKING:
    import pandas as pd

BODY = {"success": True, "state": "none"}


def observed(**changes: Any) -> pd.DataFrame:
    """Return a frame as `observe` gives it, by hand: a poll at each change of a run."""
    run = simulate(Scenario(users=300), seed=3)
    seen = run.snapshots[["state", "step", "completed", "error", "total"]].copy()
    seen["poll"] = range(1, len(seen) + 1)
    seen["asked_s"] = seen["answered_s"] = seen["updated_at_s"] = run.snapshots["at_s"]
    return seen.assign(**changes)


def test_an_observed_frame_is_a_trace_of_the_page() -> None:
    assert Trace(observed()) == Trace(simulate(users=300, seed=3).responses())
    none = observed(state="none", step=None, updated_at_s=math.nan)[:1]
    assert list(Trace(none)) == [Recorded(0.0, 200, BODY)]


def test_a_frame_that_is_not_observed_is_refused() -> None:
    with pytest.raises(ParameterError, match="a frame with the column answered_s"):
        Trace(simulate(users=60, seed=1).snapshots)
    for column, value in (("state", "paused"), ("step", None), ("completed", math.nan),
                          ("updated_at_s", math.inf), ("answered_s", math.nan)):  # fmt: skip
        with pytest.raises(ParameterError, match=r"row 0"):
            Trace(observed(**{column: value}))
