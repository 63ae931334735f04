"""How a trace shows itself in a notebook: its states, what was published, and what its answers are like.

Shows little, however many answers there are and whatever they say. Judges nothing (that is `lint`).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from simimport.model.cards import badge
from simimport.show.html import DIM, bar, card, code, heading, note, swatch, table, text
from simimport.show.palette import OUTCOME_COLORS, PUBLISHED_COLOR
from simimport.show.svg import Scale, axes, drawing, path, state_bar
from simimport.show.words import counted, cut, duration, number, percent
from simimport.testing.answer import facts_of
from simimport.testing.dialect_guess import guessed

if TYPE_CHECKING:
    from simimport.testing.traces import Recorded, Trace

__all__ = ["trace"]

_LONGEST_NAME, _LONGEST_WORD = 120, 40
# so many states and kinds of refusals are named, and so many states have room in the picture
_STATES, _KINDS, _DRAWN_STATES = 8, 3, 60
#: So many answers are read for the line of the picture, at even distances.
_POINTS = 300
# the instants of a broken recorder may be as far apart as floats are
_LONGEST_S = 1e9


@dataclass(frozen=True)
class _Course:
    """What the answers of a trace tell one after another; instants count from the first answer.

    Parameters
    ----------
    stays : list of (str, float)
        The states, and from when on each was seen; refusals in between end none.
    stateless : dict
        How many answers tell no state, by what they are instead.
    last : Recorded or None
        The last answer that tells a state.
    in_order : bool
        Whether no instant is before the one in front of it.
    """

    stays: list[tuple[str, float]]
    stateless: dict[str, int]
    last: Recorded | None
    in_order: bool


def trace(shown: Trace) -> str:
    """Return the HTML of a trace."""
    answers = shown.answers
    if not answers:
        return card(heading("Trace", "no answers"), label=repr(shown))
    course = _course_of(answers)
    last_s = answers[-1].at_s - answers[0].at_s
    end = badge(course.stays[-1][0]) if answers[-1] is course.last else text(_kind_of(answers[-1]))
    about = heading(
        "Trace", f"<strong>{end}</strong> after {duration(last_s)}", counted(len(answers), "answer")
    )
    rows = table(("", "what was answered"), _facts(shown, course), caption="What was answered")
    more = note(f"a row per answer: {code('trace.to_frame()')}; broken rules: {code('lint(trace)')}")
    return card(about, _states(course), _picture(answers, course), rows, more, label=repr(shown))


def _course_of(answers: Sequence[Recorded]) -> _Course:
    begin_s = answers[0].at_s
    stays: list[tuple[str, float]] = []
    stateless: Counter[str] = Counter()
    last = None
    for answer in answers:
        state = answer.state
        if state is None:
            stateless[_kind_of(answer)] += 1
            continue
        last = answer
        if not stays or stays[-1][0] != state:
            stays.append((state, answer.at_s - begin_s))
    in_order = all(before.at_s <= after.at_s for before, after in pairwise(answers))
    return _Course(stays, dict(stateless.most_common()), last, in_order)


def _kind_of(answer: Recorded) -> str:
    """Return what an answer is that tells no state."""
    if answer.http_status == 0:
        return "no answer"
    return f"HTTP {answer.http_status}" + (" without a state" if answer.http_status == 200 else "")


def _states(course: _Course) -> str:
    """Return the first states, with how long each was seen; of the last, since when."""
    parts = []
    for place, (state, from_s) in enumerate(course.stays[:_STATES]):
        is_last = place + 1 == len(course.stays)
        words = f"at {duration(from_s)}" if is_last else duration(course.stays[place + 1][1] - from_s)
        how_long = f' <span style="{DIM}">{words}</span>' if course.in_order else ""
        parts.append(f'<span style="margin-right:12px">{badge(state, how_long)}</span>')
    left = len(course.stays) - _STATES
    if left > 0:
        parts.append(f'<span style="{DIM}">and {counted(left, "more change")} of state</span>')
    return f'<div style="margin-bottom:4px">{" ".join(parts)}</div>' if parts else ""


def _facts(shown: Trace, course: _Course) -> list[tuple[str, str]]:
    answers = shown.answers
    guess = guessed(answers)
    facts = [
        ("answers", _how_often(answers, course.in_order)),
        ("published at last", _published(course.last)),
    ]
    if course.stateless:
        kinds = [f"{number(many)} × {kind}" for kind, many in course.stateless.items()]
        more = [f"{counted(len(kinds) - _KINDS, 'other kind')}"] if len(kinds) > _KINDS else []
        facts.append(("without a state", ", ".join([*kinds[:_KINDS], *more])))
    facts.append(("dialect", guess.dialect + (f", as it looks: {text(guess.doubt)}" if guess.doubt else "")))
    if shown.path is not None:
        facts.append(("read from", code(shown.path, _LONGEST_NAME)))
    if shown.read_as:
        facts.append(("read as", text(shown.read_as, 2 * _LONGEST_NAME)))
    return facts


def _how_often(answers: Sequence[Recorded], in_order: bool) -> str:
    """Return how far apart answers are, if they are in order."""
    if not in_order:
        return "not in the order of their instants"
    apart_s = [after.at_s - before.at_s for before, after in pairwise(answers)]
    if not apart_s:
        return "one alone"
    return f"{duration(median(apart_s))} apart in the median, {duration(max(apart_s))} at most"


def _published(last: Recorded | None) -> str:
    """Return the counters of an answer, and a bar of them where they are some."""
    facts = facts_of(None) if last is None else facts_of(last.body, last.http_status)
    if facts.completed is None or facts.error is None or facts.total is None:
        return "no counters"
    amounts = (facts.completed, facts.error, facts.total - facts.completed - facts.error)
    words = (
        f"{number(amounts[0])} completed, {number(amounts[1])} error, "
        f"{number(amounts[2])} remaining of {number(facts.total)}"
    )
    # what is beyond all users has no width
    if not facts.total or min(amounts) < 0 or facts.total >= 2**63:
        return words
    return words + bar(
        zip(("completed", "error", "remaining"), amounts, OUTCOME_COLORS.values(), strict=True), words
    )


def _picture(answers: Sequence[Recorded], course: _Course) -> str:
    """Return states and published progress as a picture; nothing where there is none to be seen."""
    stays = course.stays
    span_s = answers[-1].at_s - answers[0].at_s
    if not stays or len(stays) > _DRAWN_STATES or not course.in_order or not 0 < span_s < _LONGEST_S:
        return ""
    scale = Scale(span_s)
    edges_s = [*(from_s for _, from_s in stays[1:]), math.inf]
    states = state_bar([(*stay, to_s) for stay, to_s in zip(stays, edges_s, strict=True)], scale)
    at_s, shares = _progress(answers)
    lines = []
    if len(at_s) > 1:
        stairs = path(scale, _twice(at_s)[1:], _twice(shares)[:-1])
        lines.append(
            f'<path d="{stairs}" fill="none" stroke="{PUBLISHED_COLOR}" stroke-width="2" '
            'stroke-linejoin="round"><title>published</title></path>'
        )
    drawn = drawing(_in_words(stays, shares), [*states, *axes(scale), *lines])
    keys = f"{swatch(PUBLISHED_COLOR)}published as processed, of the users staged"
    return drawn + f'<div style="margin:2px 0 8px 46px">{keys}</div>'


def _twice(values: Sequence[float]) -> list[float]:
    return [value for value in values for _ in range(2)]


def _in_words(stays: Sequence[tuple[str, float]], shares: Sequence[float]) -> str:
    """Return what the picture shows to those who cannot see it."""
    words = ", ".join(
        f"{cut(state, _LONGEST_WORD)} at {duration(from_s)}" for state, from_s in stays[:_STATES]
    )
    more = f" and {counted(len(stays) - _STATES, 'more change')}" if len(stays) > _STATES else ""
    processed = f" Published as processed at last: {percent(shares[-1])}." if shares else ""
    return f"States as they were seen: {words}{more}.{processed}"


def _progress(answers: Sequence[Recorded]) -> tuple[list[float], list[float]]:
    """Return when which share of the users was published as processed, after the first answer."""
    begin_s = answers[0].at_s
    step = -(-len(answers) // _POINTS)
    at_s, shares = [], []
    for answer in [*answers[:-1:step], answers[-1]]:
        facts = facts_of(answer.body, answer.http_status)
        if facts.processed is None or facts.total is None:
            continue
        at_s.append(answer.at_s - begin_s)
        shares.append(min(max(facts.processed, 0), facts.total) / facts.total if facts.total > 0 else 0.0)
    return at_s, shares
