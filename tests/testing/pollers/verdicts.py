"""Verdicts of the poller kit, one case or many at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from simimport import check_poller

if TYPE_CHECKING:
    import pandas as pd

Poller = Callable[[Any, Any], object]


def failed(verdicts: pd.DataFrame) -> set[tuple[str, str]]:
    rows = verdicts[~verdicts["passed"]]
    return set(zip(rows["fault"], rows["preset"], strict=True))


def only_row(verdicts: pd.DataFrame) -> Any:
    assert len(verdicts) == 1
    return verdicts.iloc[0]


def verdict_on(poller: Poller, preset: str = "calm", fault: str = "none", **given: Any) -> Any:
    """Return the verdict on one case."""
    return only_row(check_poller(poller, presets=preset, faults=fault, **given))


# calm ends at 66.871361 s with the seed 0
ENDS = "the import ends as done at 1 min 6.9 s"
