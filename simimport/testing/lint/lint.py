"""lint: rules that any trace of ``import.status`` must keep, recorded or simulated, and what breaks them.

Walks the answers and gathers. One answer by itself is judged in `one_answer`, two in `two_answers`.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from simimport.checks import is_number, positive, whole
from simimport.errors import ParameterError, brief, suggestion
from simimport.model.dialects import DIALECTS
from simimport.show.words import duration
from simimport.testing.answer import Facts, facts_of
from simimport.testing.dialect_guess import guessed
from simimport.testing.lint.one_answer import Shapes
from simimport.testing.lint.rules import RULES, Rule
from simimport.testing.lint.two_answers import CONSTANTS, Moves, Track
from simimport.testing.trace_files import trace_of
from simimport.testing.traces import Trace

if TYPE_CHECKING:
    import pandas as pd

    from simimport.model.dialects import Dialect
    from simimport.testing.lint.one_answer import Shape
    from simimport.testing.traces import Recorded

__all__ = ["AUTO", "RULES", "Rule", "dialect_for", "doubt_of", "lint", "patience_s"]

#: The dialect that a trace looks like.
AUTO = "auto"


def lint(
    trace: Trace | Iterable[Any] | str | os.PathLike[str],
    *,
    dialect: str = AUTO,
    batch_size: int = 50,
    still_s: float = 120.0,
) -> pd.DataFrame:
    """Return what is wrong with a trace: a row per rule that an answer breaks.

    Parameters
    ----------
    trace : Trace, iterable, DataFrame or path
        The answers, simulated or recorded; polls may have skipped any of them. What `Trace` takes will do,
        and the path of what `read_trace` reads.
    dialect : {"auto", "docs", "server-6.3", "server-7.4", "server-8.3"}
        By whose rules; ``auto`` is the trace's own, `Trace.dialect`.
    batch_size : int, default 50
        How many users are published at once, from 1.
    still_s : float, default 120
        For how many seconds, above 0, nothing may be published while importing; infinite for ever.

    Returns
    -------
    DataFrame
        ``rule severity row at_s message``, in the order of the answers: ``row`` is the answer's, from 0, and
        `RULES` tells of each rule why. Empty if nothing is wrong. Its ``attrs`` say by whose rules
        (``dialect``) and, where ``auto`` was no more than a guess, why that one (``note``).

    Raises
    ------
    ParameterError
        If an argument is outside its range.
    TraceError
        If there is no trace at the path.

    Examples
    --------
    >>> from simimport import simulate
    >>> answers = list(simulate(users=120, seed=1).responses())
    >>> len(lint(answers))
    0
    >>> late = (99.0, answers[3][1])
    >>> findings = lint([*answers[:6], late])
    >>> findings[["rule", "row"]].values.tolist()
    [['counter-fell', 6], ['updated-back', 6]]
    """
    answers = trace_of(trace)
    size = whole("batch_size", batch_size, 1)
    linter = _Linter(dialect_for(answers, dialect), size, patience_s("still_s", still_s))
    findings = _findings_frame(linter.findings(answers))
    findings.attrs["dialect"] = linter.dialect.name
    if note := doubt_of(answers, dialect):
        findings.attrs["note"] = note
    return findings


def doubt_of(trace: Trace, name: str) -> str:
    """Return why the dialect of a trace may be another one than is taken; an empty text where it is sure."""
    guess = guessed(trace.answers) if name == AUTO else None
    return f"taken for {guess.dialect}: {guess.doubt}" if guess is not None and guess.doubt else ""


def dialect_for(trace: Trace, name: str) -> Dialect:
    """Return the dialect of that name; for ``auto``, that which a trace looks like.

    Raises
    ------
    ParameterError
        If there is none of that name.
    """
    if name == AUTO:
        return DIALECTS[trace.dialect]
    if not isinstance(name, str) or name not in DIALECTS:
        names = [AUTO, *DIALECTS]
        raise ParameterError("dialect", name, ", ".join(names), hint=suggestion(name, names))
    return DIALECTS[name]


def patience_s(name: str, value: Any) -> float:
    """Return for how long nothing may be published, in seconds; inf for ever.

    Raises
    ------
    ParameterError
        If it is no number above 0.
    """
    if is_number(value) and value == math.inf:
        return math.inf
    return positive(name, value, allowed="a number of seconds above 0, or inf")


def _findings_frame(findings: Iterator[tuple[str, int, float, str]]) -> pd.DataFrame:
    from simimport.model import columns

    rows = list(findings)
    data = {"rule": [row[0] for row in rows], "severity": [RULES[row[0]].severity for row in rows]}
    more = {name: [row[place] for row in rows] for place, name in ((1, "row"), (2, "at_s"), (3, "message"))}
    return columns.frame("findings", data | more)


#: A broken rule, and what is wrong in words.
Found = Iterable[tuple[str, str]]


class _Alone(NamedTuple):
    """An answer by itself: what is wrong with it, and what of it is compared with others.

    Where there is nothing to compare it with, it has no facts, or no operation that they belong to.
    """

    shape: Shape
    operation: Any
    found: list[tuple[str, str]]
    facts: Facts | None
    ident: str | None


class _Linter:
    """Walks through the answers of one trace, and remembers of each operation the last answer."""

    def __init__(self, dialect: Dialect, batch_size: int, still_s: float) -> None:
        self.dialect = dialect
        self._server = dialect.server
        self._shapes = Shapes(dialect)
        self._moves = Moves(dialect, batch_size, still_s)
        self._tracks: dict[str, Track] = {}
        self._current: Track | None = None
        self._last: _Alone | None = None

    def findings(self, trace: Trace) -> Iterator[tuple[str, int, float, str]]:
        """Yield rule, row, instant and message."""
        latest_s = -math.inf
        for row, answer in enumerate(trace.answers):
            at_s = answer.at_s
            if at_s < latest_s:
                early = duration(latest_s - at_s)
                yield "time-back", row, at_s, f"it came {early} before the answer before it"
            latest_s = at_s
            for rule, message in self._of_answer(answer):
                yield rule, row, at_s, message

    def _of_answer(self, answer: Recorded) -> Found:
        """Return what is wrong with the next answer.

        Of a long trace nearly every answer is equal to the one before, or the next batch of the same import.
        Both are recognized before the rules are gone through, which takes several times as long:

        1. Answers of one shape are alike in keys, kinds and words, and have the same problems.
        2. If the document is the last one's too, so are all facts: only time has gone on.
        3. If it tells of further batches of a sound document, no rule can be broken.
        """
        body = answer.body
        if answer.http_status != 200:
            status = answer.http_status
            return [("not-answered", f"it was answered with HTTP {status}" if status else "no answer came")]
        if type(body) is not dict:
            return [("no-object", f"the body is no JSON object, but {brief(body)}")]
        shape, operation = self._shapes.of(body), body.get("operation")
        last = self._last
        if last is not None and shape is last.shape:
            if operation == last.operation:
                return [*last.found, *self._stood_still(answer.at_s)]
            if not last.found and self._is_next_batch(body, operation, last, answer.at_s):
                return ()
        alone = self._last = self._judged_alone(body, operation, shape)
        return [*alone.found, *self._judged_beside_before(alone, answer.at_s)]

    def _is_next_batch(self, body: dict[str, Any], operation: Any, last: _Alone, at_s: float) -> bool:
        """Return whether an answer of the last one's shape tells of further batches; if so, follow it.

        Whatever the shape does not have is compared here: what tells operations apart, the user, and that the
        users are the total.
        """
        track = self._current
        if track is None or last.facts is None:
            return False
        facts = facts_of(body)
        if (
            facts.ts != last.facts.ts
            or facts.id != last.facts.id
            or not facts.counts_processed
            or not self._moves.next_batch(track.facts, facts)
            or operation.get("user") != last.operation.get("user")
            or operation["count"]["users"] != facts.total
        ):
            return False
        self._last = _Alone(last.shape, operation, last.found, facts, last.ident)
        track.follow(facts, at_s)
        track.seen_s = at_s
        return True

    def _stood_still(self, at_s: float) -> Found:
        """Return what is wrong with an answer that is equal to the one before."""
        if self._current is None or self._last is None or self._last.ident is None:
            return ()
        self._current.seen_s = at_s
        return self._moves.silence(self._current, at_s)

    def _judged_alone(self, body: dict[str, Any], operation: Any, shape: Shape) -> _Alone:
        """Return an answer with what is wrong with it by itself."""
        found = [(problem.rule, problem.message) for problem in shape.problems]
        if type(operation) is not dict:
            return _Alone(shape, operation, found, None, None)
        found += [(problem.rule, problem.message) for problem in self._shapes.values(operation)]
        facts = _trusted_facts(body, shape.blurs)
        found += self._moves.alone(facts, operation.get("importerKey"))
        # in the page's words its creation tells an operation from others, and is blurred as the id is
        ident = facts.id if self._server else facts.ts
        return _Alone(shape, operation, found, facts, None if "id" in shape.blurs else ident)

    def _judged_beside_before(self, alone: _Alone, at_s: float) -> Iterator[tuple[str, str]]:
        """Yield what is wrong between this answer and the one before of the same operation."""
        facts, ident = alone.facts, alone.ident
        if facts is None and self._current is not None and not alone.shape.problems:
            yield "illegal-move", "there was an operation, and now there is none"
        if facts is None or ident is None:
            return
        constants = tuple(map(alone.operation.get, CONSTANTS))
        track = self._tracks.get(ident)
        if self._current is not None and track is not self._current:
            yield self._another_operation(ident, constants[0], self._current, came_before=track is not None)
        if track is None:
            self._current = self._tracks[ident] = Track(ident, facts, constants, at_s)
            return
        self._current = track
        if constants != track.constants:
            yield from _changed_constants(track.constants, constants)
            track.constants = constants
        if facts != track.facts:
            yield from self._moves.between(track.facts, facts, at_s - track.seen_s)
            track.follow(facts, at_s)
        track.seen_s = at_s
        yield from self._moves.silence(track, at_s)

    def _another_operation(
        self, ident: str, created: Any, before: Track, *, came_before: bool
    ) -> tuple[str, str]:
        """Return what is wrong where an answer tells of another operation than the one before it."""
        name = "_id" if self._server else "ts"
        if came_before:
            return "another-operation", f"an operation comes back after another: the {name} is {brief(ident)}"
        was, change = before.constants[0], f"the {name} is {brief(ident)}, it was {brief(before.ident)}"
        if type(was) is str and type(created) is str and created > was:
            return "replaced", f"a newer operation: {change}"
        return "another-operation", f"another operation that is no newer: {change}"


def _trusted_facts(body: dict[str, Any], blurs: frozenset[str]) -> Facts:
    """Return the facts of a body that has an operation, but those that its broken keys blur."""
    facts = facts_of(body)
    if not blurs:
        return facts
    pairs = zip(Facts._fields, facts, strict=True)
    return Facts._make(None if name in blurs else fact for name, fact in pairs)


def _changed_constants(before: tuple[Any, ...], now: tuple[Any, ...]) -> Iterator[tuple[str, str]]:
    """Yield what of an operation's document changed and never should."""
    for name, was, is_now in zip(CONSTANTS, before, now, strict=True):
        # a key that is missing is another finding
        if was != is_now and was is not None and is_now is not None:
            yield "changed-constant", f"operation.{name} changed from {brief(was)} to {brief(is_now)}"
