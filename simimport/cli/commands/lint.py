"""`simimport lint`: what is wrong with a trace, for people, programs and GitHub.

Prints what `simimport.testing.lint.lint` finds. Judges nothing.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from simimport.cli.options import Value
from simimport.cli.output.columns import clean, columns, cut, duration
from simimport.cli.output.terminal import Talk, give
from simimport.errors import ParameterError, suggestion

if TYPE_CHECKING:
    import pandas as pd

    from simimport.testing.traces import Trace

__all__ = ["lint"]

# of each rule: GitHub itself shows ten errors and ten warnings per step
_SHOWN = {"text": 3, "github": 10}


class _Found(NamedTuple):
    """What was linted, by whose rules, and what is wrong."""

    path: Path
    trace: Trace
    dialect: str
    findings: pd.DataFrame

    def records(self) -> list[dict[str, Any]]:
        """Return the findings as plain values."""
        return self.findings.to_dict("records")  # type: ignore[return-value]  # its columns are texts

    def rules(self) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """Yield each broken rule with its findings; errors come first, then what was broken first."""
        groups: dict[str, list[dict[str, Any]]] = {}
        for finding in self.records():
            groups.setdefault(finding["rule"], []).append(finding)
        yield from sorted(groups.items(), key=lambda group: group[1][0]["severity"] != "error")

    def place(self) -> Callable[[int], tuple[Path, int]]:
        """Return what tells the file and the line of an answer."""
        from simimport.testing.traces import places

        return places(self.path).__getitem__

    def count(self, severity: str) -> int:
        """Return how many findings are of a severity."""
        return int((self.findings["severity"] == severity).sum())


@click.command()
@click.argument("file", required=False, metavar="FILE")
@click.option("--dialect", metavar="NAME", default="auto", show_default=True,
              help="By whose rules: docs, server-6.3, server-7.4, server-8.3, or auto, as the bodies look.")
@click.option("--batch-size", type=Value(int), metavar="N", default=50, show_default=True,
              help="How many users are published at once.")
@click.option("--still", type=Value(float), metavar="SECONDS", default=120.0, show_default=True,
              help="For how long nothing may be published while importing.")
@click.option("--format", "form", metavar="NAME", default="text", show_default=True,
              help="text, json (a record per finding) or github (annotations for its workflows).")
@click.option("--strict", is_flag=True, help="Exit with 1 on warnings too.")
@click.option("--rules", is_flag=True, help="List the rules, and why they are some, instead.")
@click.option("-q", "--quiet", is_flag=True, help="No talk, only what is found.")
@click.pass_context
def lint(ctx: click.Context, /, **given: Any) -> None:
    """Tell what is wrong with a trace of answers.

    FILE is JSONL, an answer per line with at_s and body, as simimport record and simimport run --out write
    it; or a folder, of such a file or of bodies. Exits with 0 if all is well or there are warnings only, with
    1 on errors, and with 2 if the trace cannot be read.
    """
    if given["rules"]:
        give(_rules(Talk().width))
        return
    if given["file"] is None:
        raise click.UsageError("Missing argument 'FILE': the trace to lint. --rules lists the rules.", ctx)
    tell: Mapping[str, Callable[[_Found], str]] = {"text": _text, "json": _json, "github": _github}
    form = given["form"]
    if form not in tell:
        raise ParameterError("format", form, ", ".join(tell), hint=suggestion(form, list(tell)))
    found = _linted(given, Talk(quiet=given["quiet"]))
    give(tell[form](found))
    if found.count("error") or (given["strict"] and len(found.findings)):
        ctx.exit(1)


def _linted(given: Mapping[str, Any], talk: Talk) -> _Found:
    from simimport.testing.lint.lint import AUTO, dialect_for
    from simimport.testing.lint.lint import lint as linted
    from simimport.testing.traces import Trace, read_trace

    # before a long file is read
    dialect_for(Trace(()), given["dialect"])
    limits = {"batch_size": given["batch_size"], "still_s": given["still"]}
    linted(Trace(()), **limits)
    trace = read_trace(given["file"])
    name = dialect_for(trace, given["dialect"]).name
    if given["dialect"] == AUTO:
        told = f"Linted as {name}, as its bodies look; --dialect names another."
        talk.say(talk.style(told, dim=True), indent=0)
    return _Found(Path(given["file"]), trace, name, linted(trace, dialect=name, **limits))


def _rules(width: int) -> str:
    from simimport.testing.lint.lint import RULES

    first = max(map(len, RULES)) + 2
    begin = first + len("warning") + 2
    lines = []
    for name, rule in RULES.items():
        why = textwrap.wrap(rule.why, width - begin, break_on_hyphens=False)
        lines.append(f"{name:{first}}{rule.severity:{begin - first}}{why[0]}")
        lines += [" " * begin + line for line in why[1:]]
    return "\n".join(lines) + "\n"


def _text(found: _Found) -> str:
    name, trace = clean(str(found.path)), found.trace
    span_s = trace[-1].at_s - trace[0].at_s
    noun = "answer" if len(trace) == 1 else "answers"
    about = f"{len(trace):,} {noun} in {duration(max(span_s, 0.0))}, {found.dialect}"
    if found.findings.empty:
        return f"✔ {name}: {about}: nothing is wrong.\n"
    from simimport.testing.lint.lint import RULES

    width, place = Talk().width, found.place()
    lines = [f"{name}: {about}"]
    for rule, findings in found.rules():
        mark, times = "✖" if findings[0]["severity"] == "error" else "!", len(findings)
        lines += ["", f"{mark} {rule} · {findings[0]['severity']}{f' × {times:,}' if times > 1 else ''}"]
        lines += textwrap.wrap(RULES[rule].why, width, initial_indent="  ", subsequent_indent="  ")
        shown = findings[: _SHOWN["text"]]
        lines += [line for told in _shown(found, shown, place) for line in _wrapped(told, width)]
        if times > len(shown):
            lines.append(f"    … and {times - len(shown):,} more")
    return "\n".join([*lines, "", _sum(found)]) + "\n"


def _shown(
    found: _Found, findings: list[dict[str, Any]], place: Callable[[int], tuple[Path, int]]
) -> Iterator[tuple[str, str]]:
    """Yield findings as where and what; the wheres are equally wide."""
    files = found.path.is_dir()
    where = [
        (cut(clean(file.name), 30) if files and line == 1 else f"line {line}", f"{finding['at_s']:,.1f} s")
        for finding in findings
        for file, line in [place(finding["row"])]
    ]
    yield from zip(columns(where, right=(1,)), (finding["message"] for finding in findings), strict=True)


def _wrapped(told: tuple[str, str], width: int) -> list[str]:
    where, message = told
    begin = f"    {where}  "
    return textwrap.wrap(clean(message), width, initial_indent=begin, subsequent_indent=" " * len(begin),
                         break_on_hyphens=False)  # fmt: skip


def _sum(found: _Found) -> str:
    parts = [
        f"{number:,} {severity}{'s' if number > 1 else ''}"
        for severity in ("error", "warning")
        if (number := found.count(severity))
    ]
    return f"{' and '.join(parts)}."


def _json(found: _Found) -> str:
    return json.dumps(found.records(), ensure_ascii=False, indent=2) + "\n"


def _github(found: _Found) -> str:
    if found.findings.empty:
        return ""
    place, lines = found.place(), []
    for rule, findings in found.rules():
        for finding in findings[: _SHOWN["github"]]:
            file, line = place(finding["row"])
            lines.append(_annotation(finding, rule, file, line))
        if (more := len(findings) - _SHOWN["github"]) > 0:
            lines.append(f"::notice title={_escaped(rule)}::{_data(f'{rule}: and {more:,} more')}")
    return "\n".join(lines) + "\n"


def _annotation(finding: Mapping[str, Any], rule: str, file: Path, line: int) -> str:
    told = f"{finding['message']} (at {finding['at_s']:g} s)"
    where = f"file={_escaped(file.as_posix())},line={line},title={_escaped(rule)}"
    return f"::{finding['severity']} {where}::{_data(told)}"


def _data(text: str) -> str:
    """Return a text as a workflow command carries it."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escaped(text: str) -> str:
    """Return a text as a property of a workflow command carries it."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
