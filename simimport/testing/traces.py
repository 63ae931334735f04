"""Trace: what a client was answered and when; read from files and written to them.

Judges nothing (that is `lint`) and asks no server (that is `record`).
"""

from __future__ import annotations

import gc
import json
import math
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from simimport.errors import ParameterError, TraceError, brief
from simimport.model.files import read_text, written_aside

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SEQUENCE", "Recorded", "Trace", "line_of", "parsed", "parsed_instant", "places", "read_trace"]

#: The file of a fixture pack that holds its answers with their instants.
SEQUENCE = "sequence.jsonl"

_KEYS = ("at_s", "http_status", "body")
_KNOWN = frozenset(_KEYS)
# a folder with one of these is read by it: a fixture pack, and what `simimport run --out` writes
_SEQUENCES = (SEQUENCE, "answers.jsonl")


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
    """

    at_s: float
    http_status: int
    body: Any

    @property
    def state(self) -> str | None:
        """The state that it tells; None where it tells none."""
        told = self.body.get("state") if self.http_status == 200 and isinstance(self.body, dict) else None
        return told if isinstance(told, str) else None


class Trace(Sequence[Recorded]):
    """Answers of ``import.status`` in the order in which a client got them.

    Parameters
    ----------
    answers : iterable, or DataFrame
        Each a pair ``(at_s, body)`` or a triple ``(at_s, http_status, body)``; such as `Run.responses`
        yields. Or the frame `observed`, whose rows become bodies of the dialect ``docs``.
    path : path, optional
        Where they come from; for messages.

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

    __slots__ = ("answers", "path")

    def __init__(self, answers: Iterable[Any], *, path: str | os.PathLike[str] | None = None) -> None:
        self.path = None if path is None else os.fspath(path)
        self.answers: tuple[Recorded, ...] = tuple(_given(answers))

    def __len__(self) -> int:
        return len(self.answers)

    @overload
    def __getitem__(self, place: int) -> Recorded: ...
    @overload
    def __getitem__(self, place: slice) -> Trace: ...
    def __getitem__(self, place: int | slice) -> Recorded | Trace:
        if isinstance(place, slice):
            part = Trace((), path=self.path)
            part.answers = self.answers[place]
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
        shown = " → ".join(list(states)[:8]) + (" …" if len(states) > 8 else "")
        span = self.answers[-1].at_s - self.answers[0].at_s
        return f"Trace({len(self):,} answers in {span:,.1f} s: {shown})"

    @property
    def dialect(self) -> str:
        """The dialect of its bodies: ``docs`` where they have no ``_id``, else the newest server's that fits.

        Examples
        --------
        >>> from simimport import simulate
        >>> Trace(simulate(users=60, seed=1).responses(dialect="server-6.3")).dialect
        'server-6.3'
        """
        told_by = [answer.body.get("operation") for answer in self.answers if answer.state is not None]
        operations = [operation for operation in told_by if isinstance(operation, dict)]
        if any("_id" in told for told in operations):
            # in a list: what a broken server calls a step may have no hash
            steps = [told.get("status") for told in operations]
            old = "importer_importing_channels" in steps and "importer_importing_contacts" not in steps
            return "server-6.3" if old else "server-8.3"
        return "docs" if operations or not self._server_order() else "server-8.3"

    def _server_order(self) -> bool:
        """Whether an answer without an operation has the keys in the order of servers."""
        return any(next(iter(answer.body)) == "state" for answer in self.answers if answer.state is not None)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the trace as JSONL, whole or not at all, and return its path.

        A line is ``{"at_s": 0.0, "http_status": 200, "body": {...}}``.

        Returns
        -------
        Path
            The file; an existing one is replaced.

        Raises
        ------
        ParameterError
            If a body cannot be said in JSON: infinite numbers, or objects of other kinds.
        """
        with written_aside(path, "wb") as file:
            file.writelines(map(line_of, self.answers))
        return Path(path)


def line_of(answer: Recorded) -> bytes:
    """Return an answer as a line of a trace file, line feed included.

    Raises
    ------
    ParameterError
        If its body cannot be said in JSON.
    """
    told = {"at_s": answer.at_s, "http_status": answer.http_status, "body": answer.body}
    try:
        # ASCII: what a broken proxy sent may be text that UTF-8 cannot say
        return json.dumps(told, separators=(",", ":"), allow_nan=False).encode() + b"\n"
    except (TypeError, ValueError, RecursionError) as error:
        allowed = f"what JSON can say ({error})"
        raise ParameterError("body", answer.body, allowed, where=f"the answer at {answer.at_s:g} s") from None


def read_trace(path: str | os.PathLike[str]) -> Trace:
    """Return the trace in a file or a folder.

    Parameters
    ----------
    path : path
        UTF-8, one of:

        * JSONL, an answer per line: ``at_s`` (seconds) and ``body``; ``http_status`` where it is not 200.
          As `Trace.save`, `record` and ``simimport run --out`` write it. Blank lines are left out.
        * The folder of a fixture pack, or of ``simimport run --out``: its timed sequence.
        * A folder of ``.json`` files in the natural order of their names, each such an answer, or the body of
          one with 200 alone. Such a body is dated by the earliest instant at which it could have been given:
          its ``_updatedAt`` after its ``ts``, or the instant before where that is later.

    Raises
    ------
    TraceError
        If it cannot be read as a trace: no answers, a line that is cut, other JSON, another encoding. Its
        `line` says where.

    Examples
    --------
    >>> import tempfile
    >>> from simimport import simulate
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     saved = Trace(simulate(users=60, seed=1).responses()).save(folder + "/night.jsonl")
    ...     read_trace(saved)
    Trace(9 answers in 8.7 s: new → ready → importing → done)
    """
    source = Path(path)
    file = _sequence(source)
    return _of_folder(source) if file is None else Trace(_of_file(file), path=source)


def places(path: str | os.PathLike[str]) -> list[tuple[Path, int]]:
    """Return for each answer of `read_trace` its file, and its line there, from 1.

    Raises
    ------
    TraceError
        If it cannot be read.
    """
    file = _sequence(Path(path))
    if file is None:
        return [(one, 1) for one in _files(Path(path))]
    return [(file, number) for number, _ in _lines(_text(file))]


def _sequence(source: Path) -> Path | None:
    """Return the file that has all answers; None for a folder that has one each."""
    if not source.is_dir():
        return source
    return next((source / name for name in _SEQUENCES if (source / name).is_file()), None)


def parsed(text: str | bytes) -> Any:
    """Return what a JSON text says; numbers beyond JSON's, such as NaN or 1e999, are no JSON.

    Raises
    ------
    ValueError, RecursionError
        If it is none, or nested too deeply to be read.
    """
    if isinstance(text, bytes):
        text = text.decode(json.detect_encoding(text), "surrogatepass")
    return _decode(text)


def parsed_instant(text: object) -> datetime | None:
    """Return the instant of a wire's timestamp; None where it is none.

    Only the form that servers write, ``2016-09-13T14:57:56.037Z``.
    """
    if not isinstance(text, str) or len(text) != 24 or text[-1] != "Z" or text[10] != "T":
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


# reading ------------------------------------------------------------------------------------------


def _of_file(path: Path) -> Trace:
    with _uncollected():
        answers = [_answer(_json(path, number, line), path, number) for number, line in _lines(_text(path))]
    if not answers:
        raise TraceError(path, 0, 'there are no answers in it; wanted: one {"at_s": …, "body": …} per line')
    return Trace(answers, path=path)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, each with its number from 1."""
    return ((number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip())


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the garbage collector from going through what is being read again and again: it has no circles."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _of_folder(folder: Path) -> Trace:
    answers: list[Recorded] = []
    for file in _files(folder):
        body = _json(file, 0, _text(file))
        if isinstance(body, dict) and "at_s" in body:
            answers.append(_answer(body, file, 0))
        elif isinstance(body, dict) and "state" in body:
            before = answers[-1].at_s if answers else 0.0
            answers.append(Recorded(max(before, _earliest_s(body)), 200, body))
        else:
            wanted = 'wanted: a body with a state, or {"at_s": …, "http_status": …, "body": …}'
            raise TraceError(file, 0, f"this is no answer of import.status, but {brief(body)}; {wanted}")
    return Trace(answers, path=folder)


def _files(folder: Path) -> list[Path]:
    files = sorted(folder.glob("*.json"), key=_natural)
    if not files:
        raise TraceError(folder, 0, "there are no .json files in this folder")
    return files


def _natural(path: Path) -> list[tuple[int, str]]:
    """Return a key by which ``answer-10`` comes after ``answer-9``."""
    return [(int(part) if part.isdigit() else -1, part) for part in re.split(r"(\d+)", path.name)]


def _earliest_s(body: dict[str, Any]) -> float:
    operation = body.get("operation")
    if not isinstance(operation, dict):
        return 0.0
    updated, created = parsed_instant(operation.get("_updatedAt")), parsed_instant(operation.get("ts"))
    return (updated - created).total_seconds() if updated and created else 0.0


def _text(path: Path) -> str:
    try:
        return read_text(path)
    except ValueError as error:
        found = re.match(r"(?:line (\d+): )?(.*)", str(error), re.DOTALL)
        line, problem = found.groups() if found else (None, str(error))
        raise TraceError(path, int(line or 0), problem) from None


def _json(path: Path, number: int, text: str) -> Any:
    try:
        return parsed(text)
    except (ValueError, RecursionError) as error:
        problem = str(error)
        if isinstance(error, json.JSONDecodeError):
            problem = f"column {error.colno}: {error.msg}"
        what = "a line may be cut, or not belong here" if number else "it may be cut, or not belong here"
        raise TraceError(path, number, f"this is no JSON ({problem}); {what}") from None


def _refused_number(said: str) -> Any:
    raise ValueError(f"{said} is no number of JSON")


def _finite(said: str) -> float:
    number = float(said)
    return number if math.isfinite(number) else _refused_number(brief(said))


# made once, since json.loads would make it anew for each line
_decode = json.JSONDecoder(parse_constant=_refused_number, parse_float=_finite).decode


def _answer(told: Any, path: Path, number: int) -> Recorded:
    """Return the answer that a parsed line stands for."""
    if not isinstance(told, dict) or "at_s" not in told or "body" not in told:
        raise TraceError(path, number, f'this is no answer, {{"at_s": …, "body": …}}, but {brief(told)}')
    if not told.keys() <= _KNOWN:
        strange = next(name for name in told if name not in _KNOWN)
        raise TraceError(path, number, f"the key {strange!r} is unknown; known: {', '.join(_KEYS)}")
    try:
        return _recorded(told["at_s"], told.get("http_status", 200), told["body"])
    except ParameterError as error:
        raise TraceError(path, number, str(error)) from None


# answers from elsewhere ---------------------------------------------------------------------------


def _given(answers: Iterable[Any]) -> Iterator[Recorded]:
    if hasattr(answers, "columns"):
        yield from _of_observed(answers)  # type: ignore[arg-type]  # a frame
        return
    if isinstance(answers, (str, bytes, dict)) or not isinstance(answers, Iterable):
        hint = " Of a Run give run.responses(), of a file read_trace(path)."
        allowed = "pairs (at_s, body) or triples (at_s, http_status, body)"
        raise ParameterError("answers", answers, allowed, hint=hint)
    for row, answer in enumerate(answers):
        if isinstance(answer, Recorded):
            yield answer
        elif isinstance(answer, (tuple, list)) and len(answer) == 2:
            yield _recorded(answer[0], 200, answer[1], where=f"answer {row}")
        elif isinstance(answer, (tuple, list)) and len(answer) == 3:
            yield _recorded(answer[0], answer[1], answer[2], where=f"answer {row}")
        else:
            allowed = "a pair (at_s, body) or a triple (at_s, http_status, body)"
            raise ParameterError(f"answer {row}", answer, allowed)


def _recorded(at_s: Any, http_status: Any, body: Any, where: str = "") -> Recorded:
    # what nearly all are, first: a trace may be long
    usual = type(at_s) is float and type(http_status) is int and type(body) is dict
    if usual and http_status == 200 and math.isfinite(at_s):
        return Recorded(at_s, 200, body)
    try:
        seconds = math.nan if isinstance(at_s, (bool, str)) else float(at_s)
    except (TypeError, ValueError, OverflowError):
        seconds = math.nan
    if not math.isfinite(seconds):
        raise ParameterError("at_s", at_s, "a finite number of seconds", where=where)
    if isinstance(http_status, bool) or not hasattr(http_status, "__index__"):
        raise ParameterError("http_status", http_status, "a whole number", where=where)
    status = int(http_status)
    if status and not 100 <= status <= 999:
        raise ParameterError("http_status", status, "100 to 999, or 0 where no answer came", where=where)
    if not isinstance(body, (dict, list, str, int, float, bool, type(None))):
        raise ParameterError("body", body, "JSON, or a text", where=where)
    return Recorded(seconds, status, body)


def _of_observed(observed: pd.DataFrame) -> Iterator[Recorded]:
    """Yield the bodies that the rows of the frame `observed` stand for; what it has not, as on the page."""
    wanted = ("answered_s", "state", "step", "completed", "error", "total", "updated_at_s")
    missing = [name for name in wanted if name not in observed.columns]
    if missing:
        raise ParameterError("answers", list(observed.columns), f"a frame with the column {missing[0]}")
    columns = (observed[name].tolist() for name in wanted)
    for row, values in enumerate(zip(*columns, strict=True)):
        told = dict(zip(wanted, values, strict=True))
        try:
            body = _body_of(told)
        except (TypeError, ValueError, OverflowError):
            raise ParameterError(f"row {row}", told, "what `observe` gives") from None
        yield _recorded(told["answered_s"], 200, body, where=f"row {row}")


def _body_of(told: dict[str, Any]) -> dict[str, Any]:
    from simimport.model.dialects import DOCS
    from simimport.model.run import wire
    from simimport.model.run.timeline import Change
    from simimport.model.scenario import Scenario
    from simimport.model.states import State, Step

    state = State(told["state"])
    if state is State.NONE:
        return wire.nothing(DOCS)
    change = Change(
        at_us=round(told["updated_at_s"] * 1e6), state=state, step=Step(told["step"]),
        completed=int(told["completed"]), error=int(told["error"]), total=int(told["total"]),
        batch=1, valid=state not in (State.CANCELED, State.ERROR),
    )  # fmt: skip
    return wire.status(DOCS, wire.Document.of(Scenario(), 0), change)
