"""Bodies that stand one after another, dated by what stands before them or by their documents.

Finds no values (that is `walk`) and reads no dates (that is `labels`).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from simimport.errors import TraceError
from simimport.show.words import counted
from simimport.testing.dating import Dating, instant_beside
from simimport.testing.reading.labels import NO_LABEL, Clock, Label, label_of
from simimport.testing.reading.names import WANTED, what_it_is, what_the_list_is
from simimport.testing.reading.own_lines import answer_of, is_answer
from simimport.testing.reading.places import Reading
from simimport.testing.reading.walk import END, Value
from simimport.testing.traces import Recorded

__all__ = ["Bodies", "is_body", "of_values"]


_ONE_AFTER_ANOTHER = "bodies one after another"


def is_body(content: Any) -> bool:
    """Return whether a JSON value is a body that tells a state."""
    return isinstance(content, dict) and "state" in content


def of_values(values: Iterable[Value], path: Path, *, array: bool) -> Reading:
    """Return the answers that JSON values stand for.

    Raises
    ------
    TraceError
        If one stands for none, or some have dates and others have none.
    """
    bodies = Bodies(path, "an array" if array else _ONE_AFTER_ANOTHER)
    name = what_the_list_is if array else what_it_is
    for value in values:
        label = label_of(value.label, path, value.label_line) if value.label.strip() else NO_LABEL
        if value.content is END:
            bodies.end(label)
        elif is_answer(value.content):
            bodies.add_answer(answer_of(value.content, path, value.line), value.line, label)
        elif is_body(value.content) or label.http_status not in (None, 200):
            bodies.add_body(value.content, value.line, label)
        else:
            raise TraceError(path, value.line, f"this is {name(value.content)}")
    return bodies.reading()


class Bodies:
    """Gathers answers, and dates all bodies in one way.

    Parameters
    ----------
    path : path
    form : str
        What they were taken for, in words.
    dates : str
        By what they were dated, if they were.
    """

    def __init__(self, path: Path, form: str, *, dates: str = "the dates before them") -> None:
        self._path, self._form, self._dates = path, form, dates
        self._answers: list[Recorded] = []
        self._lines = array("L")
        self._clock, self._dating = Clock(), Dating()
        self._dated: bool | None = None
        self._unanswered = 0

    def add_answer(self, answer: Recorded, line: int, label: Label = NO_LABEL) -> None:
        """Add an answer that has an instant of its own."""
        if label.date:
            problem = "this answer has at_s, and a date before it too; leave one out"
            raise TraceError(self._path, line, problem)
        self._dating.after(answer.at_s)
        self._append(answer, line)

    def add_body(self, body: Any, line: int, label: Label = NO_LABEL) -> None:
        """Add a body, dated by its label, or else by its document."""
        has_date = label.date is not None
        if self._dated is not None and self._dated != has_date:
            problem = "this body has no date, and" if self._dated else "this body has a date, and"
            others = "those before it have one" if self._dated else "those before it have none"
            raise TraceError(self._path, line, f"{problem} {others}; date all or none")
        if not has_date and (name := instant_beside(body)):
            problem = f'this body has {name!r} beside its state; write {{"at_s": …, "body": …}} around it'
            raise TraceError(self._path, line, problem)
        self._dated = has_date
        self._unanswered += label.unanswered
        date = label.date
        at_s = self._dating.at_s(body) if date is None else self._clock.at_s(date, self._path, line)
        self._append(Recorded(at_s, 200 if label.http_status is None else label.http_status, body), line)

    def end(self, label: Label) -> None:
        """Take note of what stands behind the last body."""
        if label.date is not None:
            self._unanswered += label.unanswered + 1

    def reading(self) -> Reading:
        """Return the answers, and what they were taken for."""
        if not self._answers:
            raise TraceError(self._path, 0, f"there are no answers in it; {WANTED}")
        how = f"dated by {self._dates}" if self._dated else self._dating.words
        words = [self._name, *([how] if how else [])]
        if self._unanswered:
            words.append(f"{counted(self._unanswered, 'date')} without a body left out")
        return Reading(self._answers, self._lines, ", ".join(words))

    @property
    def _name(self) -> str:
        if self._form != _ONE_AFTER_ANOTHER:
            return self._form
        if self._dated is None:
            return "answers one after another"
        return "one body" if len(self._answers) == 1 else self._form

    def _append(self, answer: Recorded, line: int) -> None:
        self._answers.append(answer)
        self._lines.append(line)
