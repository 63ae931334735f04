"""What lies ahead: forecasts lead to what comes, and a silence is as odd as it is."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest
from scipy import stats

from simimport import PRESETS, Fit, Scenario, Trace, fit, observe, simulate
from simimport.analysis.fitting import kind
from tests.analysis.fitting.regimes import PAST_NIGHTS, REGIMES, forecasts, half_as_long, watched


def test_a_forecast_leads_from_now_to_the_end() -> None:
    run = simulate(seed=1)
    part = watched(run)[:30]
    ahead = fit(part).forecast(part)
    assert ahead.now_s == part[-1].at_s
    count = part[-1].body["operation"]["count"]
    assert ahead.bands["processed"].iloc[0] == count["completed"] + count["error"]
    assert ahead.bands["processed"].iloc[-1] == 8000
    assert ahead.bands["error"].iloc[0] == count["error"]
    for name in ("processed", "at_s", "low_s", "high_s", "error", "error_low", "error_high"):
        assert ahead.bands[name].is_monotonic_increasing, name
    assert (ahead.bands["low_s"] <= ahead.bands["at_s"]).all()
    assert (ahead.bands["at_s"] <= ahead.bands["high_s"]).all()
    assert ahead.end_s == pytest.approx(ahead.bands["at_s"].iloc[-1] + 0.03)
    big = watched(simulate(PRESETS["big"], seed=1), 30.0)[:20]
    assert len(fit(big).forecast(big).bands) <= 52


def test_of_an_import_that_has_ended_a_forecast_is_what_happened() -> None:
    run = simulate(users=1000, seed=1)
    trace = watched(run)
    ahead = fit(trace).forecast(trace)
    assert (ahead.end_low_s, ahead.end_high_s) == (ahead.end_s, ahead.end_s)
    assert 0 <= ahead.end_s - run.duration_s <= 5
    assert ahead.error == run.at(1e6).error
    assert ahead.notes == ("it has ended: done",)


def test_before_the_run_it_is_told_as_if_it_were_run_now() -> None:
    found = fit(watched(simulate(seed=1)))
    ready = watched(simulate(seed=2))[:2]
    ahead = found.forecast(ready)
    assert ready[-1].state == "ready"
    assert any("run at the last answer" in note for note in ahead.notes)
    assert "one import cannot tell how others differ; 20 % is thought usual" in ahead.notes
    assert ahead.end_low_s < ready[-1].at_s + 8000 / 30 < ahead.end_high_s


@cache
def steady_nights() -> Fit:
    return fit([watched(simulate(seed=seed)) for seed in range(3)])


# silence ---------------------------------------------------------------------------------------------


def test_the_probability_of_a_silence_is_that_of_imports_that_are_healthy() -> None:
    found = steady_nights()
    part = watched(simulate(seed=9), 0.5)[:300]
    run, flushed_s = simulate(seed=9), part[-1].at_s
    rng = np.random.default_rng(1)
    for more_s in (0.2, 0.6, 1.0, 1.4):
        # the same import, as if its next batch were late
        at_s = run.at(flushed_s).updated_at_s + 1.0 + more_s
        late = Trace([*((answer.at_s, answer.body) for answer in part), (at_s, part[-1].body)])
        quiet = found.stall(late)
        drawn = rng.gamma(50 / 0.25, 0.25 / 30, 100_000)
        assert quiet.silence_s == pytest.approx(1.0 + more_s, abs=0.1)
        assert quiet.probability == pytest.approx((drawn > quiet.silence_s).mean(), abs=0.06)


def test_waiting_so_long_gives_the_wanted_rate_of_false_alarms() -> None:
    scenario = Scenario(users=2000)
    found = steady_nights()
    begun = Trace(observe(simulate(scenario, seed=1)).iloc[:4])
    assert begun[-1].state == "importing"
    wait_s = found.stall(begun, false_alarms=0.1).wait_s
    truths = [simulate(scenario, seed=1000 + seed).truth for seed in range(300)]
    longest_s = np.array([truth.work_s.max() for truth in truths])
    # 300 runs: standard error 0.017, and that of the wait beside it
    assert (longest_s > wait_s).mean() == pytest.approx(0.1, abs=0.055)
    assert found.stall(begun, false_alarms=0.001).wait_s > wait_s


def test_ten_minutes_of_silence_are_found_improbable() -> None:
    run = simulate(PRESETS["stalls_at_99"], seed=1)
    silent = Trace((at_s, run.status(at_s)) for at_s in np.arange(0.0, 500.0, 5.0))
    found = fit(silent)
    quiet = found.stall(silent)
    assert quiet.silence_s > 300
    assert quiet.probability < 1e-4
    # one that was not seen yet may still come
    assert 10 < quiet.wait_s < 200
    assert "no stall was seen; that some may come counts" in quiet.notes
    ahead = found.forecast(silent)
    assert ahead.end_low_s <= run.duration_s
    # a stall that has lasted so long may last as long again, or much longer
    assert silent[-1].at_s < ahead.end_low_s <= run.duration_s <= ahead.end_high_s
    assert ahead.end_high_s > silent[-1].at_s + 1000


def test_a_silence_that_no_stall_explains_has_no_end_in_sight() -> None:
    found = fit([watched(simulate(stall_rate=0.1, stall_s=20.0, seed=seed)) for seed in range(2)])
    run = simulate(stall_rate=0.1, stall_s=20.0, seed=9)
    part = watched(run)[:30]
    silent = Trace([*((answer.at_s, answer.body) for answer in part), (part[-1].at_s + 600, part[-1].body)])
    ahead = found.forecast(silent)
    assert math.isinf(ahead.end_s)
    assert math.isinf(ahead.end_high_s)
    assert any("longer than any that the fit explains" in note for note in ahead.notes)
    assert "no end is in sight, and none within" in repr(ahead)


@pytest.mark.parametrize("seed", [0, 7, 13])
def test_a_first_silence_does_not_let_every_batch_to_come_stall(seed: int) -> None:
    run = simulate(users=10_000, users_per_s=50, failure_rate=0, seed=seed)
    trace = Trace(observe(run, every_s=5.0, jitter_s=2.0, seed=seed))
    part = trace[: len(trace) // 2]
    silent = Trace([*((answer.at_s, answer.body) for answer in part), (part[-1].at_s + 60, part[-1].body)])
    found = fit(part)
    ahead = found.forecast(silent)
    # as long as stalls may be that have lasted for a minute, and few as there were: not 100 batches of it
    assert ahead.end_s - silent[-1].at_s < 5 * (run.duration_s - part[-1].at_s)
    quiet = found.stall(silent)
    assert quiet.probability < found.estimates.loc["stall_rate", "high"]
    assert all(note in repr(quiet) for note in quiet.notes)


def test_a_silence_that_numbers_cannot_tell_is_not_impossible() -> None:
    found = fit(watched(simulate(stall_rate=0.05, stall_s=20.0, seed=3)))
    part = watched(simulate(stall_rate=0.05, stall_s=20.0, seed=4))[:12]
    silent = Trace([*((answer.at_s, answer.body) for answer in part), (part[-1].at_s + 9e4, part[-1].body)])
    assert "as long or longer in under 0.0001 % of healthy imports" in repr(found.stall(silent))


def test_where_stalls_are_known_a_silence_is_waited_out() -> None:
    found = fit(watched(simulate(stall_rate=0.05, stall_s=20.0, seed=3)))
    part = watched(simulate(stall_rate=0.05, stall_s=20.0, seed=4))[:12]
    assert 20 < found.stall(part, false_alarms=0.01).wait_s < 60


def test_a_silence_that_grows_is_told_by_what_was_seen_before(monkeypatch: pytest.MonkeyPatch) -> None:
    part = watched(simulate(seed=9))[:30]
    silent = Trace([*((answer.at_s, answer.body) for answer in part), (part[-1].at_s + 4, part[-1].body)])
    afresh = fit([watched(simulate(seed=seed)) for seed in range(2)]).stall(silent)
    found = fit([watched(simulate(seed=seed)) for seed in range(2)])
    shorter = found.stall(part)

    def never(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(kind, "likely_of_running", never)
    assert found.stall(silent) == afresh
    assert found.stall(part) == shorter
    with pytest.raises(AssertionError):
        found.stall(part[:-3])


def test_a_silence_of_nothing_at_work_is_none() -> None:
    trace = watched(simulate(users=500, seed=1))
    found = fit(trace)
    for part, word in ((trace, "done"), (trace[:1], "new"), (Trace([]), "none")):
        quiet = found.stall(part)
        assert math.isnan(quiet.probability)
        assert word in quiet.notes[0]
    # what a running import shows itself is known, also after no other
    assert fit([]).stall(trace[:3]).wait_s > 1


# in words --------------------------------------------------------------------------------------------


def test_what_is_found_is_said_as_everything_is() -> None:
    found, part = fit(watched(simulate(seed=1))), watched(simulate(seed=1))[:30]
    lines = repr(found).splitlines()
    assert lines[0] == "Fit of 1 trace, batches of 50, 95 % intervals"
    assert re.fullmatch(r"  failure_rate +\d\.?\d* % \(\d\.?\d* % to \d\.?\d* %\)", lines[7])
    assert re.fullmatch(
        r"  stall_s +not known: no stall was seen; stalls shorter than [\d.]+ ms cannot be told", lines[6]
    )
    assert repr(fit([])).startswith("Fit of 0 traces")
    assert re.fullmatch(
        r"<Forecast: ends in 2 min [\d.]+ s \([\w. ]+ to [\w. ]+\), \d+ failed \(\d+ to \d+\), 95 % bands; "
        "nobody interrupts it; what is to come is taken to be as what came so far>",
        repr(found.forecast(part)),
    )
    assert re.fullmatch(
        r"<Silence of [\d.]+ m?s: as long or longer in \d+\.?\d* % of healthy imports; "
        r"wait [\d. mins]+ s for 1 % false alarms; no stall was seen; that some may come counts>",
        repr(found.stall(part)),
    )
    assert repr(found.forecast(watched(simulate(seed=1)))) == "<Forecast: it has ended: done>"
    assert repr(found.stall(Trace([]))) == "<Silence: the last state is none>"


# how often --------------------------------------------------------------------------------------------

#: Of the runs that each proof takes.
FULL = 200
AHEAD = ("steady", "slowing", "stalling", "combined", "half-stalled", "short-stalls", "nights-5", "nights-20")


def enough(held: Sequence[bool] | np.ndarray) -> bool:
    """Return whether so many held, of few: what 88 % would give in all but one of a thousand."""
    return bool(sum(held) >= stats.binom.ppf(1e-3, len(held), 0.88))


def test_bands_hold_what_comes() -> None:
    # every day one import of each kind; all kinds together tell bands that are too narrow
    several = {name: half_as_long(REGIMES[name]) for name in AHEAD}
    found = [forecasts(regime, [place], (0.5,), 0) for place, regime in enumerate(several.values())]
    found += [forecasts(several[name], [7], (0.1, 0.5, 0.9), PAST_NIGHTS)
              for name in ("steady", "stalling", "combined", "nights-20")]  # fmt: skip
    rows = [rows for each in found for rows in each.values()]
    for name in ("end", "error"):
        held = [held for row in rows for held in row[name]]
        assert len(held) == 20
        assert enough(held), name


def test_tonight_is_forecast_from_last_night() -> None:
    held: list[bool] = []
    for regime in ("nights-5", "nights-20"):
        for rows in forecasts(half_as_long(REGIMES[regime]), range(4), (0.0, 0.1), 1).values():
            held += rows["end"]
    assert len(held) == 16
    assert enough(held)


@pytest.mark.parametrize("runs", [6, pytest.param(FULL, marks=pytest.mark.long)])
@pytest.mark.parametrize(("regime", "share", "most"), [("steady", 0.1, 0.02), ("slowing", 0.2, 0.07)])
def test_imports_are_forecast_early(regime: str, share: float, most: float, runs: int) -> None:
    # At a tenth, the mean of 16 batches errs by 1.8 % itself; and whether they slow down cannot be told,
    # since a slope of 0.6 comes by chance. That of a few runs errs by more.
    left = forecasts(REGIMES[regime], range(runs), (share,), 0)[share]["left"]
    assert np.median(left) < (most if runs == FULL else 2 * most)
