"""The traces in ``data/traces/`` are as recorded, and what is said of them in their notebook holds."""

from __future__ import annotations

import math
import re
from functools import cache
from itertools import pairwise

import pytest

from simimport import Fit, Trace, fit, read_trace
from simimport.analysis.fitting.shown.evidence import evidence
from tests.analysis.fitting.regimes import Regime, at_level
from tests.make_traces import DELAY_S, EVERY_S, KINDS, NIGHTS, TRACES, recorded

every = pytest.mark.parametrize("name", KINDS)


def kept(name: str) -> Trace:
    return read_trace(TRACES / f"{name}.jsonl")


@cache
def fit_of_last_night() -> Fit:
    return fit(kept("night"))


def test_each_file_is_of_the_script() -> None:
    assert sorted(path.name for path in TRACES.glob("*.jsonl")) == sorted(f"{name}.jsonl" for name in KINDS)


@every
def test_a_trace_is_what_the_recorder_gets(name: str) -> None:
    assert _plain(recorded(name)) == _plain(kept(name))


def _plain(trace: Trace) -> list[tuple[float, int, object]]:
    """Return the answers, without the words and numbers that a system has for a lost connection."""
    return [(each.at_s, each.http_status, each.body if each.http_status else "lost") for each in trace]


@every
def test_a_trace_is_of_one_operation_and_polled_unevenly(name: str) -> None:
    trace = kept(name)
    found = evidence(trace, NIGHTS.batch_size)
    assert trace.dialect == "server-8.3"
    assert found.users == NIGHTS.users
    assert found.dated
    gaps = [later.at_s - earlier.at_s for earlier, later in zip(found.seen[:-1], found.seen[1:], strict=True)]
    # the delay of an answer is now longer, now shorter than that of the one before
    assert min(gaps) > EVERY_S - DELAY_S[1]
    assert 10 < max(gaps) < 60
    assert len({round(gap, 3) for gap in gaps}) > len(gaps) / 2


def test_last_night_has_every_trouble_and_ends_and_the_next_night_does_neither() -> None:
    night, next_night = kept("night"), kept("next_night")
    statuses = [answer.http_status for answer in night if answer.state is None]
    assert statuses == [503, 503, 0, 429, 200, 502]
    assert night[-1].state == "done"
    assert next_night[-1].state == "importing"
    assert next_night[-1].body["operation"]["_updatedAt"] == next_night[-20].body["operation"]["_updatedAt"]


def test_last_night_says_what_was_put_into_it() -> None:
    estimates = at_level(fit_of_last_night(), 0.99).estimates
    truth = Regime(NIGHTS).truth()
    assert math.isnan(truth.pop("night_cv"))
    for name, value in truth.items():
        assert estimates.loc[name, "low"] <= value <= estimates.loc[name, "high"], name


def test_the_next_night_is_given_up_and_last_night_is_not() -> None:
    found = fit_of_last_night()
    hangs = found.stall(kept("next_night"))
    assert hangs.silence_s > 3 * hangs.wait_s
    assert hangs.probability < 1e-9
    night = kept("night")
    parts = [night[:place] for place in range(1, len(night))]
    silences_s = [part.now_s - part.since_s for part in map(evidence, parts)]
    # at the end of each long silence, where it would be given up the soonest
    ends = [place for place, (now_s, next_s) in enumerate(pairwise(silences_s)) if now_s > max(15, next_s)]
    assert len(ends) >= 6
    for place in ends:
        silent = found.stall(parts[place])
        assert silent.silence_s == pytest.approx(silences_s[place])
        assert silent.silence_s < silent.wait_s


@every
def test_a_trace_tells_no_secret_and_no_place(name: str) -> None:
    text = (TRACES / f"{name}.jsonl").read_text(encoding="ascii")
    assert not re.search(r"127\.0\.0\.1|localhost|[Tt]oken|/home|/tmp|/root", text)
