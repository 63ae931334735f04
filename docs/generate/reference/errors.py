"""The errors: of each exception when it comes, what it carries, what to do, and one that is raised here."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import simimport
from simimport import errors

from .markdown import PLACE, anchor, code, described, page, plain, table

__all__ = ["ADVICE", "pages"]

_ABOUT = """\
Whatever simimport raises on purpose is a {py:class}`simimport.SimimportError`, so that one `except` is
enough. A message says what was wrong, where, and what is allowed; the parts of it are attributes, for
programs. A call that is refused leaves everything as it was. [The classes](api/errors.rst) stand in the
API. On the command line the same sentences come on standard error, with [an exit code](cli.md#exit-codes)."""

#: When each comes, and what to do.
ADVICE = {
    "SimimportError": ("Whatever simimport refuses.", "Catch it where any refusal is handled alike."),
    "ParameterError": (
        "An argument is outside what is allowed, or there is no argument of that name.",
        "Read `allowed`, and the suggestion at the end of the message.",
    ),
    "ScenarioError": (
        "A parameter of a scenario is unknown or out of range, or its file cannot be read.",
        "Compare with [the parameters](parameters.md).",
    ),
    "ClockError": (
        "A clock is asked to go back, or by what is no time.",
        "Move clocks forward only; begin a new service, or `reset` it, to have the past again.",
    ),
    "RecordError": (
        "A saved run or a sweep's store is damaged, or is another kind of file.",
        "Simulate the run again: its scenario and seed give the same bytes.",
    ),
    "UsersError": (
        "A file of people has rows that cannot be read, or is something else.",
        "`rows` lists every bad row with its line. Mend these, or convert: see [formats](formats.md#people).",
    ),
    "TraceError": (
        "A file of answers cannot be read, or there is none.",
        "Look at the line it names; see [formats](formats.md#traces).",
    ),
    "OperationError": (
        "A call that the import's state does not allow, or that a server would refuse.",
        (
            "In a test this is the answer to assert on: `http_status` and `body` are the server's. `allowed`"
            " are the calls that the state does allow; see [states](states.md)."
        ),
    ),
    "FetchError": (
        "`check_poller` answers a poll of the client under test with something other than 200.",
        "Handle it in the poller as your HTTP library's error: wait, and ask again.",
    ),
    "SweepError": (
        "An executor broke, or its workers have other versions.",
        "Give `store=`: what is finished is kept, and the same call goes on from there.",
    ),
    "MissingExtraError": (
        "A feature needs an optional package that is not installed.",
        "Run the `command` that the message ends with.",
    ),
}


def _damaged(folder: Path) -> Any:
    (folder / "run.simimport").write_bytes(b"not a run")
    return simimport.Run.load(folder / "run.simimport")


def _rows(folder: Path) -> Any:
    (folder / "people.csv").write_text("email,name,utcOffset\njo@example.com,Jo,north\n", encoding="utf-8")
    return simimport.read_users(folder / "people.csv")


def _line(folder: Path) -> Any:
    (folder / "night.jsonl").write_text('{"at_s": 0, "body": \n', encoding="utf-8")
    return simimport.read_trace(folder / "night.jsonl")


def _missing() -> None:
    raise errors.MissingExtraError("simimport.testing.strategies", "hypothesis")


def _fetched() -> None:
    raise errors.FetchError(503, {"retry-after": "5"}, {"success": False, "error": "Service Unavailable"})


#: A call that raises each, as it is shown and as it is made in a folder of its own.
_RAISED: dict[str, tuple[str, Callable[[Path], Any]]] = {
    "ParameterError": ('lint(trace, dialect="server-8")', lambda _: simimport.lint([], dialect="server-8")),
    "ScenarioError": ("simulate(failure_rate=5)", lambda _: simimport.simulate(failure_rate=5)),
    "ClockError": ("ManualClock(10).jump(5)", lambda _: simimport.ManualClock(10).jump(5)),
    "RecordError": ('Run.load("run.simimport")', _damaged),
    "UsersError": ('read_users("people.csv")', _rows),
    "TraceError": ('read_trace("night.jsonl")', _line),
    "OperationError": ("ImportService(seed=1).run()", lambda _: simimport.ImportService(seed=1).run()),
    "FetchError": ("fetch()", lambda _: _fetched()),
    "MissingExtraError": ("import simimport.testing.strategies", lambda _: _missing()),
}


def pages() -> dict[str, str]:
    """Return the page of errors."""
    rows = [(f"[`{name}`]({anchor(name)})", ADVICE[name][0]) for name in _NAMES]
    parts = [_ABOUT, table(["error", "when"], rows)]
    with tempfile.TemporaryDirectory() as folder:
        for name in _NAMES:
            parts += _error(name, Path(folder))
    return {f"{PLACE}/errors.md": page("Errors", *parts)}


def _error(name: str, folder: Path) -> list[str]:
    kind = getattr(errors, name)
    when, advice = ADVICE[name]
    bases = [base.__name__ for base in kind.__mro__[1:] if base.__name__ in (*errors.__all__, *_BUILT_IN)]
    parts = [f"## {name}", plain(str(kind.__doc__).partition("\n")[0])]
    parts += [f"*When:* {when} *What to do:* {advice}"]
    if bases:
        parts.append("Also caught as " + ", ".join(f"`{base}`" for base in bases) + ".")
    if attributes := _attributes(kind):
        parts.append(table(["attribute", "what it holds"], attributes))
    if name in _RAISED:
        shown, call = _RAISED[name]
        parts += [code("text", f"{shown}\n{_message(kind, call, folder)}")]
    return parts


# the base first
_NAMES = sorted(errors.__all__, key=lambda name: (name != "SimimportError", name))
_BUILT_IN = ("ValueError", "TypeError", "KeyError", "ImportError")


def _attributes(kind: type[BaseException]) -> list[tuple[str, str]]:
    """Return what the attributes hold: of the class itself, or of that which it is made of."""
    for base in kind.__mro__:
        texts: dict[str, list[str]] = {}
        for name, text in described(base.__doc__, "Attributes").items():
            if name:
                texts.setdefault(text, []).append(f"`{name}`")
        if texts:
            return [(", ".join(names), text) for text, names in texts.items()]
    return []


def _message(kind: type[BaseException], call: Callable[[Path], Any], folder: Path) -> str:
    try:
        call(folder)
    except kind as error:
        return f"{type(error).__name__}: {str(error).replace(str(folder) + '/', '')}"
    raise ValueError(f"nothing is raised where {kind.__name__} should be")
