"""Hypothesis strategies of the tests, beside those for everybody in `simimport.testing.strategies`.

People some of whom fail, and the instants of a run at which something happens.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pandas as pd
from hypothesis import strategies as st

from simimport import OperationError, Run, simulate
from simimport.model.dialects import DIALECTS as _DIALECTS
from simimport.testing.strategies import runs, scenarios, seeds

__all__ = ["DIALECTS", "SEEDS", "any_runs", "frame_of", "instants", "people", "runs", "scenarios"]

DIALECTS = tuple(_DIALECTS)
SEEDS = seeds()

_USERNAMES = st.none() | st.sampled_from(["ann", "Ann", "bob", "eve", "joe", "kim", "lee"])
_PLAIN = st.sampled_from([f"{letter}@example.org" for letter in "aAbcd"])
_NONE = st.sampled_from([None, ""])
_DECIDING = st.builds(
    lambda word, tag: f"{word}{tag}@example.com",
    st.sampled_from([
        "fail.duplicate-email", "fail.duplicate-username", "fail.server-error", "slow.2s", "slow.0.25s",
        "cancel", "crash", "slow.s", "canceled", "fail.missing-email",
    ]),
    st.sampled_from(["", "+1", "+two", "+"]),
)  # fmt: skip


@st.composite
def _person(draw: st.DrawFn, number: int) -> dict[str, Any]:
    """One person; mostly one of a kind."""
    own = f"user{number}"
    email = draw(st.sampled_from([f"{own}@example.org"] * 4) | _PLAIN | _DECIDING | _NONE)
    extra = draw(st.sampled_from([None, None, None, f"{own}@example.net"]) | _PLAIN | _DECIDING)
    if extra and draw(st.booleans()):
        extra = f"{own}.too@example.net,{extra}"
    return {
        "import_id": f"id-{number}",
        "username": draw(st.sampled_from([own] * 4) | _USERNAMES),
        "email": email,
        "extra_emails": extra,
    }


@st.composite
def people(draw: st.DrawFn, users: int, first: int = 1) -> list[dict[str, Any]]:
    """People some of whom are duplicates, lack an address, or have a deciding one."""
    return [draw(_person(number)) for number in range(first, first + users)]


def frame_of(persons: list[dict[str, Any]]) -> pd.DataFrame:
    """Return a frame of users, as `simulate` takes it."""
    names = ["import_id", "username", "email", "extra_emails"]
    return pd.DataFrame({name: [person[name] for person in persons] for name in names}, dtype=object)


@st.composite
def instants(draw: st.DrawFn, run: Run) -> float:
    """Instants of a run: any, and often exactly those at which something happens, or a microsecond beside."""
    course = run.course
    moments = sorted({
        0, course.ready_us, course.run_us, course.worked_us, run.truth.end_us, *course.flush_us.tolist(),
        *(at_us for dialect in _DIALECTS.values() for at_us in run.timeline(dialect).rows["at_us"].tolist()),
    })  # fmt: skip
    near = st.tuples(st.sampled_from(moments), st.sampled_from([0, 0, -1, 1, 5_000]))
    last = max(moments) + 2_000_000
    return draw(near.map(lambda pair: max(0, sum(pair))) | st.integers(0, last)) / 1e6


@st.composite
def any_runs(draw: st.DrawFn, max_users: int = 60) -> Run:
    """Runs of every make: as they were drawn, of people who decide, branched where they can be, cut short."""
    if draw(st.integers(0, 3)) == 0:
        scenario = draw(scenarios(max_users=12))
        run = simulate(scenario, seed=draw(SEEDS), staged=frame_of(draw(people(scenario.users))))
    else:
        run = draw(runs(max_users=max_users))
    if draw(st.booleans()):
        with suppress(OperationError):  # nothing is left to branch
            run = run.branch(draw(instants(run)), seed=draw(SEEDS), failure_rate=0.5)
    return run.cancel(draw(instants(run))) if draw(st.booleans()) else run
