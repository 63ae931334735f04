"""The picture of a run: its states on a bar, and published progress under the truth, as one SVG.

Takes a record, and gives text whose length does not grow with the import. Axes for papers are in the plots.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from simimport.show.palette import PUBLISHED_COLOR, TRUTH_COLOR
from simimport.show.svg import Scale, axes, drawing, path, state_bar, written
from simimport.show.words import counted, duration, number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simimport.model.run.run import Run

__all__ = ["picture"]

_COLUMNS = 300
#: Up to so many steps each is drawn where it is; of more, the last in each column.
_STEPS = 150


def picture(run: Run) -> str:
    """Return the SVG of a run.

    Returns
    -------
    str
        An element ``svg``, 680 wide at most, in the colour of the text around it.
    """
    scale = Scale(run.duration_s)
    return drawing(_words(run), [*state_bar(run.stays, scale), *axes(scale), *_curves(run, scale)])


def _words(run: Run) -> str:
    """Return what the picture shows to those who cannot see it."""
    states = ", ".join(f"{stay.state} at {duration(stay.from_s)}" for stay in run.stays)
    truth = run.truth
    flushed = truth.flushed_users[-1] if truth.flushed else 0
    return (
        f"States: {states}. Processed at the end, of {counted(truth.users, 'user')}: "
        f"{number(int(flushed))} as published, {number(truth.processed)} in truth."
    )


def _curves(run: Run, scale: Scale) -> Iterator[str]:
    """Yield the true line, the published steps, and the gap between them."""
    if not run.truth.users or run.duration_s <= 0:
        yield written("no users" if not run.truth.users else "ended at once", scale)
        return
    at_s, truth = _truth(run)
    steps_s, published = _published(run)
    true_line = path(scale, at_s.tolist(), truth.tolist())
    stairs = path(scale, np.repeat(steps_s, 2)[1:].tolist(), np.repeat(published, 2)[:-1].tolist())
    back = " L".join(reversed(stairs[1:].split(" L")))
    yield f'<path d="{true_line} L{back} Z" fill="{TRUTH_COLOR}" fill-opacity="0.18" stroke="none"/>'
    yield (
        f'<path d="{stairs}" fill="none" stroke="{PUBLISHED_COLOR}" stroke-width="2" '
        'stroke-linejoin="round"><title>published</title></path>'
    )
    yield (
        f'<path d="{true_line}" fill="none" stroke="{TRUTH_COLOR}" stroke-width="1.5" '
        'stroke-dasharray="5 3"><title>in truth</title></path>'
    )


def _truth(run: Run) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the share of users that are processed, at instants from the creation to the end."""
    truth = run.truth
    finished_us = truth.finished_us
    if len(finished_us) <= _COLUMNS // 2:  # few enough to stand where they are, a step for each
        at_us = np.repeat(finished_us, 2)
        users = np.repeat(np.arange(len(finished_us) + 1), 2)[1:-1]
    else:
        # also where it is flat: a stall begins and ends at users' own instants, not in the middle of columns
        at_us = np.linspace(truth.run_us, truth.end_us, _COLUMNS).astype(np.int64)
        users = np.searchsorted(finished_us, at_us, side="right")
    at_us = np.concatenate([[0], at_us, [truth.end_us]])
    users = np.concatenate([[0], users, [truth.processed]])
    return at_us / 1e6, users / truth.users


def _published(run: Run) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return when the published share of processed users changed, and to what; the last is at the end."""
    truth = run.truth
    at_us, users = truth.flush_us, truth.flushed_users
    if truth.flushed > _STEPS:
        column = at_us * _COLUMNS // max(truth.end_us, 1)
        last = np.append(column[1:] != column[:-1], True)
        at_us, users = at_us[last], users[last]
    at_us = np.concatenate([[0], at_us, [truth.end_us]])
    users = np.concatenate([[0], users, users[-1:] if truth.flushed else [0]])
    return at_us / 1e6, users / run.truth.users
