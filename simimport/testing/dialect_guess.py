"""Whose words the answers of a trace are, as they look, and where that is no more than a guess.

Judges nothing: what breaks the rules of a dialect is found by the linter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from simimport.model.states import Step
from simimport.testing.answer import operation_of

if TYPE_CHECKING:
    from simimport.testing.traces import Recorded

__all__ = ["Guess", "guessed"]


class Guess(NamedTuple):
    """A dialect, and why it may be another one; an empty text where its rules can be no other's."""

    dialect: str
    doubt: str = ""


def guessed(answers: Sequence[Recorded]) -> Guess:
    """Return the dialect of some answers: the newest of those whose words they can be.

    Examples
    --------
    >>> from simimport import simulate
    >>> guessed(list(simulate(users=60, seed=1).responses(dialect="server-6.3"))[:0])
    Guess(dialect='docs', doubt='no answer can be read as a status, and docs is the default')
    """
    readable = [answer.body for answer in answers if answer.state is not None]
    found = [operation_of(body) for body in readable]
    operations = [operation for operation in found if operation is not None]
    if not operations:
        return _without_operation(readable)
    with_id = sum("_id" in operation for operation in operations)
    server = 2 * with_id >= len(operations)
    mixed = f"an _id, which servers write, is in {with_id} of {len(operations)} operations"
    doubt = mixed if 0 < with_id < len(operations) else ""
    if not server:
        return Guess("docs", doubt)
    # in a list: what a broken server calls a step may have no hash
    steps = [operation.get("status") for operation in operations]
    contacts = Step.IMPORTING_CONTACTS.value in steps
    old = Step.IMPORTING_CHANNELS.value in steps and not contacts
    name = "server-6.3" if old else "server-8.3"
    if not (old or contacts or doubt):
        doubt = "no answer shows a step by which servers differ, and it is the newest"
    # 7.4 and 8.3 have the same rules
    return Guess(name, doubt)


def _without_operation(readable: Sequence[dict[str, object]]) -> Guess:
    if not readable:
        return Guess("docs", "no answer can be read as a status, and docs is the default")
    if any(next(iter(body)) == "state" for body in readable):
        return Guess("server-8.3", "no answer has an operation, and state comes first, as servers write it")
    return Guess("docs", "no answer has an operation, and docs is the default")
