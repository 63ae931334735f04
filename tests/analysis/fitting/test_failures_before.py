"""What failed before the first answer was seen is known in full, though not when."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simimport import Trace, fit, simulate
from simimport.analysis.fitting.likely.posterior import posterior
from simimport.analysis.fitting.likely.running import likely_of_running
from simimport.analysis.fitting.shown.evidence import evidence
from tests.analysis.fitting.regimes import watched


def begun_midway(processed: list[int], failed: list[int]) -> Trace:
    """Return answers at every 30 s, of an import of 9,600 users."""
    bodies = []
    for count, error in zip(processed, failed, strict=True):
        counts = {"total": 9600, "completed": count - error, "error": error}
        operation = {"count": counts, "status": "importer_importing_users", "valid": True}
        bodies.append({"state": "importing", "operation": operation})
    return Trace((30.0 * place, body) for place, body in enumerate(bodies))


@pytest.mark.parametrize("failed", [0, 36, 3600])
def test_what_failed_before_the_first_answer_is_taken_into_account(failed: int) -> None:
    late = begun_midway([3600, 3650, 3700], [failed, failed + failed // 72, failed + failed // 36])
    found = fit(late, batch_size=50)
    low, high = found.estimates.loc["failure_rate", ["low", "high"]]
    share = failed / 3600
    # the exact interval of as many users, and more room for clusters that may be
    exact = stats.beta.ppf([0.025, 0.975], [failed, failed + 1], [3601 - failed, max(3600 - failed, 1e-9)])
    assert low - 1e-4 <= share <= high + 1e-4
    assert high - low < 10 * np.diff(np.nan_to_num(exact, nan=share))[0]
    ahead = found.forecast(late)
    assert ahead.error_high - ahead.error_low < 0.02 * 9600
    # as many more as so far, in thirds of the users
    assert ahead.error_low <= failed * 9600 / 3600 <= ahead.error_high


def test_what_failed_before_counts_for_a_running_import_as_well() -> None:
    nights = fit([watched(simulate(users=3000, failure_rate=rate, seed=1)) for rate in (0.02, 0.03)])
    run = simulate(failure_rate=0.06, seed=3)
    late = watched(run)[40:]
    truth = late[-1].body["operation"]["count"]["error"]
    for upto in (1, 2, 5):
        ahead = nights.forecast(late[:upto])
        count = late[upto - 1].body["operation"]["count"]
        # what is processed is: one answer is enough to know where it stands
        assert ahead.bands["processed"].iloc[0] == count["completed"] + count["error"] > 4000
        assert ahead.bands["processed"].is_monotonic_increasing
        assert ahead.error_low <= truth <= ahead.error_high
        assert ahead.error_high - ahead.error_low < 120


def test_counters_of_failures_that_make_no_sense_tell_nothing_of_them() -> None:
    # fewer have failed than before, and more than were processed since
    odd = begun_midway([100, 200, 300, 400, 500], [10, 5, 150, 160, 170])
    found = fit(odd, batch_size=50)
    assert found.estimates.loc["failure_rate", "high"] < 0.4
    assert found.check()["verdict"].isin({"fits", "not known"}).all()
    only = fit(begun_midway([0, 100], [0, 150]), batch_size=50)
    assert only.estimates.loc["failure_rate", "high"] > 0.9


def test_weighed_by_what_failed_before_it_is_as_if_all_were_fitted_together() -> None:
    nights = [evidence(watched(simulate(users=3000, failure_rate=0.04, seed=seed))) for seed in (1, 2)]
    late = evidence(watched(simulate(failure_rate=0.04, seed=3))[40:43])
    weighed = likely_of_running(posterior(nights, 0), late, np.random.default_rng(1))
    together = posterior([*nights, late], 0).likely(2, np.random.default_rng(1))
    assert weighed is not None
    assert together is not None
    levels = [0.1, 0.5, 0.9]
    first, second = (np.quantile(likely.failure_rate, levels) for likely in (weighed, together))
    np.testing.assert_allclose(first, second, atol=0.17 * np.ptp(second))
    # without what came before it would be known half as well
    exact = stats.beta(late.failed_before, late.before).ppf(levels)
    assert np.ptp(first) < 1.2 * np.ptp(exact)


def test_traces_that_differ_by_what_came_before_are_not_taken_for_the_same() -> None:
    nobody = fit([])
    few, many = (begun_midway([3600, 3650, 3700], [failed] * 3) for failed in (0, 1800))
    assert nobody.forecast(few).error_high < 1800 < nobody.forecast(many).error_low
