"""Traces to lint, each with every answer of an import once, and how cases that break a rule are collected."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

from simimport import Run, lint, simulate

Answers = list[list[Any]]
# changes a trace so that one rule is broken, in the row that it returns, and no other
Spoiler = Callable[[Answers], int]
DOCS, SERVER = "docs", "server-8.3"


@cache
def sample_run(batches: int = 4) -> Run:
    # a partial last batch, and no two changes within a millisecond
    return simulate(users=batches * 50 + 30, failure_rate=0.1, seed=5)


def answers(dialect: str = DOCS, run: Run | None = None) -> Answers:
    """Return every answer of an import once: new, ready, started, users, four flushes, the walk, done."""
    trace = (run or sample_run()).responses(dialect=dialect)
    return [[at_s, 200, copy.deepcopy(body)] for at_s, body in trace]


def rows_of(found: Any) -> list[tuple[str, int]]:
    return list(zip(found["rule"].tolist(), found["row"].tolist(), strict=True))


def broken(trace: Sequence[Any], dialect: str = DOCS, **limits: Any) -> list[tuple[str, int]]:
    return rows_of(lint(trace, dialect=dialect, **limits))


def step(trace: Answers, state: str, nth: int = 0) -> int:
    """Return the row of the nth answer in a state or a step."""
    rows = [row for row, (_, _, body) in enumerate(trace)
            if state in (body["state"], body["operation"]["status"].removeprefix("importer_"))]  # fmt: skip
    return rows[nth]


def operation(trace: Answers, row: int) -> dict[str, Any]:
    found: dict[str, Any] = trace[row][2]["operation"]
    return found


def count(trace: Answers, row: int) -> dict[str, Any]:
    found: dict[str, Any] = operation(trace, row)["count"]
    return found


class Case(NamedTuple):
    rule: str
    dialect: str
    spoil: Spoiler


def collecting(cases: list[Case]) -> Callable[..., Callable[[Spoiler], Spoiler]]:
    """Return a decorator for changes to a trace, each of which becomes a case of every dialect named."""

    def breaks(rule: str, *dialects: str) -> Callable[[Spoiler], Spoiler]:
        def collect(spoil: Spoiler) -> Spoiler:
            cases.extend(Case(rule, dialect, spoil) for dialect in dialects or (DOCS, SERVER))
            return spoil

        return collect

    return breaks


def dialect_of(trace: Answers) -> str:
    return SERVER if "_id" in operation(trace, 0) else DOCS
