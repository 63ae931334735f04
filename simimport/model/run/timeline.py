"""What the server's document says, from change to change: one record, in each dialect.

Takes a course and gives an array, one row per change. Knows no JSON, and draws nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from simimport.model.run.course import STEP_US, Course, Ending, asked_us, ending
from simimport.model.states import STEP_STATE, State, Step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from simimport.model.dialects import Dialect

__all__ = ["STEP_US", "WORDS", "Change", "Timeline", "cleared", "created", "staged", "timeline"]

_STATES = tuple(State)
_STEPS = tuple(Step)
#: What the numbers stand for in the columns of a timeline that have words.
WORDS: Mapping[str, tuple[str, ...]] = {"state": tuple(map(str, _STATES)), "step": tuple(map(str, _STEPS))}
_STATE = {state: code for code, state in enumerate(_STATES)}
_STEP = {step: code for code, step in enumerate(_STEPS)}
# before anything is in the operation; what failed then has nothing in it either
_UNSTAGED = (
    Step.NEW, Step.UPLOADING, Step.DOWNLOADING_FILE, Step.FILE_LOADED, Step.PREPARING_USERS, Step.FAILED,
)  # fmt: skip
_KIND = np.dtype([
    ("at_us", np.int64), ("state", np.int8), ("step", np.int8), ("completed", np.int64), ("error", np.int64),
    ("total", np.int64), ("batch", np.int64), ("valid", np.bool_),
])  # fmt: skip


class Change(NamedTuple):
    """One change of the document, and what it says from then on."""

    at_us: int
    state: State
    step: Step
    completed: int
    error: int
    total: int
    batch: int
    valid: bool

    @property
    def staged(self) -> bool:
        """Whether data had been added by then, so that a server's document has counters."""
        return self.total > 0 or self.step not in _UNSTAGED


@dataclass(frozen=True, eq=False)
class Timeline:
    """Every change of the published document, in order of time.

    Of several changes at one instant only the last is here: nobody can see the others.
    """

    rows: NDArray[Any]

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def _instants(self) -> list[int]:
        # bisect in a list of ints is faster than searchsorted for one instant
        return self.rows["at_us"].tolist()  # type: ignore[no-any-return]

    @cached_property
    def _values(self) -> list[tuple[Any, ...]]:
        # plain values, for the same reason
        return self.rows.tolist()  # type: ignore[no-any-return]

    def index(self, at_us: int) -> int:
        """Return which change is in force at an instant; -1 before the creation."""
        return bisect_right(self._instants, at_us) - 1

    def change(self, index: int) -> Change:
        """Return one change, in plain Python values."""
        at_us, state, step, completed, error, total, batch, valid = self._values[index]
        return Change(at_us, _STATES[state], _STEPS[step], completed, error, total, batch, valid)

    def state(self, at_us: int) -> State:
        """Return the state that is published at an instant."""
        index = self.index(at_us)
        return self.change(index).state if index >= 0 else State.NONE


def created(state: State) -> Change:
    """Return what an operation says when it is created, given where that leads; time 0 is then."""
    return Change(0, state, Step.NEW, 0, 0, 0, 0, valid=True)


def staged(before: Change, at_us: int, users: int, state: State) -> Change:
    """Return what an operation that has not been run says once users are added, given where that leads."""
    return before._replace(at_us=at_us, state=state, step=Step.USER_SELECTION, total=before.total + users)


def cleared(before: Change, at_us: int, state: State, dialect: Dialect) -> Change:
    """Return what an operation that has not been run says once it is cleared, given where that leads.

    The page shows that state. A server's document has no word for it: a clear only makes the operation
    invalid, its step stays, and whatever is invalid and not done reads as an error. That is how the dialect
    tells it, and not another move. Of one that has ended nothing changes but that.
    """
    if before.state.terminal:
        return before._replace(at_us=at_us, valid=False) if dialect.server else before
    if dialect.server:
        return before._replace(at_us=at_us, state=State.ERROR, valid=False)
    return before._replace(at_us=at_us, state=state, step=Step.CANCELLED, valid=False)


def timeline(course: Course, clear_us: int | None, dialect: Dialect) -> Timeline:
    """Return what is published of a course, given when an administrator clears it, if one does."""
    if dialect.server:
        return Timeline(_by_server(course, clear_us, dialect.contacts))
    return Timeline(_by_page(course, clear_us))


def _by_page(course: Course, clear_us: int | None) -> NDArray[Any]:
    """Return what is published as the documentation page has it: what interrupts the operation ends it."""
    end = ending(course, clear_us)
    before, flushes = _before(course), _flushes(course, end.flushed)
    if end.state is State.ERROR:
        rows = _until(_in_order(before, flushes), end.end_us)
        return _put(rows, end.end_us, _ended(State.ERROR, Step.FAILED))
    if end.flushed == len(course.batch_s):
        last = flushes if len(flushes) else before
        rows = _in_order(before, flushes, _walk(last, course.worked_us, contacts=False))
    else:
        rows = _in_order(before, flushes)
    if end.state is State.CANCELED:
        # a clear may have come before the run or in the last three steps: what was to follow is cut off
        return _put(_until(rows, end.end_us), end.end_us, _ended(State.CANCELED, Step.CANCELLED))
    return rows


def _by_server(course: Course, clear_us: int | None, contacts: bool) -> NDArray[Any]:
    """Return what is published as real servers do it, which have no state for a cancel.

    ``import.clear`` writes ``valid: false`` into the operation's document and leaves the step alone. Whoever
    asks for the status reads an error from then on, unless the step is ``importer_done``; the importer, which
    works on a copy, has not noticed yet. Read from Rocket.Chat's ``Importer.ts``, ``UserConverter.ts`` and
    ``startup/setImportsToInvalid.js``, 6.3 to 8.x.
    """
    end, asked = ending(course, clear_us), asked_us(course, clear_us)
    rows = _in_order(_before(course), _flushes(course, end.flushed))
    if end.state is State.ERROR:
        # A crash is a restart of the server, which makes every operation invalid as it comes up. Nobody goes
        # on with it: step and counters stay as they were at the last flush.
        rows = _until(rows, end.end_us)
        asked = end.end_us if asked is None else min(asked, end.end_us)
    elif end.state is State.CANCELED and end.end_us < course.run_us:
        # Cleared before it was run, so there is no importer that could notice; it stays where it is.
        rows = _until(rows, end.end_us)
    elif end.state is State.CANCELED and end.flushed and _in_flight(course, clear_us):
        rows = _noticed(rows, course, end, contacts)
    else:
        # Nobody asked, or after the last flush: the importer looks only after a flush, and walks on to done.
        rows = _in_order(rows, _walk(rows, course.worked_us, contacts))
    return rows if asked is None else _invalid_from(rows, asked)


def _noticed(rows: NDArray[Any], course: Course, end: Ending, contacts: bool) -> NDArray[Any]:
    """Return what follows when the importer notices, after the flush of the batch in flight, that it is off.

    That batch was inserted before anybody looked, so its users exist and are among ``completed`` and
    ``error`` already. The exception by which the importer stops is then taken for a failed insert: all of
    the batch is added to ``error`` once more, and the sum may exceed the total.
    """
    size = end.processed - (end.flushed - 1) * course.scenario.batch_size
    rows = _put(rows, end.end_us, {"error": rows[-1]["error"] + size})
    if size == course.scenario.batch_size:
        # After a full batch it is raised and caught inside the loop over batches. No further batch is taken,
        # the other phases find nothing to do, and the operation ends as done, of all things.
        return _in_order(rows, _walk(rows, end.end_us, contacts))
    # After the last, partial batch it leaves the loop, and nobody catches it: the import has failed.
    return _put(rows, end.end_us, {"step": _STEP[Step.FAILED]})


def _in_flight(course: Course, clear_us: int | None) -> bool:
    """Return whether a cancel that ends the import found a batch in flight; else all were flushed before."""
    return course.cancel is not None or (clear_us is not None and clear_us < course.worked_us)


def _before(course: Course) -> NDArray[Any]:
    """Return the changes before the first flush."""
    steps = [(0, Step.NEW)]
    loading_us = course.ready_us - course.load_us
    if loading_us:
        thirds = (Step.UPLOADING, Step.FILE_LOADED, Step.PREPARING_USERS)
        steps += [(course.load_us + round(third * loading_us / 3), step) for third, step in enumerate(thirds)]
    steps += [
        (course.ready_us, Step.USER_SELECTION),
        (course.run_us, Step.IMPORTING_STARTED),
        (course.run_us + STEP_US, Step.IMPORTING_USERS),
    ]
    rows = np.zeros(len(steps), dtype=_KIND)
    rows["at_us"] = [at_us for at_us, _ in steps]
    rows["step"] = [_STEP[step] for _, step in steps]
    rows["state"] = [_STATE[STEP_STATE[step]] for _, step in steps]
    rows["total"] = np.where(rows["at_us"] >= course.ready_us, course.users, 0)
    rows["valid"] = True
    return rows


def _flushes(course: Course, batches: int) -> NDArray[Any]:
    """Return the changes of the counters, one for each of the first `batches`."""
    rows = np.zeros(batches, dtype=_KIND)
    rows["at_us"] = course.flush_us[:batches]
    rows["state"], rows["step"] = _STATE[State.IMPORTING], _STEP[Step.IMPORTING_USERS]
    rows["error"] = np.cumsum(course.errors[:batches])
    rows["completed"] = course.flushed_users[:batches] - rows["error"]
    rows["total"] = course.users
    rows["batch"] = np.arange(1, batches + 1)
    rows["valid"] = True
    return rows


def _walk(rows: NDArray[Any], from_us: int, contacts: bool) -> NDArray[Any]:
    """Return the short steps from the last flush to the end; the counters stay at the last of `rows`."""
    last = rows[-1:]
    steps = [Step.IMPORTING_CHANNELS, Step.IMPORTING_MESSAGES, Step.FINISHING, Step.DONE]
    begins = [from_us + place * STEP_US for place in range(4)]
    if contacts:
        steps.insert(0, Step.IMPORTING_CONTACTS)
        begins.insert(1, from_us + STEP_US // 2)
    walk = np.repeat(last, len(steps))
    walk["at_us"] = begins
    walk["step"] = [_STEP[step] for step in steps]
    walk["state"] = [_STATE[STEP_STATE[step]] for step in steps]
    return walk


def _ended(state: State, step: Step) -> dict[str, Any]:
    return {"state": _STATE[state], "step": _STEP[step], "valid": False}


def _in_order(*parts: NDArray[Any]) -> NDArray[Any]:
    """Join rows that follow one another, keeping the last of each instant."""
    # filled part by part: NumPy, asked to join, works out what kinds of rows have in common each time
    rows, length = np.empty(sum(map(len, parts)), dtype=_KIND), 0
    for part in parts:
        rows[length : length + len(part)] = part
        length += len(part)
    last = np.ones(len(rows), dtype=np.bool_)
    last[:-1] = rows["at_us"][1:] != rows["at_us"][:-1]
    return rows[last]


def _until(rows: NDArray[Any], at_us: int) -> NDArray[Any]:
    return rows[rows["at_us"] <= at_us]


def _put(rows: NDArray[Any], at_us: int, changes: dict[str, Any]) -> NDArray[Any]:
    """Return the rows with a change at an instant: what was in force then, but for `changes`."""
    index = int(np.searchsorted(rows["at_us"], at_us, side="right")) - 1
    row = rows[index : index + 1].copy()
    row["at_us"] = at_us
    for column, value in changes.items():
        row[column] = value
    return _in_order(rows[: index + 1], row, rows[index + 1 :])


def _invalid_from(rows: NDArray[Any], at_us: int) -> NDArray[Any]:
    """Make the operation invalid from an instant on: whatever is not done then reads as an error."""
    rows = _put(rows, at_us, {"valid": False})
    after = rows["at_us"] >= at_us
    rows["valid"][after] = False
    rows["state"][after & (rows["step"] != _STEP[Step.DONE])] = _STATE[State.ERROR]
    return rows
