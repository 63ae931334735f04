"""`run.status` at any instant, against its limit, and beside a look-up in the frame of snapshots."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from simimport import ImportService, Run, simulate
from simimport.model.dialects import DIALECTS
from simimport.model.run.wire import encoded
from tests.bench.table import Row, alternate, duration

LIMIT_S = 2e-6
BYTES_S, KEPT_S = 4e-6, 1e-6
_INSTANTS = 1000


def rows(quick: bool = False) -> list[Row]:
    """Return the rows: one look-up, and what it takes as bytes."""
    rounds = 5 if quick else 15
    run = simulate(seed=1)
    instants = [run.duration_s * place / _INSTANTS for place in range(_INSTANTS)]
    dialects = ("docs", "server-8.3")
    limited = [_limited(f"run.status(t), {name}", _looks(run, instants, name), rounds) for name in dialects]
    return [*limited, _as_bytes(run, instants, rounds), _kept(rounds), _by_frame(run, instants, rounds)]


def _looks(run: Run, instants: list[float], dialect: str) -> Callable[[], object]:
    def look() -> None:
        for at_s in instants:
            run.status(at_s, dialect=dialect)

    return look


def _limited(name: str, work: Callable[[], object], rounds: int) -> Row:
    ours_s, _ = alternate(work, lambda: None, rounds)
    each_s = ours_s / _INSTANTS
    return Row(name, duration(each_s), f"limit {duration(LIMIT_S)}", LIMIT_S / each_s, 1)


def _as_bytes(run: Run, instants: list[float], rounds: int) -> Row:
    def answer() -> None:
        for at_s in instants:
            encoded(run.status(at_s))

    ours_s, _ = alternate(answer, lambda: None, rounds)
    each_s = ours_s / _INSTANTS
    work = "a status body, built and encoded"
    return Row(work, duration(each_s), f"limit {duration(BYTES_S)}", BYTES_S / each_s, 1)


def _kept(rounds: int) -> Row:
    """Return what a service takes for the same between two changes of the document."""
    service = ImportService(seed=1, autostart=True)
    service.advance(60)
    operations, dialect = service._operations, DIALECTS[service.dialect]
    now_us = service.clock.now_us()

    def answer() -> None:
        for _ in range(_INSTANTS):
            _ = operations.status(now_us, dialect).answer.raw

    ours_s, _ = alternate(answer, lambda: None, rounds)
    each_s = ours_s / _INSTANTS
    work = "… by a service, between two changes"
    return Row(work, duration(each_s), f"limit {duration(KEPT_S)}", KEPT_S / each_s, 1)


def _by_frame(run: Run, instants: list[float], rounds: int) -> Row:
    frame = run.snapshots.set_index("at_s")
    turn: Iterator[float] = itertools.cycle(instants)

    def by_frame() -> dict[str, Any]:
        row: Any = frame.asof(next(turn))
        count = {"total": int(row["total"]), "completed": int(row["completed"]), "error": int(row["error"])}
        return {"state": str(row["state"]), "status": str(row["step"]), "count": count}

    ours_s, peer_s = alternate(_looks(run, instants, "docs"), by_frame, rounds)
    each_s = ours_s / _INSTANTS
    return Row("run.status(t)", duration(each_s), f"DataFrame.asof {duration(peer_s)}", peer_s / each_s, 0)
