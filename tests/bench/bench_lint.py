"""Reading a trace of 100,000 answers beside the parsing of its lines, and linting it against its limit."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

from simimport import Trace, lint, read_trace, simulate
from simimport.memory import uncollected
from tests.bench.table import Row, alternate, duration

LIMIT_S = 2.0
ANSWERS = 100_000


def rows(quick: bool = False) -> list[Row]:
    """Return the rows: an hour's import that is polled, and an import of which every answer is new."""
    # one batch more each, so that no answer is like the one before
    new = islice(simulate(users=50 * ANSWERS, seed=1).responses(dialect="server-8.3"), ANSWERS)
    return [*_limited("polled", _polled(), "docs", quick), *_limited("all new", new, "server-8.3", quick)]


def _polled() -> Iterable[tuple[float, dict[str, Any]]]:
    run = simulate(users=100_000, seed=1)
    instants = (run.duration_s * poll / ANSWERS for poll in range(ANSWERS))
    return ((at_s, run.status(at_s)) for at_s in instants)


def _limited(name: str, answers: Iterable[Any], dialect: str, quick: bool) -> list[Row]:
    def linted() -> None:
        assert (len(trace), len(lint(trace, dialect=dialect))) == (ANSWERS, 0)

    with tempfile.TemporaryDirectory() as folder:
        path = Trace(answers).save(Path(folder) / "trace.jsonl")
        trace = read_trace(path)
        rounds = 3 if quick else 5
        read_s, parsed_s = alternate(lambda: read_trace(path), lambda: _parsed(path), rounds)
        ours_s, _ = alternate(linted, lambda: _parsed(path), rounds)
    limit, peer = f"limit {LIMIT_S:g} s", f"json.loads of its lines {duration(parsed_s)}"
    both_s = read_s + ours_s
    return [
        Row(f"{ANSWERS:,} answers read, {name}", duration(read_s), peer, parsed_s / read_s, 0.5),
        Row(f"{ANSWERS:,} answers linted, {name}", duration(ours_s), limit, LIMIT_S / ours_s, 1),
        Row(f"{ANSWERS:,} answers read and linted, {name}", duration(both_s), peer, parsed_s / both_s, 0.35),
    ]


def _parsed(path: Path) -> list[Any]:
    """Parse the lines, without the collector too: it would take as long again."""
    with uncollected(), path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]
