"""Hypothesis strategies of the model's tests: small scenarios with every feature, people, instants.

They aim at the edges: nobody, partial last batches, waits of nothing, speeds at which instants coincide.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
from hypothesis import strategies as st

from simimport import Run, simulate
from simimport.model.scenario import Scenario

DIALECTS = ("docs", "server-6.3", "server-7.4", "server-8.3")
SEEDS = st.integers(0, 2**64 - 1) | st.integers(0, 50)

_RATES = st.sampled_from([0.0, 1.0, 0.5, 0.1, 0.02]) | st.floats(0, 1)
_RARELY = st.just(0.0) | _RATES
_PLACES = st.none() | st.sampled_from([0.0, 0.5, 0.99, 1.0]) | st.floats(0, 1)
_WAITS = st.sampled_from([0.0, 2.0, 0.01, 0.005, 1.0]) | st.floats(0, 10)


@st.composite
def scenarios(draw: st.DrawFn, *, max_users: int = 130, calm: bool = False) -> Scenario:
    """Scenarios with all features together; calm ones are never interrupted."""
    size = draw(st.sampled_from([1, 2, 50, 60]) | st.integers(1, 60))
    # whole batches, and one more or less, more often than chance would have it
    whole = st.integers(0, max_users // size).map(lambda batches: batches * size)
    near = st.tuples(whole, st.sampled_from([-1, 0, 1])).map(lambda pair: max(0, sum(pair)))
    importer = draw(st.sampled_from(["api", "csv"]))
    interruptions = {} if calm else {
        "cancel_rate": draw(_RARELY), "cancel_at": draw(_PLACES),
        "crash_rate": draw(_RARELY), "crash_at": draw(_PLACES),
    }  # fmt: skip
    return Scenario(
        users=draw(near | st.integers(0, max_users)),
        batch_size=size,
        failure_rate=draw(_RATES),
        failure_clustering=draw(st.sampled_from([0.0, 0.0, 1.0, 0.3, 0.01, 0.9])),
        users_per_s=draw(st.sampled_from([30.0, 3.0, 1000.0, 1e6, 1e9])),
        latency_cv=draw(st.sampled_from([0.0, 0.5, 1.0, 3.0, 10.0])),
        slowdown=draw(st.sampled_from([0.0, 0.0, 1.5, 100.0])),
        stall_rate=draw(_RARELY),
        stall_at=draw(_PLACES),
        stall_s=draw(st.sampled_from([0.0, 30.0, 0.0000006, 0.5])),
        importer=importer,
        new_s=draw(_WAITS),
        loading_s=draw(_WAITS) if importer == "csv" else 0.0,
        ready_s=draw(_WAITS),
        **interruptions,
    )


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
def runs(draw: st.DrawFn, **options: Any) -> Run:
    """Runs of generated people."""
    return simulate(draw(scenarios(**options)), seed=draw(SEEDS))


@st.composite
def instants(draw: st.DrawFn, run: Run) -> float:
    """Instants of a run: any, and often exactly those at which something happens, or a microsecond beside."""
    course = run.course
    moments = sorted({
        0, course.ready_us, course.run_us, course.worked_us, run.ending.end_us, *course.flush_us.tolist(),
        *(int(at_us) for dialect in DIALECTS for at_us in _changes(run, dialect)),
    })  # fmt: skip
    near = st.tuples(st.sampled_from(moments), st.sampled_from([0, 0, -1, 1, 5_000]))
    last = max(moments) + 2_000_000
    return draw(near.map(lambda pair: max(0, sum(pair))) | st.integers(0, last)) / 1e6


def _changes(run: Run, dialect: str) -> list[int]:
    return [round(at_s * 1e6) for at_s, _ in run.responses(dialect=dialect)]
