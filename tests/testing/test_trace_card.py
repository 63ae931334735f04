"""Traces in a notebook: what their card says, and that it is short and harmless whatever they hold."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given

from simimport import PRESETS, Trace, observe, read_trace, simulate
from simimport.show.palette import STATE_COLORS, UNKNOWN_COLOR
from simimport.testing import card
from simimport.testing.answer import facts_of
from simimport.testing.traces import Recorded
from tests.analysis.fitting.test_hostile_traces import ANSWERS
from tests.foreign import moves
from tests.markup import Page, read

RUN = simulate(PRESETS["stalls_at_99"], seed=7)
TRACE = Trace(observe(RUN, every_s=5))


def shown(answers: Any) -> Page:
    """Return what a notebook shows, and see that it is short."""
    html = Trace(answers)._repr_html_()
    assert len(html) < 30_000
    return read(html)


def facts(page: Page) -> dict[str, str]:
    return {row[0]: row[1] for row in page.rows}


def picture(html: str) -> ET.Element:
    return ET.fromstring(re.findall(r"<svg.*</svg>", html, re.DOTALL)[0])  # noqa: S314 - our own text


def test_it_says_what_was_seen() -> None:
    page = read(TRACE._repr_html_())
    assert page.elements[0][1]["aria-label"] == repr(TRACE)
    assert page.text.startswith(f"Trace done after 12 min 55 s {len(TRACE)} answers")
    assert "new 5 s ready 5 s importing 12 min 45 s done at 12 min 55 s" in page.text
    assert facts(page) == {
        "": "what was answered",
        "answers": "5 s apart in the median, 5 s at most",
        "published at last": "4,892 completed, 108 error, 0 remaining of 5,000",
        "dialect": "docs",
    }
    assert "a row per answer: trace.to_frame(); broken rules: lint(trace)" in page.text


def test_the_picture_has_states_and_what_was_published() -> None:
    root = picture(TRACE._repr_html_())
    assert root.attrib["aria-label"] == (
        "States as they were seen: new at 0 s, ready at 5 s, importing at 10 s, done at 12 min 55 s. "
        "Published as processed at last: 100 %."
    )
    states = ["new", "ready", "importing", "done"]
    assert [bar.attrib["fill"] for bar in root.iter("rect")] == [STATE_COLORS[state] for state in states]
    (line,) = [path.attrib["d"] for path in root.iter("path")]
    x, y = np.array([[float(word) for word in pair.split()] for pair in line[1:].split(" L")]).T
    assert (np.diff(x) >= 0).all()
    assert (np.diff(y) <= 0).all()  # up is less
    assert (x[0], x[-1], y[0], y[-1]) == (46, 652, 164, 26)
    # the stall is flat: ten minutes of thirteen
    assert np.diff(x).max() > 606 * 590 / 775


def test_refusals_are_counted_and_end_no_state() -> None:
    bodies = dict(enumerate(body for _, body in RUN.responses()))
    answers = [
        (0, bodies[0]),
        (5, 503, "busy"),
        (10, 503, ""),
        (15, 0, None),
        (20, "<html>"),
        (25, bodies[0]),
    ]
    page = shown(answers)
    assert facts(page)["without a state"] == "2 × HTTP 503, 1 × no answer, 1 × HTTP 200 without a state"
    assert page.text.startswith("Trace new after 25 s 6 answers")
    assert "new at 0 s" in page.text
    assert shown(answers[:2]).text.startswith("Trace HTTP 503 after 5 s 2 answers")
    many = shown([(at_s, 400 + at_s, "") for at_s in range(9)])
    assert facts(many)["without a state"].endswith("1 × HTTP 402, 6 other kinds")


def test_a_trace_without_answers_says_so() -> None:
    assert shown([]).text == "Trace no answers"


def test_one_answer_alone_needs_no_picture() -> None:
    html = Trace([(5, {"state": "none"})])._repr_html_()
    assert "<svg" not in html
    assert facts(read(html))["answers"] == "one alone"


def test_time_that_goes_back_has_no_picture_and_no_lengths() -> None:
    page = shown([(5, {"state": "new"}), (0, {"state": "done"})])
    assert facts(page)["answers"] == "not in the order of their instants"
    assert "new done" in page.text
    assert not page.all("svg")


@pytest.mark.parametrize("at_s", [1e300, 1e308])
def test_instants_beyond_all_clocks_have_no_picture(at_s: float) -> None:
    assert not shown([(-at_s, {"state": "new"}), (at_s, {"state": "done"})]).all("svg")


def test_a_state_that_is_none_has_its_word_and_a_colour_of_its_own() -> None:
    html = Trace([(0, {"state": "<b>new"}), (5, {"state": "new"})])._repr_html_()
    assert [bar.attrib["fill"] for bar in picture(html).iter("rect")] == [UNKNOWN_COLOR, STATE_COLORS["new"]]
    assert "<b>new 5 s" in read(html).text


def test_where_it_was_read_and_how(tmp_path: Any) -> None:
    path = tmp_path / "<img>.jsonl"
    path.write_text("\n".join('{"success": true, "state": "none"}' for _ in range(3)))
    trace = read_trace(path)
    page = read(trace._repr_html_())
    assert str(path)[:60] in facts(page)["read from"]
    assert trace.read_as
    assert facts(page)["read as"] == trace.read_as


def test_whatever_a_trace_holds_its_card_is_short() -> None:
    endless = Trace([(0, {"state": "x" * 1_000_000}), (1, {"state": "new"})], path="y" * 1_000_000)
    assert len(endless._repr_html_()) < 10_000
    assert len(repr(endless)) < 200
    restless = Trace([(at_s, {"state": f"<{at_s}>"}) for at_s in range(5000)])
    page = read(restless._repr_html_())
    assert "and 4,992 more changes of state" in page.text
    assert not page.all("svg")
    assert len(restless._repr_html_()) < 10_000


def test_of_a_hundred_thousand_answers_few_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [answer for answer in TRACE for _ in range(700)]
    long = Trace(Recorded(float(at_s), 200, answer.body) for at_s, answer in enumerate(answers))
    assert len(long) > 100_000
    bodies = []

    def counted(body: Any, http_status: int = 200) -> Any:
        bodies.append(body)
        return facts_of(body, http_status)

    monkeypatch.setattr(card, "facts_of", counted)
    html = long._repr_html_()
    assert len(html) < 20_000
    assert len(bodies) <= 302
    # the last one too
    assert picture(html).attrib["aria-label"].endswith("100 %.")


@given(ANSWERS)
def test_any_trace_shows_itself(answers: list[tuple[float, int, Any]]) -> None:
    page = shown(answers)
    assert moves(page.text.replace("\n", "")) == ""


def test_looking_changes_nothing() -> None:
    html = TRACE._repr_html_()
    assert TRACE._repr_html_() == html
    assert TRACE[2:5]._repr_html_() != html
