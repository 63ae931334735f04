"""When the flushes were that answers show: dated by ``_updatedAt``, or else between two polls.

Knows no batches but one, the one in flight, and no users but those published.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simimport.analysis.fitting.shown.seen import Seen
from simimport.model.run.timeline import STEP_US
from simimport.model.states import State, Step

__all__ = ["Flushes", "at_work", "flushes", "in_flight_since_s"]

Floats = NDArray[np.float64]

#: Between the last flush and a later step lie as many short steps (as simulated; servers are alike).
_AFTER_US = {
    Step.IMPORTING_STARTED: -STEP_US,
    Step.IMPORTING_MESSAGES: STEP_US,
    Step.FINISHING: 2 * STEP_US,
    Step.DONE: 3 * STEP_US,
}
#: ``_updatedAt`` is cut to milliseconds: uniform over one.
_CUT_S2 = 1e-6 / 12


class Flushes(NamedTuple):
    """The flushes that answers show, the first being the beginning of the work.

    Parameters
    ----------
    places : list of int
        Of each, the first answer that shows it.
    at_s, noise_s2 : ndarray of float64
        When it was, in seconds after ``ts``, and the variance of the error in that, in s².
    dated : bool
        Whether some are dated by ``_updatedAt``.
    offset_s : float
        By how much the trace's clock is ahead of the document's.
    """

    places: list[int]
    at_s: Floats
    noise_s2: Floats
    dated: bool
    offset_s: float


def flushes(seen: Sequence[Seen]) -> Flushes:
    """Return the flushes that answers show, each with its date."""
    # The document's clock begins at its `ts`, the trace's anywhere. A change is made before it is seen, so
    # each answer bounds from above by how much the one is ahead of the other; the least of many is close.
    ahead = (answer.at_s - answer.updated_s for answer in seen if not math.isnan(answer.updated_s))
    offset_s = min(ahead, default=0.0)
    places = _first_at_each_count(seen)
    dates = [_date_of_flush(seen, place, offset_s) for place in places]
    at_s = np.array([at_s for at_s, _ in dates])
    noise_s2 = np.array([noise_s2 for _, noise_s2 in dates])
    return Flushes(places, at_s, noise_s2, any(noise == _CUT_S2 for _, noise in dates), offset_s)


def _first_at_each_count(seen: Sequence[Seen]) -> list[int]:
    """Return the first answer at each new count, from the beginning of the work on."""
    places: list[int] = []
    for place, answer in enumerate(seen):
        begun = answer.state is State.IMPORTING or answer.processed > 0
        if begun and (not places or answer.processed > seen[places[-1]].processed):
            places.append(place)
        elif begun and answer.processed == 0 and answer.step is Step.IMPORTING_USERS:
            # dates the beginning better than importing_started does
            places[-1] = place if seen[places[-1]].step is Step.IMPORTING_STARTED else places[-1]
    begun_unseen = places and places[0] and seen[places[0]].processed
    if begun_unseen and seen[places[0] - 1].state is not State.IMPORTING:
        # after the answer before
        places.insert(0, places[0] - 1)
    return places


def _date_of_flush(seen: Sequence[Seen], place: int, offset_s: float) -> tuple[float, float]:
    """Return when the flush that an answer shows was, in seconds after ``ts``, and its variance in s²."""
    answer = seen[place]
    if not at_work(answer) and place + 1 < len(seen):
        # It began between this answer and the next, which shows flushes already: anywhere between, uniformly,
        # whose variance is a twelfth of the width's square.
        after_s = seen[place + 1].updated_s
        after_s = seen[place + 1].at_s - offset_s if math.isnan(after_s) else after_s
        width = max(after_s - (answer.at_s - offset_s), 0.0)
        return answer.at_s - offset_s + width / 2, width**2 / 12
    if not math.isnan(answer.updated_s):
        # the document's last change: the flush itself, or a later step, of which it is known how much later
        return answer.updated_s - _AFTER_US.get(answer.step, 0) / 1e6, _CUT_S2
    # without a date it was after the poll before, and before this one
    before_s = seen[place - 1].at_s if place else answer.at_s
    return (answer.at_s + before_s) / 2 - offset_s, (answer.at_s - before_s) ** 2 / 12


def in_flight_since_s(seen: Sequence[Seen], shown: Flushes, batches: float) -> float:
    """Return when the batch in flight began, on the trace's clock, `batches` having been flushed; or NaN."""
    if not shown.places:
        return math.nan
    answer = seen[shown.places[-1]]
    flushed_s = float(shown.at_s[-1])
    if not math.isnan(answer.updated_s) or len(shown.places) < 2 or not batches:
        return float(flushed_s + shown.offset_s)
    # Of the flushes between two polls it was the last, so less than a batch before the poll: in the middle of
    # a batch's time, or of that between the polls where this is shorter.
    batch_s = float(shown.at_s[-1] - shown.at_s[0]) / batches
    return answer.at_s - min(2 * (answer.at_s - shown.offset_s - flushed_s), batch_s) / 2


def at_work(answer: Seen) -> bool:
    """Return whether an answer shows a flush, or the beginning of the work."""
    return answer.state in (State.IMPORTING, State.DONE, State.CANCELED)
