"""The linter by itself: in whose words a trace is, no false alarm, and every planted error all the same."""

from __future__ import annotations

import math
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from simimport import PRESETS, Trace, lint, observe, read_trace, simulate, write_fixtures
from simimport.model.dialects import DIALECTS
from simimport.testing.dialect_guess import guessed
from tests.testing.lint.one_answer import CASES as OF_ONE
from tests.testing.lint.traces import Case, answers, rows_of
from tests.testing.lint.two_answers import CASES as OF_TWO

SOME = ("calm", "crash_midway", "csv_upload")
WHOLE = [pytest.param(name, marks=[] if name in SOME else pytest.mark.long)
         for name in PRESETS if name != "big"]  # fmt: skip


@pytest.mark.parametrize("preset", WHOLE)
def test_no_false_alarm_in_any_words_and_format(preset: str, tmp_path: Path) -> None:
    run = simulate(PRESETS[preset], seed=3)
    for dialect in DIALECTS:
        answered = [*run.responses(dialect=dialect)]
        traces = {
            "in process": Trace(answered),
            "lines": read_trace(Trace(answered).save(tmp_path / f"{dialect}.jsonl")),
        }
        write_fixtures(run, tmp_path / dialect, dialect=dialect, formats=["json", "vcr"])
        # what WireMock and MSW are given carries the bodies of these
        traces["a pack"] = read_trace(tmp_path / dialect)
        [cassette] = (tmp_path / dialect / "vcr").iterdir()
        traces["a cassette"] = read_trace(cassette)
        if dialect == "docs":
            traces["observed"] = Trace(observe(run, every_s=max(run.duration_s / 100, 0.5)))
        for name, trace in traces.items():
            findings = lint(trace, still_s=math.inf)
            assert findings.empty, (name, dialect, findings)
            assert findings.attrs["dialect"] in (dialect, "server-8.3"), name


@pytest.mark.parametrize("case", [*OF_ONE, *OF_TWO], ids=lambda case: f"{case.rule}-{case.dialect}")
def test_what_is_planted_is_found(case: Case) -> None:
    trace = answers(case.dialect)
    row = case.spoil(trace)
    if (case.rule, case.dialect) == ("unknown-step", "server-6.3"):
        # a step of newer servers: what has it is one of them
        assert guessed(Trace(trace)).dialect == "server-8.3"
        return
    assert (case.rule, row) in rows_of(lint(trace))


def test_where_it_is_unsure_it_says_what_it_took_and_why() -> None:
    run = simulate(users=60, seed=1)
    docs, old, new = ([*run.responses(dialect=name)] for name in ("docs", "server-6.3", "server-8.3"))
    unsure: dict[str, tuple[list[Any], str, str]] = {
        "nothing": ([], "docs", "no answer can be read"),
        "errors": ([(0, 503, "x")], "docs", "no answer can be read"),
        "none of docs": ([(0, {"success": True, "state": "none"})], "docs", "no answer has an operation"),
        "none": ([(0, {"state": "none", "success": True})], "server-8.3", "state comes first"),
        "the beginning": (old[:3], "server-8.3", "no answer shows a step by which servers differ"),
        "mixed": ([*docs[:2], *new[2:]], "server-8.3", "is in"),
    }
    for trace, dialect, why in unsure.values():
        attrs = lint(trace).attrs
        assert attrs["dialect"] == dialect
        assert attrs["note"].startswith(f"taken for {dialect}: ")
        assert why in attrs["note"]
        assert "note" not in lint(trace, dialect=dialect).attrs
    for trace, dialect in ((docs, "docs"), (old, "server-6.3"), (new, "server-8.3")):
        assert lint(trace).attrs == {"dialect": dialect}


def test_one_strange_answer_does_not_change_the_words() -> None:
    for dialect, strange in product(("docs", "server-8.3"), range(4, 8)):
        trace = answers(dialect)
        operation = trace[strange][2]["operation"]
        if "_id" in operation:
            del operation["_id"]
        else:
            operation["_id"] = "x"
        findings = lint(trace)
        assert guessed(Trace(trace)).dialect == dialect
        assert findings["row"].unique().tolist() == [strange]
        assert "_id" in findings.attrs["note"]
