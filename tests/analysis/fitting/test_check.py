"""Whether a fit says when its model does not hold: hardly ever of its own imports, mostly of others."""

from __future__ import annotations

import copy
import math

import numpy as np
import pytest
from scipy import stats

from simimport import Fit, Trace, fit, simulate
from simimport.analysis.fitting.check import CHECKS, checked_running
from simimport.analysis.fitting.likely.posterior import posterior
from simimport.analysis.fitting.shown.evidence import evidence
from simimport.model import columns
from tests.analysis.fitting.foreign import DIFFERENT, foreign, own
from tests.analysis.fitting.regimes import watched
from tests.validity.checks import ANY, TELLING, broken, rows_of_foreign, rows_of_own


@pytest.mark.parametrize(
    ("regime", "way", "fits"), [("steady", "regularly", 8), ("stalling", "irregularly", 4)]
)
def test_the_models_own_imports_are_hardly_ever_rejected(regime: str, way: str, fits: int) -> None:
    assert broken(rows_of_own(regime, way, range(fits))) == []


def test_foreign_imports_are_rejected() -> None:
    # every day two of each kind; one kind alone would not tell
    fits, rejected, told = 0, 0.0, 0.0
    for kind in DIFFERENT:
        rows = {row.check: row for row in rows_of_foreign(kind, range(2))}
        fits += rows[ANY].fits
        rejected += rows[ANY].rejected * rows[ANY].fits
        told += rows[TELLING[kind]].rejected * rows[TELLING[kind]].fits
    assert fits == 10
    assert stats.binom(fits, 0.8).cdf(round(rejected)) > 1e-3
    assert stats.binom(fits, 0.7).cdf(round(told)) > 1e-3


def test_what_is_rejected_is_told() -> None:
    found = fit(foreign("AR(1)", 1)[0])
    table = found.check()
    assert table.loc["order", "verdict"] == "does not fit"
    assert "neighbouring stretches are alike" in table.loc["order", "meaning"]
    assert found.notes["check"].startswith("the model does not fit (")
    assert table.loc["order", "meaning"] in found.notes["check"]
    assert found.notes["check"] in repr(found)
    assert table.loc["failures", "verdict"] == "fits"
    # who changes what was handed out changes nothing
    table["verdict"] = "changed"
    assert found.check().loc["order", "verdict"] == "does not fit"


def test_what_is_not_rejected_needs_no_note() -> None:
    found = fit(own(3))
    assert set(found.check()["verdict"]) == {"fits"}
    assert "check" not in found.notes
    assert "check" not in repr(found)


def test_the_table_is_that_of_the_columns() -> None:
    for found in (fit(own(3)), fit([])):
        table = found.check()
        assert list(table.index) == list(CHECKS)
        assert table.index.name == "check"
        for column in columns.COLUMNS["checks"]:
            assert (table[column.name].dtype == "float64") == (column.kind == "float64"), column.name
            assert column.missing or table[column.name].notna().all(), column.name
        assert list(table.columns) == columns.names("checks")
        assert (table["p"].isna() == (table["verdict"] == "not known")).all()


def not_known(found: Fit) -> dict[str, str]:
    table = found.check()
    unknown = table[table["verdict"] == "not known"]
    assert all(math.isnan(value) for value in unknown["statistic"])
    return dict(zip(map(str, unknown.index), unknown["meaning"], strict=True))


def test_of_what_nothing_is_known_it_says_why() -> None:
    assert set(not_known(fit([]))) == set(CHECKS)
    assert "no stretch" in not_known(fit([]))["times"]
    few = not_known(fit(watched(simulate(users=400, seed=1))))
    assert set(few) == set(CHECKS)
    assert "too few stretches" in few["order"]
    nobody = not_known(fit(watched(simulate(users=4000, failure_rate=0.0, seed=1))))
    assert set(nobody) == {"failures", "failure_halves"}
    assert "nobody failed" in nobody["failures"]


def test_without_dates_it_can_be_told_whether_something_changes() -> None:
    def undated(trace: Trace) -> Trace:
        answers = [(answer.at_s, copy.deepcopy(answer.body)) for answer in trace]
        for _, body in answers:
            body.get("operation", {}).pop("_updatedAt", None)
        return Trace(answers)

    found = fit(undated(own(2)))
    unknown = not_known(found)
    assert set(unknown) == {"times", "order", "spread"}
    assert all("without _updatedAt" in meaning for meaning in unknown.values())
    assert found.check().loc["halves", "verdict"] == "fits"
    assert found.check().loc["failures", "verdict"] == "fits"


def test_several_imports_of_few_stretches_each_are_tested_where_order_does_not_count() -> None:
    short = [watched(simulate(users=700, seed=seed)) for seed in range(6)]
    assert {len(trace) < 10 for trace in short} == {True}
    unknown = not_known(fit(short))
    assert set(unknown) == {"order", "halves", "spread", "failure_halves"}
    assert "of one import" in unknown["order"]


def test_a_running_import_is_checked_by_itself() -> None:
    for trace, rejected in ((own(4), set()), (foreign("halved", 2)[0], {"halves"})):
        part = evidence(trace[: len(trace) * 5 // 6])
        likely = posterior([part], 0).likely(0, np.random.default_rng(0))
        assert likely is not None
        found = checked_running(part, likely, 0)
        assert rejected <= set(found.rejected)
        assert bool(rejected) == bool(found.rejected)
        assert bool(rejected) == bool(found.note)
        assert (found.widen_times >= 1.5) == bool(rejected)
        assert found.widen_failures == 1


def test_one_night_of_several_that_differs_is_found() -> None:
    nights = [own(1), foreign("halved", 1)[0]]
    rejected = fit(nights).check()["verdict"] == "does not fit"
    assert rejected["halves"]
    assert not rejected["failures"]


def test_the_same_traces_are_checked_alike() -> None:
    trace = own(5)
    first, second = fit(trace).check(), fit(Trace(trace)).check()
    assert first.equals(second)
