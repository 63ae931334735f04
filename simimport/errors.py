"""Every exception that simimport raises on purpose.

Below all other rooms: imports nothing of the package. Each message says what was wrong, where, and
what is allowed; the parts of it are attributes.
Kept whole: a third of it are examples, and whoever catches an error finds all of them here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

__all__ = [
    "ClockError",
    "FetchError",
    "MissingExtraError",
    "OperationError",
    "ParameterError",
    "RecordError",
    "ScenarioError",
    "SimimportError",
    "SweepError",
    "TraceError",
    "UsersError",
]

_UNPRINTABLE = "\N{REPLACEMENT CHARACTER}"
_SHOWN_ROWS = 20
_SHOWN_CHARACTERS = 80
_COMPARED_CHARACTERS = 60


class SimimportError(Exception):
    """Base of every error that simimport raises on purpose.

    A refused call leaves everything as it was.

    Examples
    --------
    >>> from simimport import read_trace, simulate
    >>> for call in (lambda: simulate(users=-1), lambda: read_trace("night.jsonl")):
    ...     try:
    ...         call()
    ...     except SimimportError as error:
    ...         print(f"{type(error).__name__}: {error}")
    ScenarioError: users is -1; allowed: a whole number from 0 to 1000000000.
    TraceError: night.jsonl: there is no such file
    """

    def __str__(self) -> str:
        # KeyError would show the repr of its message; ours are sentences. They may quote what files
        # and servers hold, and a traceback prints them as they are: nothing may move a cursor.
        message = str(self.args[0]) if self.args else ""
        letters = (letter if letter.isprintable() or letter == "\n" else _UNPRINTABLE for letter in message)
        return message if message.isprintable() else "".join(letters)

    def __reduce__(self) -> tuple[Callable[..., SimimportError], tuple[Any, ...]]:
        # Errors cross process pools, and their constructors take more than a message. What was wrong may be
        # anything, also what cannot cross: then it is told as in the message.
        state = {name: value if _portable(value) else brief(value) for name, value in self.__dict__.items()}
        return _rebuild, (type(self), self.args, state)


def _rebuild(kind: type[SimimportError], args: tuple[Any, ...], state: dict[str, Any]) -> SimimportError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


def _portable(value: object) -> bool:
    import pickle

    try:
        pickle.dumps(value)
    except Exception:  # noqa: BLE001 - whatever a stranger's object raises, it cannot be handed over
        return False
    return True


def brief(value: object) -> str:
    """Return `value` as it goes into a message: its repr, cut at 80 characters.

    Of texts, lists and objects only what is shown is looked at, however large they are.
    """
    try:
        # in one line, as messages are
        text = repr(_beginning(value, [_SHOWN_CHARACTERS])).replace("\n", " ")
    except Exception:  # noqa: BLE001 - a message about a bad value must not fail on that value's own repr
        text = f"<{type(value).__name__}>"
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"


def _beginning(value: Any, left: list[int]) -> Any:
    """Return what a value begins with: enough of it that its repr is the same, or too long to be shown.

    ``left`` counts down how many things may still be looked at: each takes a character at least.
    """
    left[0] -= 1
    kind = type(value)
    if kind in (str, bytes, bytearray):
        return value[: _SHOWN_CHARACTERS + 1]
    if kind is dict:
        pairs = _first(value.items(), left)
        return {_beginning(key, left): _beginning(item, left) for key, item in pairs}
    if kind in (list, tuple, set, frozenset):
        return kind(_beginning(item, left) for item in _first(value, left))
    return value


def _first(items: Iterable[Any], left: list[int]) -> Iterator[Any]:
    for item in items:
        if left[0] < 0:
            return
        yield item


def suggestion(word: object, words: Sequence[str]) -> str:
    """Return ``" Did you mean 'x'?"`` where `word` is close to one of `words`, else an empty string."""
    from difflib import get_close_matches

    text = str(word) if isinstance(word, str) else brief(word)
    # nothing that is meant is longer, and comparing takes as long as both are
    close = get_close_matches(text, words, n=1) if len(text) <= _COMPARED_CHARACTERS else []
    return f" Did you mean {close[0]!r}?" if close else ""


class ParameterError(SimimportError, ValueError):
    """An argument is outside what is allowed.

    Attributes
    ----------
    field : str
        The argument's name.
    value : object
        What was given.
    allowed : str
        What is allowed, in words.

    Examples
    --------
    >>> from simimport import Fault
    >>> try:
    ...     Fault("503", at_poll=0)
    ... except ParameterError as error:
    ...     print(error.field, "|", error.value, "|", error.allowed)
    at_poll | 0 | a whole number from 1
    """

    def __init__(self, field: str, value: object, allowed: str, *, where: str = "", hint: str = "") -> None:
        place = f"{where}: " if where else ""
        super().__init__(f"{place}{field} is {brief(value)}; allowed: {allowed}.{hint}")
        self.field = field
        self.value = value
        self.allowed = allowed


class ScenarioError(ParameterError):
    """A scenario has a field that is unknown or out of range, or its file cannot be read.

    Its attributes are those of `ParameterError`.

    Examples
    --------
    >>> from simimport import Scenario
    >>> Scenario(failure_rate=5)
    Traceback (most recent call last):
    simimport.errors.ScenarioError: failure_rate is 5; allowed: a number from 0 to 1.
    """


class ClockError(ParameterError):
    """An instant or a duration is no time, or would turn time back.

    Its attributes are those of `ParameterError`.

    Examples
    --------
    >>> from simimport import ManualClock
    >>> ManualClock(start_s=60).jump(5)
    Traceback (most recent call last):
    simimport.errors.ClockError: to_s is 5; allowed: an instant from now on (60 s).
    """


class RecordError(SimimportError, ValueError):
    """A saved file is damaged, or is not what its name says.

    Attributes
    ----------
    path : str
        The file.
    reason : str
        What is wrong with it.

    Examples
    --------
    >>> from simimport import Run
    >>> Run.load("yesterday.run")
    Traceback (most recent call last):
    simimport.errors.RecordError: yesterday.run: there is no such file
    """

    def __init__(self, path: object, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path: str = str(path)
        self.reason = reason


class UsersError(SimimportError, ValueError):
    r"""People to stage cannot be read.

    Attributes
    ----------
    path : str
        The file, or what stands for it.
    rows : list of (int, str, str)
        Every bad row: line number from 1, field, what is wrong. The line is 0 where the whole file is
        meant, and for users in one JSON body, whose field begins with their position: ``user 3 emails``.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from simimport import read_users
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "people.csv")
    ...     _ = path.write_text("username,email\nann,ann@example.com\nbob,bob@example.com,Bob\n")
    ...     try:
    ...         read_users(path)
    ...     except UsersError as error:
    ...         print(error.rows)
    [(3, '', '3 cells, not 2 (username, email)')]
    """

    def __init__(self, path: object, rows: Sequence[tuple[int, str, str]]) -> None:
        rows = list(rows)
        lines = [_row(line, field, problem) for line, field, problem in rows[:_SHOWN_ROWS]]
        if len(rows) > _SHOWN_ROWS:
            lines.append(f"… and {len(rows) - _SHOWN_ROWS:,} more")
        if len(rows) == 1:
            message = f"{path}: {lines[0]}"
        else:
            message = f"{path}: {len(rows):,} rows cannot be read:\n  " + "\n  ".join(lines)
        super().__init__(message)
        self.path: str = str(path)
        self.rows = rows


def _row(line: int, field: str, problem: str) -> str:
    place = " ".join(part for part in (f"line {line}" if line else "", field) if part)
    return f"{place}: {problem}" if place else problem


class TraceError(SimimportError, ValueError):
    """A recorded trace cannot be read.

    Attributes
    ----------
    path : str
        The file.
    line : int
        The line, from 1; 0 where the whole file is meant.

    Examples
    --------
    >>> from simimport import read_trace
    >>> try:
    ...     read_trace("night.jsonl")
    ... except TraceError as error:
    ...     print(error.path, error.line)
    night.jsonl 0
    """

    def __init__(self, path: object, line: int, problem: str) -> None:
        super().__init__(f"{path}: {_row(line, '', problem)}")
        self.path: str = str(path)
        self.line = line


class OperationError(SimimportError):
    """An operation is refused in the state that the import is in.

    Attributes
    ----------
    operation, state : str
        What was asked, and of which state.
    allowed : tuple of str
        The operations that this state allows.
    http_status : int
        The status with which a server answers.
    body : dict
        The body with which a server answers.

    Examples
    --------
    >>> from simimport import ImportService
    >>> try:
    ...     ImportService(seed=1).run()
    ... except OperationError as error:
    ...     print(error.operation, error.state, error.http_status, error.body)
    import.run none 400 {'success': False, 'error': 'error-operation-not-found'}
    """

    def __init__(
        self,
        message: str,
        *,
        operation: str,
        state: str,
        allowed: Sequence[str] = (),
        http_status: int = 400,
        body: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.operation = operation
        self.state = state
        self.allowed: tuple[str, ...] = tuple(allowed)
        self.http_status = http_status
        self.body: dict[str, Any] = {"success": False, "error": message} if body is None else dict(body)


class FetchError(SimimportError):
    """A poll was answered, but not with 200: what `check_poller` raises in the poller it tries.

    Attributes
    ----------
    http_status : int
        The status.
    headers : dict of str to str
        Names in lower case, such as ``retry-after``.
    body : dict or str
        The JSON, or the text where it is none.

    Examples
    --------
    >>> from simimport import check_poller
    >>> def poll(fetch, clock):
    ...     while True:
    ...         try:
    ...             if (state := fetch()["state"]) != "importing":
    ...                 return state
    ...             clock.sleep(5)
    ...         except FetchError as error:
    ...             clock.sleep(float(error.headers.get("retry-after", 60)))
    >>> check_poller(poll, presets="one_user", faults="503", seed=1)["passed"].tolist()
    [True]
    """

    def __init__(self, http_status: int, headers: Mapping[str, str], body: Any) -> None:
        super().__init__(f"import.status was answered with HTTP {http_status}: {brief(body)}")
        self.http_status = http_status
        self.headers: dict[str, str] = dict(headers)
        self.body = body


class SweepError(SimimportError):
    """A sweep was cut short by what ran it: an executor that broke, or workers of other versions.

    Attributes
    ----------
    done, total : int
        How many of the runs are finished, and of how many.
    store : str or None
        The folder in which the finished ones are kept; None where none was given, and they are lost.

    Examples
    --------
    >>> from concurrent.futures import Future
    >>> from concurrent.futures.process import BrokenProcessPool
    >>> from simimport import sweep
    >>> class Broken:
    ...     def submit(self, call, *arguments):
    ...         future = Future()
    ...         future.set_exception(BrokenProcessPool("a worker was killed"))
    ...         return future
    >>> try:
    ...     sweep(over={"failure_rate": [0, 0.1]}, replicates=2, executor=Broken())
    ... except SweepError as error:
    ...     print(error.done, error.total, error.store)
    0 4 None
    """

    def __init__(self, message: str, *, done: int, total: int, store: str | None) -> None:
        super().__init__(message)
        self.done = done
        self.total = total
        self.store = store


class MissingExtraError(SimimportError, ImportError):
    """An optional package is not installed.

    Attributes
    ----------
    extra, command : str
        The extra that brings it, "" where none does, and the command that installs it.

    Examples
    --------
    >>> raise MissingExtraError("a trial", "http")
    Traceback (most recent call last):
    simimport.errors.MissingExtraError: a trial needs the extra 'http': pip install "simimport[http]"
    """

    def __init__(self, what: str, extra: str = "", *, package: str = "") -> None:
        command = f"pip install {package}" if package else f'pip install "simimport[{extra}]"'
        super().__init__(f"{what} needs {package or f'the extra {extra!r}'}: {command}")
        self.extra = extra
        self.command = command
