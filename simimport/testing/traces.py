"""Trace: what a client was answered and when, in order.

Judges nothing (that is `lint`), asks no server (that is `record`), reads no files (that is `trace_files`).
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, overload

from simimport.checks import file_path, real, whole
from simimport.errors import ParameterError
from simimport.model.files import written_aside
from simimport.show.shown import Shown
from simimport.show.words import counted, cut, duration, printable
from simimport.testing.answer import state_of
from simimport.testing.dating import Dating, instant_beside
from simimport.testing.dialect_guess import guessed
from simimport.testing.json_lines import line_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Recorded", "Trace", "recorded"]

# a broken server may call its state anything, at any length
_SHOWN_STATES, _LONGEST_WORD = 8, 40
_NAMES = frozenset(("at_s", "http_status", "body"))


@dataclass(frozen=True, slots=True)
class Recorded:
    """One answer of a trace.

    Parameters
    ----------
    at_s : float
        When it was received, in seconds; from which instant on is the recorder's choice.
    http_status : int
        Three digits, 100 to 999; 0 where no answer came.
    body : dict, list, str, int, float, bool or None
        The JSON, or the text where it is none.

    Examples
    --------
    >>> from simimport import simulate
    >>> trace = Trace(simulate(users=60, seed=1).responses())
    >>> answer = trace[-1]
    >>> answer.at_s, answer.http_status, answer.state
    (8.749205, 200, 'done')
    """

    at_s: float
    http_status: int
    body: Any

    @property
    def state(self) -> str | None:
        """The state that it tells; None where it tells none."""
        return state_of(self.body, self.http_status)


def recorded(at_s: Any, http_status: Any, body: Any, where: str = "") -> Recorded:
    """Return an answer.

    Raises
    ------
    ParameterError
        If its instant is no finite number, its status none, or its body no JSON and no text; `where` says
        in which answer.
    """
    # what nearly all are, first: a trace may be long
    usual = type(at_s) is float and type(http_status) is int and type(body) is dict
    if usual and http_status == 200 and math.isfinite(at_s):
        return Recorded(at_s, 200, body)
    seconds = real("at_s", at_s, allowed="a finite number of seconds", where=where)
    allowed = "100 to 999, or 0 where no answer came"
    status = whole("http_status", http_status, 0, 999, allowed=allowed, where=where)
    if 0 < status < 100:
        raise ParameterError("http_status", status, allowed, where=where)
    if not isinstance(body, (dict, list, str, int, float, bool, type(None))):
        raise ParameterError("body", body, "JSON, or a text", where=where)
    return Recorded(seconds, status, body)


class Trace(Sequence[Recorded], Shown):
    """Answers of ``import.status`` in the order in which a client got them.

    Parameters
    ----------
    answers : iterable, or DataFrame
        Each a pair ``(at_s, body)`` or a triple ``(at_s, http_status, body)``; such as `Run.responses`
        yields. Or a dict with these names, or a body alone, which its ``_updatedAt`` dates as in
        `read_trace`. Or the frame `observed`, whose rows become bodies of the dialect ``docs``.
    path : path, optional
        Where they come from; for messages.

    Attributes
    ----------
    answers : tuple of Recorded
    path : str or None
    read_as : str
        What `read_trace` took its file for, and how its bodies were dated; nothing where that was plain.
    places : sequence of (Path, int)
        Of each answer that was read, its file and its line there, from 1.

    Raises
    ------
    ParameterError
        If an answer is no such pair or triple, or an instant no finite number.

    Examples
    --------
    >>> from simimport import simulate
    >>> trace = Trace(simulate(users=60, seed=1).responses())
    >>> len(trace), trace[0].state, trace[-1].state
    (9, 'new', 'done')
    """

    __slots__ = ("answers", "path", "places", "read_as")

    _card: ClassVar[str] = "simimport.testing.card:trace"

    def __init__(self, answers: Iterable[Any], *, path: str | os.PathLike[str] | None = None) -> None:
        self.path: str | None = None if path is None else file_path("path", path)
        self.read_as: str = ""
        self.places: Sequence[tuple[Path, int]] = ()
        self.answers: tuple[Recorded, ...] = tuple(_each_recorded(answers))

    def __len__(self) -> int:
        return len(self.answers)

    @overload
    def __getitem__(self, place: int) -> Recorded: ...
    @overload
    def __getitem__(self, place: slice) -> Trace: ...
    def __getitem__(self, place: int | slice) -> Recorded | Trace:
        if isinstance(place, slice):
            part = Trace((), path=self.path)
            part.answers, part.places, part.read_as = self.answers[place], self.places[place], self.read_as
            return part
        return self.answers[place]

    def __iter__(self) -> Iterator[Recorded]:
        return iter(self.answers)

    def __eq__(self, other: object) -> bool:
        return self.answers == other.answers if isinstance(other, Trace) else NotImplemented

    def __hash__(self) -> int:
        # bodies are dicts, so only what is hashable of them counts; equal traces agree in it
        return hash(tuple((answer.at_s, answer.http_status) for answer in self.answers))

    def __repr__(self) -> str:
        if not self.answers:
            return "Trace(no answers)"
        states = dict.fromkeys(answer.state or f"HTTP {answer.http_status}" for answer in self.answers)
        words = [cut(word, _LONGEST_WORD) for word in islice(states, _SHOWN_STATES)]
        shown = " → ".join(words) + (" …" if len(states) > _SHOWN_STATES else "")
        span_s = self.answers[-1].at_s - self.answers[0].at_s
        return f"Trace({counted(len(self), 'answer')} in {duration(span_s)}: {printable(shown)})"

    @property
    def dialect(self) -> str:
        """The dialect of its bodies: ``docs`` where most have no ``_id``, else the newest server's that fits.

        Examples
        --------
        >>> from simimport import simulate
        >>> Trace(simulate(users=60, seed=1).responses(dialect="server-6.3")).dialect
        'server-6.3'
        """
        return guessed(self.answers).dialect

    def to_frame(self) -> pd.DataFrame:
        """Return the answers as a frame: a row each, also of refusals and of what is no body at all.

        Returns
        -------
        DataFrame
            The frame ``answers``, whose index is the answer's place in the trace, as `lint` names it in
            ``row``: ``answered_s`` and ``http_status``; ``state step valid completed error total
            updated_at_s ts``, each missing where the body lacks it or has something of another kind there.
            Servers' documents lack counters before anything is counted; once these are filled with 0,
            `estimate_eta` takes the frame as it takes ``observed``.

        Examples
        --------
        >>> from simimport import simulate
        >>> body = simulate(users=60, seed=1).status(5)
        >>> seen = Trace([(5, body), (10, 503, "<html>busy</html>"), (15, body)]).to_frame()
        >>> seen["http_status"].tolist(), seen["state"].notna().tolist(), seen["total"].tolist()
        ([200, 503, 200], [True, False, True], [60.0, nan, 60.0])
        """
        from simimport.testing.trace_frame import frame_of

        return frame_of(self.answers)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the trace as JSONL, whole or not at all, and return its path.

        A line is ``{"at_s": 0.0, "http_status": 200, "body": {...}}``.

        Parameters
        ----------
        path : path

        Returns
        -------
        Path
            The file; an existing one is replaced.

        Raises
        ------
        ParameterError
            If a body cannot be said in JSON: infinite numbers, or objects of other kinds; or `path` is none.

        Examples
        --------
        >>> import pathlib, tempfile
        >>> from simimport import read_trace, simulate
        >>> trace = Trace(simulate(users=60, seed=1).responses())
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     again = read_trace(trace.save(pathlib.Path(folder, "night.jsonl")))
        >>> again == trace
        True
        """
        target = Path(file_path("path", path))
        with written_aside(target, "wb") as file:
            file.writelines(map(line_of, self.answers))
        return target


def _each_recorded(answers: Iterable[Any]) -> Iterator[Recorded]:
    if hasattr(answers, "columns"):
        from simimport.testing.observed_frame import answers_of

        for row, (at_s, body) in enumerate(answers_of(answers)):  # type: ignore[arg-type]  # a frame
            yield recorded(at_s, 200, body, where=f"row {row}")
        return
    if isinstance(answers, (str, bytes, dict)) or not isinstance(answers, Iterable):
        hint = " Of a Run give run.responses(), of a file read_trace(path)."
        allowed = "pairs (at_s, body) or triples (at_s, http_status, body)"
        raise ParameterError("answers", answers, allowed, hint=hint)
    dating = Dating()
    for row, answer in enumerate(answers):
        if isinstance(answer, Recorded):
            yield answer
        elif isinstance(answer, dict):
            yield _of_dict(answer, dating, f"answer {row}")
        elif isinstance(answer, (tuple, list)) and len(answer) == 2:
            yield recorded(answer[0], 200, answer[1], where=f"answer {row}")
        elif isinstance(answer, (tuple, list)) and len(answer) == 3:
            yield recorded(answer[0], answer[1], answer[2], where=f"answer {row}")
        else:
            allowed = "a pair (at_s, body) or a triple (at_s, http_status, body)"
            raise ParameterError(f"answer {row}", answer, allowed)


def _of_dict(answer: dict[str, Any], dating: Dating, where: str) -> Recorded:
    """Return the answer that a dict is, or a body alone, dated by its document."""
    if "at_s" in answer and "body" in answer and answer.keys() <= _NAMES:
        of_dict = recorded(answer["at_s"], answer.get("http_status", 200), answer["body"], where)
        dating.after(of_dict.at_s)
        return of_dict
    if "state" not in answer or instant_beside(answer):
        allowed = "a body with a state, or a dict of at_s, http_status and body"
        raise ParameterError(where, answer, allowed)
    return Recorded(dating.at_s(answer), 200, answer)
