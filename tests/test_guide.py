"""What the guide says of the statistics is what the code has: its priors, checks, estimators and tables."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from simimport.analysis.estimators import ESTIMATORS
from simimport.analysis.fitting.check import CHECKS
from simimport.analysis.fitting.likely import nights, posterior_failures, posterior_times, unseen
from simimport.analysis.fitting.likely.posterior import FAILURES, TIMES
from simimport.analysis.fitting.likely.posterior_failures import Failures
from simimport.analysis.fitting.likely.stretches import Stretches
from tests.validity.tables import PARTS

GUIDE = (Path(__file__).parent.parent / "docs" / "explanation" / "statistics.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """Return the text under a heading, up to the next."""
    (found,) = re.findall(rf"^#+ {title}\n(.*?)(?=^#|\Z)", GUIDE, re.DOTALL | re.MULTILINE)
    return str(found)


def named(text: str) -> list[str]:
    """Return the names in the first column of its table."""
    rows = re.findall(r"^\| (`.+?) \|", text, re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`([\w-]+)`", row)]


def test_its_tables_name_what_there_is() -> None:
    assert named(section("Checks")) == list(CHECKS)
    assert named(section("Times left")) == list(ESTIMATORS)
    assert named(section("How often what is said holds")) == list(PARTS)


def priors() -> dict[str, str]:
    """Return what its table says is thought beforehand, by parameter; with 0.6 for 3/5."""
    decimal = re.sub(
        r"\b(\d+)/(\d+)\b", lambda found: f"{int(found[1]) / int(found[2]):g}",
        section("What is thought beforehand"),
    )  # fmt: skip
    return dict(re.findall(r"^\| (?:level of the )?`?(\w+)`? \| (.+) \|$", decimal, re.MULTILINE))


def numbers_in(text: str, pattern: str) -> list[float]:
    """Return the numbers of a sentence that must be of a form; those are the groups of the pattern."""
    found = re.fullmatch(pattern.replace("#", r"(-?[\d.]+)"), text)
    assert found, f"{text!r} is not of the form {pattern!r}"
    return [float(number) for number in found.groups()]


def test_its_priors_name_all_parameters() -> None:
    rows = priors()
    assert set(rows) - {"parameter"} == {"speeds", *TIMES, *FAILURES} - {"users_per_s"}
    assert rows["speeds"] == "flat in the logarithm"
    assert rows["night_cv"] == f"half-normal of the scale {nights.NIGHT_CV:g}"


def test_its_priors_of_times_are_those_of_the_code() -> None:
    rows = priors()
    middle, deviation = numbers_in(rows["latency_cv"], "its logarithm normal around log #, deviation #")
    steady, scale, least = numbers_in(
        rows["slowdown"], "0 with probability #, else Cauchy of the scale #, above #"
    )
    never, a, b = numbers_in(rows["stall_rate"], r"0 with probability #, else Beta\(#, #\)")
    (batches,) = numbers_in(
        rows["stall_s"], r"longer than `t` with probability `1/√\(1 \+ \(t/# batches\)²\)`"
    )
    # four batches of 50 users, a second each
    ones, users, first = np.ones(4), np.full(4, 50.0), np.zeros(1, dtype=np.int64)
    data = Stretches(first, users, users / 2, users / 3, ones.astype(np.int64), ones, 0 * ones)
    model = posterior_times._Model(data, posterior_times._Kind(slows=True, stalls=True))
    cv, slowdown = np.array([0.1, 0.5, 3.0]), np.array([-0.5, 0.0, 2.0])
    rate, t = np.array([0.001, 0.1, 0.7]), np.array([0.3, 5.0, 80.0])
    draws = np.column_stack([np.log(cv), slowdown, np.log(rate / (1 - rate)), np.log(t)])
    cauchy = stats.cauchy(scale=scale)
    longer = (t / batches) ** 2
    # densities of the logarithms and the logit, where these are what is drawn
    expected = (
        stats.norm(np.log(middle), deviation).pdf(np.log(cv))
        * (1 - steady) * cauchy.pdf(slowdown) / cauchy.sf(least)
        * (1 - never) * stats.beta(a, b).pdf(rate) * rate * (1 - rate)
        * longer * (1 + longer) ** -1.5
    )  # fmt: skip
    assert np.exp(model.log_prior(draws)) == pytest.approx(expected)
    assert unseen.share_of_longer(t, model.scale_s) == pytest.approx((1 + longer) ** -0.5)
    no = posterior_times._Model(data, posterior_times._Kind(slows=False, stalls=False))
    expected = stats.norm(np.log(middle), deviation).pdf(np.log(cv)) * steady * never
    assert np.exp(no.log_prior(draws[:, :1])) == pytest.approx(expected)


def test_its_priors_of_failures_are_those_of_the_code() -> None:
    rows = priors()
    a, b, alike, deviation = numbers_in(
        rows["failure_rate"],
        r"Beta\(#, #\) for the level; imports alike with probability #, else logits by a half-normal of the "
        "scale #",
    )
    none, one, other = numbers_in(rows["failure_clustering"], r"0 with probability #, else Beta\(#, #\)")
    assert (alike, deviation) == (posterior_failures.ALIKE, posterior_failures.FAILURE_DEVIATION)
    # of batches of one user nothing is learnt of clusters
    alone = np.ones(40, dtype=np.int64)
    data = Failures(1, alone, 0 * alone, (np.arange(40) < 10).astype(np.int64))
    found = posterior_failures.posterior_failures([data], np.random.default_rng(1))
    assert np.mean(found.clustering == 0) == pytest.approx(none, abs=0.01)
    rate = 1 / (1 + np.exp(-found.logit_rates[:, 0]))
    for draws, law in ((rate, stats.beta(a + 10, b + 30)), (found.if_it_clusters, stats.beta(one, other))):
        assert stats.kstest(draws, law.cdf).statistic < 0.01
