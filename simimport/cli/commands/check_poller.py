"""`simimport check-poller`: whether a client's polling loop is any good, as a table or as JSON.

Finds the function and shows the verdicts; what is tried, and what is right, is decided by `testing.pollers`.
"""

from __future__ import annotations

import contextlib
import math
import os
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from itertools import groupby
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import click

from simimport.cli.errors import BadInput
from simimport.cli.options import Option, Sections, Value, form_given
from simimport.cli.output.columns import pad, wrapped
from simimport.cli.output.json_text import shown_json
from simimport.cli.output.terminal import Talk, give
from simimport.errors import ParameterError, suggestion
from simimport.show.words import counted, number, printable

if TYPE_CHECKING:
    from simimport.testing.pollers.verdict import Verdict

__all__ = ["check_poller"]

_HOW, _WHAT, _OUT = "How FUNCTION is called", "Which cases", "What is shown"
_ALLOWED = "MODULE:FUNCTION, such as app.polling:wait, or FILE:FUNCTION, such as polling.py:wait"


@click.command(cls=Sections)
@click.argument("poller", metavar="MODULE:FUNCTION")
@click.option("--client", cls=Option, section=_HOW, is_flag=True,
              help="With an HTTP client alone, of httpx or requests.  [default: fetch and clock]")
@click.option("--preset", "presets", cls=Option, section=_WHAT, metavar="NAME", multiple=True,
              help="Only this import; again for more.  [default: all]")
@click.option("--fault", "faults", cls=Option, section=_WHAT, metavar="NAME", multiple=True,
              help="Only this trouble; again for more. With --preset, each trouble at each import."
              "  [default: all, each where it tells most]")
@click.option("--seed", cls=Option, section=_WHAT, type=Value(int), metavar="N", default=0, show_default=True,
              help="Of the imports and of random faults.")
@click.option("--format", "form", cls=Option, section=_OUT, metavar="NAME", default="text", show_default=True,
              help="text (a table) or json.")
@click.option("--junit", cls=Option, section=_OUT, metavar="FILE",
              help="Also write them as JUnit XML, for CI; a file that is there is replaced.")
@click.pass_context
def check_poller(ctx: click.Context, /, poller: str, **given: Any) -> None:
    """Try a client's polling function on every trouble.

    FUNCTION is called with fetch and clock and returns the state on which the import ended; what they are is
    told by help(simimport.check_poller), and for --client by help(simimport.check_client). It may be async.
    MODULE is imported from the current folder, or is a .py file. Time is virtual: it takes seconds. What
    FUNCTION prints goes to standard error. Exit code 1 if a case fails.
    """
    presets, faults = given["presets"] or None, given["faults"] or None
    forms: dict[str, Callable[..., str]] = {"text": _verdicts_text, "json": _verdicts_json}
    written = form_given(given["form"], forms)
    report = None if given["junit"] is None else _report_path(given["junit"])

    from simimport.testing.pollers.check import verdicts
    from simimport.testing.pollers.virtual.patches import patched

    client = given["client"]
    begin = f"{ctx.command_path} {shlex.quote(poller)}{' --client' if client else ''}"
    path = list(sys.path)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            function = _function_of(poller)
            chosen = {"presets": presets, "faults": faults, "seed": given["seed"]}
            with patched():
                results = list(verdicts(function, client=client, **chosen))
    finally:
        sys.path[:] = path
    if report is not None:
        _write_report(report, poller, results, begin)
    give(written(poller, results, begin))
    if not all(verdict.passed for verdict in results):
        ctx.exit(1)


# the function ---------------------------------------------------------------------------------------------


def _function_of(target: str) -> Any:
    """Return what a target names; the path for imports is left as its module needs it."""
    place, colon, name = target.rpartition(":")
    if not colon or not place or not name:
        raise ParameterError("the poller", target, _ALLOWED)
    is_file = place.endswith(".py") or "/" in place or os.sep in place
    holder: Any = _module_of_file(place) if is_file else _module_of_name(place)
    for part in name.split("."):
        if not hasattr(holder, part):
            names = _functions_in(holder)
            has = f"it has {', '.join(names)}" if names else "it has no functions"
            raise BadInput(f"{place} has no {part!r}; {has}.{suggestion(part, names)}")
        holder = getattr(holder, part)
    return holder


def _functions_in(holder: Any) -> list[str]:
    """Return the names of what a module or class defines itself and may be called."""
    home = getattr(holder, "__module__", None) or getattr(holder, "__name__", None)
    inside = getattr(holder, "__dict__", {}).items()
    return [
        name
        for name, value in inside
        if callable(value) and not name.startswith("_") and getattr(value, "__module__", None) == home
    ]


def _module_of_name(name: str) -> ModuleType:
    sys.path.insert(0, str(Path.cwd()))
    try:
        with _import_errors(name):
            return import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or name
        if f"{name}.".startswith(f"{missing}."):
            looked = f"the current folder ({Path.cwd()}) and what is installed"
            raise BadInput(f"There is no module {missing!r}: looked for it in {looked}.") from None
        raise BadInput(f"{name} cannot be imported: there is no module {missing!r}.") from None


def _module_of_file(name: str) -> ModuleType:
    path = Path(name)
    if not path.is_file():
        raise BadInput(f"There is no file {name!r}: looked for it in {Path.cwd()}.")
    # its neighbours are imported as if it were run, and its own name may be that of another module
    sys.path.insert(0, str(path.resolve().parent))
    alias = f"_polled_by_{path.stem}"
    spec = spec_from_file_location(alias, path)
    if spec is None or spec.loader is None:
        raise ParameterError("the poller", name, _ALLOWED)
    module = sys.modules[alias] = module_from_spec(spec)
    try:
        with _import_errors(name):
            spec.loader.exec_module(module)
    except ModuleNotFoundError as error:
        raise BadInput(f"{name} cannot be imported: there is no module {error.name!r}.") from None
    return module


@contextlib.contextmanager
def _import_errors(name: str) -> Iterator[None]:
    """Turn what an import raises into words; a missing module is left to who knows which one it is."""
    try:
        yield
    except (KeyboardInterrupt, ModuleNotFoundError):
        raise
    except BaseException as error:  # noqa: BLE001 - also what asks to exit: an import has no say in that
        problem = " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(":")
        raise BadInput(f"{name} cannot be imported: {problem}") from None


# the report -----------------------------------------------------------------------------------------------


def _report_path(name: str) -> Path:
    """Return where the report goes; what cannot be written is refused before anything is tried."""
    path = Path(name)
    if not name or (path.exists() and not path.is_file()):
        raise ParameterError("--junit", name, "the name of a file")
    if not path.resolve().parent.is_dir():
        raise ParameterError("--junit", name, "a file inside a folder that exists")
    return path


def _write_report(path: Path, poller: str, verdicts: Sequence[Verdict], begin: str) -> None:
    from simimport.testing.pollers.junit import junit_xml

    path.write_bytes(junit_xml(poller, verdicts, lambda verdict: _replay_command(begin, verdict)))


# the verdicts ---------------------------------------------------------------------------------------------


def _replay_command(begin: str, verdict: Verdict) -> str:
    case = verdict.case
    return f"{begin} --preset {case.preset} --fault {case.fault} --seed {case.seed}"


def _verdicts_json(poller: str, verdicts: Sequence[Verdict], begin: str) -> str:
    rows = [
        {
            "preset": verdict.case.preset,
            "fault": verdict.case.fault,
            "passed": verdict.passed,
            "why": verdict.why,
            "polls": verdict.polls,
            "ended_s": None if math.isnan(verdict.ended_s) else verdict.ended_s,
            "seed": verdict.case.seed,
            "replay": _replay_command(begin, verdict),
        }
        for verdict in verdicts
    ]
    failed = sum(not verdict.passed for verdict in verdicts)
    result = {"poller": poller, "passed": len(verdicts) - failed, "failed": failed, "verdicts": rows}
    return shown_json(result)


def _verdicts_text(poller: str, verdicts: Sequence[Verdict], begin: str) -> str:
    talk = Talk()
    width = max(len(verdict.case.preset) for verdict in verdicts)
    lines = []
    for _, group in groupby(verdicts, key=lambda verdict: verdict.case.fault):
        of_fault = list(group)
        lines += [_fault_heading(talk, of_fault)]
        for verdict in of_fault:
            lines += _case_lines(talk, verdict, width, begin)
        lines += [""]
    lines.append(_sum_of(talk, printable(poller), verdicts))
    text = talk.shown("\n".join(lines) + "\n")
    return text if sys.stdout.isatty() else click.unstyle(text)


def _fault_heading(talk: Talk, verdicts: Sequence[Verdict]) -> str:
    case = verdicts[0].case
    passed = sum(verdict.passed for verdict in verdicts)
    score = f"{number(passed)} of {number(len(verdicts))}"
    about = f"{case.fault}: {case.trouble.about}"
    gap = max(talk.width - len(about) - len(score), 2) * " "
    name = talk.style(case.fault, bold=True)
    score = talk.style(score, fg="green" if passed == len(verdicts) else "red")
    return name + about.removeprefix(case.fault) + gap + score


def _case_lines(talk: Talk, verdict: Verdict, width: int, begin: str) -> Iterator[str]:
    """Yield the lines of a case: one if it passed, else what is wrong, too, and how to see it again."""
    # the numbers stand one below the other
    polls = counted(verdict.polls, "poll") + " " * (verdict.polls == 1)
    row = f"{pad(verdict.case.preset, width)}  {polls:>12}"
    why = printable(verdict.why)
    # beside the row, where it fits
    room = talk.width - len(row) - 6
    mark = talk.style("✔", fg="green") if verdict.passed else talk.style("✖", fg="red")
    beside = verdict.passed and len(why) <= room
    yield f"  {mark} {row}" + (f"  {why}" if beside else "")
    if not beside:
        yield from wrapped(why, talk.width, first=" " * 6, rest=" " * 6)
    if not verdict.passed:
        yield "      " + talk.style(printable(_replay_command(begin, verdict)), dim=True)


def _sum_of(talk: Talk, poller: str, verdicts: Sequence[Verdict]) -> str:
    cases, failed = len(verdicts), sum(not verdict.passed for verdict in verdicts)
    if failed:
        which = f"{number(failed)} of {number(cases)} cases" if cases > 1 else "the case"
        return talk.style(f"✖ {poller}: {which} failed", fg="red", bold=True)
    which = f"all {number(cases)} cases" if cases > 1 else "the case"
    return talk.style(f"✔ {poller}: {which} passed", fg="green", bold=True)
