"""What the guide says of the statistics is what the code has: its priors, checks, estimators and tables."""

from __future__ import annotations

import re
from pathlib import Path

from simimport.analysis.estimators import ESTIMATORS
from simimport.analysis.fitting.check import CHECKS
from simimport.analysis.fitting.likely import nights, posterior_failures, posterior_times
from tests.validity.__main__ import PARTS

GUIDE = (Path(__file__).parent.parent / "docs" / "statistics.md").read_text(encoding="utf-8")


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


def test_its_priors_are_those_of_the_code() -> None:
    # "3/5" and "0.2" alike
    priors = re.sub(r"\b(\d+)/(\d+)\b", lambda found: f"{int(found[1]) / int(found[2]):g}",
                    section("What is thought beforehand"))  # fmt: skip
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", priors, re.MULTILINE))
    rate = f"Beta({posterior_times._RATE[0]:g}, {posterior_times._RATE[1]:g})"
    assert f"scale {nights.NIGHT_CV:g}" in rows["night_cv"]
    assert f"around log {posterior_times._CV:g}" in rows["latency_cv"]
    assert f"0 with probability {posterior_times._STEADY:g}" in rows["slowdown"]
    assert f"above {posterior_times._SLOW_LOW:g}" in rows["slowdown"]
    assert f"0 with probability {posterior_times._NEVER_STALLS:g}, else {rate}" in rows["stall_rate"]
    assert f"{posterior_times._STALL_BATCHES:g} batches" in rows["stall_s"]
    assert f"half-normal of the scale {posterior_failures.FAILURE_DEVIATION:g}" in rows["failure_rate"]
