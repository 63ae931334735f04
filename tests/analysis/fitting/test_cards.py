"""Fits, forecasts and silences in a notebook: what their cards say, and that all can see it."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from simimport import Fit, Forecast, Silence, Trace, fit, observe, simulate
from simimport.analysis.fitting.check import NOT
from simimport.show.words import duration, number
from tests.markup import read

RUN = simulate(users=3000, failure_rate=0.05, seed=3)
WHOLE = Trace(observe(RUN, every_s=5))
HALF = Trace(observe(RUN, every_s=5).query("answered_s < 61"))


@pytest.fixture(scope="module")
def fitted() -> Fit:
    return fit(WHOLE)


@pytest.fixture(scope="module")
def ahead(fitted: Fit) -> Forecast:
    return fitted.forecast(HALF)


def cells(shown: Any) -> dict[str, list[str]]:
    """Return the rows of a card's table, by what heads them."""
    html = shown._repr_html_()
    assert len(html) < 12_000
    return {row[0]: row[1:] for row in read(html).rows}


# fits -------------------------------------------------------------------------------------------------


def test_a_fit_shows_each_parameter_as_it_prints_it(fitted: Fit) -> None:
    rows = cells(fitted)
    assert list(rows) == ["parameter", *fitted.estimates.index]
    printed = {line.split()[0]: line.split(maxsplit=1)[1] for line in repr(fitted).splitlines()[1:]}
    for name in fitted.estimates.index:
        estimate, limits, meaning = rows[name]
        if name in fitted.notes:
            assert (estimate, limits, meaning) == ("not known", "", fitted.notes[name])
        else:
            assert f"{estimate} ({limits})" == printed[name]
            assert meaning
    assert "night_cv" in fitted.notes


def test_a_fit_says_how_to_go_on(fitted: Fit) -> None:
    words = read(fitted._repr_html_()).text
    assert words.startswith("Fit 1 trace batches of 50 95 % intervals")
    assert f"fit.scenario is {fitted.scenario!r}" in words
    assert "checks of the model: 6 passed; fit.check() says more" in words


def test_a_check_that_is_not_passed_stands_out(fitted: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    table = fitted.check()
    table.loc["halves", ["verdict", "meaning"]] = [NOT, "something changed midway"]
    monkeypatch.setattr(Fit, "check", lambda _: table)
    words = read(fitted._repr_html_()).text
    assert "checks of the model: 5 passed, 1 not passed" in words
    assert "halves: something changed midway" in words


def test_a_batch_size_that_is_not_certain_is_noted() -> None:
    uncertain = fit(WHOLE, batch_size=40)
    assert f"batch size: {uncertain.notes['batch_size']}" in read(uncertain._repr_html_()).text


def test_a_fit_of_nothing_says_why() -> None:
    rows = cells(fit([]))
    assert {row[0] for name, row in rows.items() if name != "parameter"} == {"not known"}


# forecasts --------------------------------------------------------------------------------------------


def test_a_forecast_says_when_and_how_many_fail(ahead: Forecast) -> None:
    rows = cells(ahead)
    left_s, low_s, high_s = (at_s - ahead.now_s for at_s in (ahead.end_s, ahead.end_low_s, ahead.end_high_s))
    assert rows["at the end"] == ["median", "95 % band"]
    assert rows["time left"] == [duration(left_s), f"{duration(low_s)} to {duration(high_s)}"]
    assert rows["end, on that clock"][0] == duration(ahead.end_s)
    assert rows["failed"] == [number(ahead.error), f"{number(ahead.error_low)} to {number(ahead.error_high)}"]
    words = read(ahead._repr_html_()).text
    assert words.startswith(f"Forecast ends in {duration(left_s)} from 1 min on the trace's clock")
    assert words.endswith("; ".join(ahead.notes))


def test_the_picture_of_a_forecast_is_its_bands(ahead: Forecast) -> None:
    html = ahead._repr_html_()
    root = ET.fromstring(re.findall(r"<svg.*</svg>", html, re.DOTALL)[0])  # noqa: S314 - our own text
    band, line = [path.attrib["d"] for path in root.iter("path")]
    x, y = np.array([[float(word) for word in pair.split()] for pair in line[1:].split(" L")]).T
    assert len(x) == len(ahead.bands)
    left_s = ahead.bands["at_s"] - ahead.now_s
    assert x == pytest.approx(46 + left_s.clip(0) * 606 / (ahead.end_high_s - ahead.now_s), abs=0.1)
    assert (y[0], y[-1]) == (pytest.approx(164 - 138 * ahead.bands["processed"].iloc[0] / 3000, abs=0.1), 26)
    assert band.count(" L") == 2 * len(ahead.bands) - 1
    assert root.attrib["aria-label"].endswith("% now, and all at the end.")


def test_a_forecast_without_an_end_in_sight_draws_none(ahead: Forecast) -> None:
    endless = replace(ahead, end_s=math.inf, end_high_s=math.inf)
    rows = cells(endless)
    assert rows["time left"] == ["∞", f"{duration(ahead.end_low_s - ahead.now_s)} to ∞"]
    page = read(endless._repr_html_())
    assert page.text.startswith("Forecast no end is in sight")
    assert not page.all("svg")


def test_a_forecast_of_what_has_ended_says_what_the_answers_say(fitted: Fit) -> None:
    over = fitted.forecast(WHOLE)
    assert cells(over) == {
        "": ["as answered"],
        "end, on the trace's clock": [duration(over.end_s)],
        "failed": [number(over.error)],
    }
    assert "it has ended: done" in read(over._repr_html_()).text


def test_a_forecast_of_which_nothing_is_known_says_why() -> None:
    unknown = fit([]).forecast(Trace([(0, {"state": "none"})]))
    assert read(unknown._repr_html_()).text == "Forecast not knownno speed is known"


# silences ---------------------------------------------------------------------------------------------


def test_a_silence_says_how_long_to_wait() -> None:
    silence = Silence(30.0, 0.2, 90.0, 0.01, ("noted",))
    rows = cells(silence)
    assert rows["as long or longer"] == ["in 20 % of healthy imports"]
    assert rows["worth waiting for"] == ["1 min 30 s"]
    assert rows["false alarms"] == ["1 % of healthy imports, if one gives up then"]
    page = read(silence._repr_html_())
    assert page.elements[0][1]["aria-label"] == "Silence of 30 s: wait 1 min more"
    (bar,) = [div for div in page.all("div") if div.get("role") == "img"]
    assert bar["aria-label"] == "silent for 30 s of 1 min 30 s"
    assert [span["title"] for span in page.all("span") if "title" in span] == [
        "silent: 30 s", "left to wait: 1 min",
    ]  # fmt: skip


def test_a_silence_that_is_too_long_says_so() -> None:
    words = read(Silence(100.0, 0.0, 90.0, 0.01)._repr_html_()).text
    assert words.startswith("Silence of 1 min 40 s longer than is worth waiting for")
    assert "in under 0.0001 % of healthy imports" in words


def test_where_nobody_works_there_is_no_silence(fitted: Fit) -> None:
    assert read(fitted.stall(WHOLE)._repr_html_()).text == "Silence none to be judgedthe last state is done"


def test_a_silence_is_told_as_it_is_printed(fitted: Fit) -> None:
    silence = fitted.stall(HALF)
    words = read(silence._repr_html_()).text
    for part in (duration(silence.silence_s), duration(silence.wait_s), *silence.notes):
        assert part in words
        assert part in repr(silence)
