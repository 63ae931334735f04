"""What one answer has to do with those before it: moves, counters and timestamps of one operation.

The moves follow from the one table of `simimport.model.states`. An answer by itself is judged in
`one_answer`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from simimport.model.states import STEP_STATE, TABLE, Move, State, Step
from simimport.service.contract.answer_shapes import states, steps
from simimport.service.contract.parts import FILE_IMPORTERS
from simimport.show.words import duration
from simimport.testing.answer import Facts

if TYPE_CHECKING:
    from simimport.model.dialects import Dialect

__all__ = ["CONSTANTS", "Moves", "Track"]

#: What an operation's document never changes.
CONSTANTS = ("ts", "user", "type", "importerKey")
# of the facts, those that move in an operation's life: they stand first
_MOVING = Facts._fields.index("updated") + 1
_MOVES = Facts._fields[:_MOVING]
# of a file's people only those are imported whom somebody selects, and all of them are the total
_SELECTED = tuple(FILE_IMPORTERS)
# two changes within one millisecond carry one timestamp
_TICK_S = 0.001

Found = Iterator[tuple[str, str]]


class Track:
    """What is known of one operation: its last answer, and since when its document stands still."""

    __slots__ = ("constants", "facts", "ident", "seen_s", "silent", "since_s")

    def __init__(self, ident: str, facts: Facts, constants: tuple[object, ...], at_s: float) -> None:
        self.ident = ident
        self.facts = facts
        self.constants = constants
        self.seen_s = self.since_s = at_s
        self.silent = False

    def follow(self, facts: Facts, at_s: float) -> None:
        """Take the facts of the next answer; those that cannot be read are as they were."""
        if facts.updated is not None and facts.updated != self.facts.updated:
            self.since_s, self.silent = at_s, False
        if None in facts[:_MOVING]:
            facts = Facts._make(
                old if new is None else new for old, new in zip(self.facts, facts, strict=True)
            )
        self.facts = facts


def _reachable(dialect: Dialect) -> Mapping[str, frozenset[str]]:
    """Return, for each state, those that one operation can be in later; itself among them.

    These are the moves of the table, but for `new`, which makes another operation, and all that follows from
    them: who reaches a state in the middle reaches whatever that reaches (Warshall's algorithm).
    """
    follow = {a: {a, *(b for o, b in TABLE[a].items() if o is not Move.NEW)} for a in State}
    if dialect.server:
        # a server only makes the operation invalid, and its importer may walk on to the end
        follow = {a: {State.ERROR if b is State.CANCELED else b for b in row} for a, row in follow.items()}
        follow[State.ERROR].add(State.DONE)
    for middle in State:
        for row in follow.values():
            row.update(follow[middle] if middle in row else ())
    return {state: frozenset(follow[state]) for state in states(dialect)}


class Moves:
    """Tells what is wrong between two answers of one operation.

    Parameters
    ----------
    dialect : Dialect
        Whose operation it is.
    batch_size : int
        How many users are published at once.
    still_s : float
        For how many seconds the document may stand still while importing.
    """

    def __init__(self, dialect: Dialect, batch_size: int, still_s: float) -> None:
        self.server = dialect.server
        self.batch_size = batch_size
        self.still_s = still_s
        self._reachable = _reachable(dialect)
        self._place = {step.value: place for place, step in enumerate(steps(dialect))}
        self._run = self._place[Step.IMPORTING_STARTED]
        self._beyond = self._place[Step.IMPORTING_CHANNELS] - dialect.contacts
        self._rules = (self._state, self._counters, self._total, self._updated)

    def next_batch(self, before: Facts, now: Facts) -> bool:
        """Return whether an answer is the one before and a batch more, or several: then nothing is wrong.

        Both are of one shape, and nothing is wrong with it.
        """
        # spelled out, and before all rules: a long trace consists of these
        _, step, valid, completed, error, total, updated, *_ = now
        _, _, _, was_completed, was_error, was_total, was_updated, *_ = before
        if step != Step.IMPORTING_USERS or not valid or updated is None or None in before[:_MOVING]:
            return False
        processed = completed + error  # type: ignore[operator]  # the shape says that they are numbers
        return (
            processed % self.batch_size == 0
            and processed <= total  # type: ignore[operator]
            and processed > was_completed + was_error  # type: ignore[operator]
            and total == was_total
            and completed >= was_completed  # type: ignore[operator]
            and error >= was_error  # type: ignore[operator]
            and updated > was_updated  # type: ignore[operator]
        )

    # one answer -----------------------------------------------------------------------------------

    def alone(self, facts: Facts, importer: object) -> Found:
        """Yield what is wrong with the counters of one answer of an importer's operation."""
        processed, total = facts.processed, facts.total
        if processed is None or total is None:
            return
        interrupted = self.server and facts.valid is False
        counters = f"completed {facts.completed} and error {facts.error}"
        if processed > total + (self.batch_size if interrupted else 0):
            more = f" by more than the {self.batch_size} that an interruption adds" if interrupted else ""
            yield "over-total", f"{counters} exceed the total {total}{more}"
        elif importer in _SELECTED and self._is_beyond(facts.step):
            return
        elif processed % self.batch_size and processed not in self._final_counts(total, interrupted):
            yield "off-batch", (
                f"{counters} make {processed}, neither the total {total} nor a multiple of the batch size "
                f"{self.batch_size} (if yours is another, give batch_size)"
            )
        elif facts.valid and processed != total and self._is_beyond(facts.step):
            yield "unfinished", f"{processed} of {total} users are processed at the step {facts.step}"

    def _final_counts(self, total: int, interrupted: bool) -> tuple[int, ...]:
        # the last, partial batch is counted twice where an interruption is noticed after it
        return (total, total + total % self.batch_size) if interrupted else (total,)

    def _is_beyond(self, step: str | None) -> bool:
        """Return whether the users' part is over."""
        return step is not None and self._beyond <= self._place[step] <= self._place[Step.DONE]

    # two answers ----------------------------------------------------------------------------------

    def between(self, before: Facts, now: Facts, apart_s: float) -> Found:
        """Yield what is wrong between two answers of one operation, so many seconds apart."""
        changed = [name for name, a, b in zip(_MOVES, before, now, strict=False)
                   if a != b and a is not None and b is not None]  # fmt: skip
        if not changed:
            return
        if self._has_ended(before):
            if not self._cleared_later(before, now, changed):
                changes = _changes(before, now, changed)
                yield "after-end", f"the operation had ended in {before.state}, and then {changes}"
            return
        if changed == ["updated"] and None not in now[:_MOVING] and None not in before[:_MOVING]:
            yield "updated-on-read", "_updatedAt moved, and nothing else did: reading changes nothing"
        elif "updated" not in changed and apart_s >= _TICK_S and now.updated is not None and before.updated:
            yield "updated-late", f"{_changes(before, now, changed)}, and _updatedAt did not move"
        for rule in self._rules:
            yield from rule(before, now)

    def _has_ended(self, facts: Facts) -> bool:
        """Return whether nothing may follow: it has ended, or it is invalid and was never run."""
        if facts.state is None or facts.state not in self._reachable:
            return False
        if not (self.server and facts.state == State.ERROR):
            return State(facts.state).terminal
        return facts.step is not None and STEP_STATE[Step(facts.step)] is not State.IMPORTING

    def _cleared_later(self, before: Facts, now: Facts, changed: list[str]) -> bool:
        """Return whether a server's operation that was done was cleared: it stays done, and is invalid."""
        only = set(changed) <= {"valid", "updated"} and "valid" in changed
        return self.server and only and before.state == State.DONE and bool(before.valid)

    def _state(self, before: Facts, now: Facts) -> Found:
        was, step = before.state, before.step
        if was is not None and now.state is not None and now.state not in self._reachable[was]:
            yield "illegal-move", f"the state went from {was} to {now.state} within one operation"
        elif step is not None and now.step is not None and self._place[now.step] < self._place[step]:
            yield "step-back", f"the step went from {step} back to {now.step}"
        elif before.valid is False and now.valid:
            yield "illegal-move", "an invalid operation became valid again"

    def _counters(self, before: Facts, now: Facts) -> Found:
        pairs = (("completed", before.completed, now.completed), ("error", before.error, now.error))
        falls = [
            f"{name} fell from {was} to {is_now}"
            for name, was, is_now in pairs
            if was is not None and is_now is not None and is_now < was
        ]
        if falls:
            yield "counter-fell", " and ".join(falls)

    def _total(self, before: Facts, now: Facts) -> Found:
        was, total = before.total, now.total
        if was is None or total is None or was == total or before.step is None:
            return
        if self._place[before.step] >= self._run:
            yield "total-changed", f"the total went from {was} to {total} after the operation was run"
        elif total < was:
            yield "total-changed", f"the total fell from {was} to {total}: users can only be added"

    def _updated(self, before: Facts, now: Facts) -> Found:
        if before.updated is not None and now.updated is not None and now.updated < before.updated:
            yield "updated-back", f"_updatedAt went from {before.updated} back to {now.updated}"

    def silence(self, track: Track, at_s: float) -> Found:
        """Yield that the document stands still for too long, once per silence."""
        if track.facts.state == State.IMPORTING and not track.silent and at_s - track.since_s > self.still_s:
            track.silent = True
            yield "silence", f"importing, and nothing was published for {duration(at_s - track.since_s)}"


def _changes(before: Facts, now: Facts, changed: list[str]) -> str:
    """Return in words what changed; the timestamp only where nothing else did."""
    names = [name for name in changed if name != "updated"]
    if not names:
        return "_updatedAt changed"
    parts = []
    for name in names[:2]:
        was, is_now = getattr(before, name), getattr(now, name)
        parts.append(f"{name} changed from {_as_json(was)} to {_as_json(is_now)}")
    return " and ".join(parts)


def _as_json(value: object) -> str:
    """Return a fact as it stands in the body; words without their quotes."""
    return str(value).lower() if isinstance(value, bool) else str(value)
