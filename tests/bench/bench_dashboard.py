"""The dashboard: from a moved slider to a new picture, and from a moved instant to a new answer."""

from __future__ import annotations

from itertools import count

from simimport import Dashboard
from tests.bench.table import Row, alternate, duration

_LIMIT_S = 0.080
#: A slow hour of the machine is no miss.
_WANTED = 0.7


def rows(quick: bool = False) -> list[Row]:
    """Return the rows: a slider, at the default 8,000 users, and the time slider."""
    dashboard = Dashboard(seed=1)
    rounds = 5 if quick else 15
    return [
        _row("dashboard: moved slider to new picture, 8,000 users", dashboard, "users_per_s", 60, rounds),
        _row("dashboard: moved time to new answer, 8,000 users", dashboard, "at", 500, rounds),
    ]


def _row(work: str, dashboard: Dashboard, name: str, around: int, rounds: int) -> Row:
    # never to the same place, so that nothing is taken from before
    places = count()

    def move() -> None:
        dashboard.controls[name].value = around + next(places) % 100

    ours_s, _ = alternate(move, lambda: None, rounds)
    return Row(work, duration(ours_s), f"limit {duration(_LIMIT_S)}", _LIMIT_S / ours_s, _WANTED)
