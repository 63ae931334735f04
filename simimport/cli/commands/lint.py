"""`simimport lint`: what is wrong with a trace, for people, programs and GitHub.

Prints what `simimport.testing.lint.lint` finds. Judges nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from simimport.checks import whole
from simimport.cli.options import Value, form_given
from simimport.cli.output.columns import columns, cut, wrapped
from simimport.cli.output.json_text import shown_json
from simimport.cli.output.terminal import Talk, give
from simimport.errors import ParameterError
from simimport.show.words import counted, duration, number, printable

if TYPE_CHECKING:
    import pandas as pd

    from simimport.testing.traces import Trace

__all__ = ["lint"]

# of each rule: GitHub itself shows ten errors and ten warnings per step
_SHOWN_TO_PEOPLE, _SHOWN_TO_GITHUB = 3, 10
_FILE_WIDTH = 30


class _Report(NamedTuple):
    """What was linted, by whose rules, and what is wrong."""

    path: Path
    trace: Trace
    dialect: str
    findings: pd.DataFrame

    @property
    def name(self) -> str:
        """What it is called."""
        return "standard input" if str(self.path) == "-" else printable(self.path)

    def records(self) -> list[dict[str, Any]]:
        """Return the findings as plain values."""
        return self.findings.to_dict("records")  # type: ignore[return-value]  # its columns are texts

    def rules(self) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """Yield each broken rule with its findings; errors come first, then what was broken first."""
        groups: dict[str, list[dict[str, Any]]] = {}
        for finding in self.records():
            groups.setdefault(finding["rule"], []).append(finding)
        yield from sorted(groups.items(), key=lambda group: group[1][0]["severity"] != "error")

    def amount(self, severity: str) -> int:
        """Return how many findings are of a severity."""
        return int((self.findings["severity"] == severity).sum())


@click.command()
@click.argument("files", nargs=-1, metavar="FILE...")
@click.option("--dialect", metavar="NAME", default="auto", show_default=True,
              help="By whose rules: docs, server-6.3, server-7.4, server-8.3, or auto, as the bodies look.")
@click.option("--batch-size", type=Value(int), metavar="N", default=50, show_default=True,
              help="How many users are published at once.")
@click.option("--still", type=Value(float), metavar="SECONDS", default=120.0, show_default=True,
              help="For how long nothing may be published while importing.")
@click.option("--format", "form", metavar="NAME", default="text", show_default=True,
              help="text, json (a record per finding) or github (annotations for its workflows).")
@click.option("--strict", is_flag=True, help="Exit with 1 on warnings too.")
@click.option("--rules", is_flag=True, help="List the rules and the reason for each, instead.")
@click.option("-q", "--quiet", is_flag=True, help="No talk, only what is found.")
@click.pass_context
def lint(ctx: click.Context, /, **given: Any) -> None:
    """Tell what is wrong with a trace of answers.

    FILE is JSONL, an answer per line with at_s and body, as simimport record and simimport run --out write
    it; bodies alone, one or many, with a date before each or without; HAR, or a cassette of vcrpy; a folder
    of these; or - for standard input. Exits with 0 if all is well or there are warnings only, with 1 on
    errors, and with 2 if a trace cannot be read.
    """
    if given["rules"]:
        give(_rules_table(Talk().width))
        return
    if not given["files"]:
        raise click.UsageError("Missing argument 'FILE': the trace to lint. --rules lists the rules.", ctx)
    forms: Mapping[str, Callable[[list[_Report]], str]] = {
        "text": _report_texts, "json": _report_json, "github": _annotations,
    }  # fmt: skip
    written = form_given(given["form"], forms)
    reports = _reports_on(given, Talk(quiet=given["quiet"]))
    give(written(reports))
    if any(report.amount("error") or (given["strict"] and len(report.findings)) for report in reports):
        ctx.exit(1)


def _reports_on(given: Mapping[str, Any], talk: Talk) -> list[_Report]:
    from simimport.testing.lint.lint import dialect_for, patience_s
    from simimport.testing.lint.lint import lint as findings_in
    from simimport.testing.trace_files import read_trace
    from simimport.testing.traces import Trace

    # before a long file is read
    dialect_for(Trace(()), given["dialect"])
    batch_size = whole("--batch-size", given["batch_size"], 1)
    still_s = patience_s("--still", given["still"])
    if given["files"].count("-") > 1:
        raise ParameterError("FILE", "-", "standard input once, for it can be read once only")
    # all are read before anything is told: a script gets a whole report or none
    traces = [read_trace(file) for file in given["files"]]
    reports = []
    for file, trace in zip(given["files"], traces, strict=True):
        dialect = dialect_for(trace, given["dialect"]).name
        findings = findings_in(trace, dialect=dialect, batch_size=batch_size, still_s=still_s)
        report = _Report(Path(file), trace, dialect, findings)
        _tell_how(report, talk, given["dialect"], several=len(traces) > 1)
        reports.append(report)
    return reports


def _tell_how(report: _Report, talk: Talk, asked: str, *, several: bool) -> None:
    """Say how a trace was read and by whose rules it was linted, where that was decided here."""
    from simimport.testing.lint.lint import AUTO, doubt_of

    name = f"{report.name}: " if several else ""
    if report.trace.read_as:
        talk.say(talk.style(f"{name}Read as {report.trace.read_as}.", dim=True), indent=0)
    if asked == AUTO:
        doubt = doubt_of(report.trace, AUTO)
        how = f": {doubt.partition(': ')[2]}" if doubt else ", as its bodies look"
        line = f"{name}Linted as {report.dialect}{how}; --dialect names another."
        talk.say(talk.style(line, dim=True), indent=0)


def _rules_table(width: int) -> str:
    from simimport.testing.lint.lint import RULES

    first = max(map(len, RULES)) + 2
    begin = first + len("warning") + 2
    lines = []
    for name, rule in RULES.items():
        head = f"{name:{first}}{rule.severity:{begin - first}}"
        lines += wrapped(rule.why, width, first=head, rest=" " * begin)
    return "\n".join(lines) + "\n"


# for people -----------------------------------------------------------------------------------------------


def _report_texts(reports: list[_Report]) -> str:
    # a line each where all is well, and else paragraphs
    between = "\n" if any(len(report.findings) for report in reports) else ""
    return between.join(map(_report_text, reports))


def _report_text(report: _Report) -> str:
    name, trace = report.name, report.trace
    span_s = max(trace[-1].at_s - trace[0].at_s, 0.0)
    about = f"{counted(len(trace), 'answer')} in {duration(span_s)}, {report.dialect}"
    if report.findings.empty:
        return f"✔ {name}: {about}: nothing is wrong.\n"
    from simimport.testing.lint.lint import RULES

    width = Talk().width
    lines = [f"{name}: {about}"]
    for rule, findings in report.rules():
        severity, times = findings[0]["severity"], len(findings)
        mark = "✖" if severity == "error" else "!"
        lines += ["", f"{mark} {rule} · {severity}{f' × {number(times)}' if times > 1 else ''}"]
        lines += wrapped(RULES[rule].why, width, first="  ", rest="  ")
        shown = findings[:_SHOWN_TO_PEOPLE]
        for where, finding in zip(_places_of(report, shown), shown, strict=True):
            first = f"    {where}  "
            lines += wrapped(printable(finding["message"]), width, first=first, rest=" " * len(first))
        if times > len(shown):
            lines.append(f"    … and {number(times - len(shown))} more")
    return "\n".join([*lines, "", _sum_of(report)]) + "\n"


def _places_of(report: _Report, findings: list[dict[str, Any]]) -> list[str]:
    """Return where each finding is: its line or file, and its instant; all are equally wide."""
    files = report.path.is_dir()
    cells = [
        (
            cut(printable(file.name), _FILE_WIDTH) if files and line == 1 else f"line {line}",
            duration(finding["at_s"]),
        )
        for finding in findings
        for file, line in [report.trace.places[finding["row"]]]
    ]
    return columns(cells, right=(1,))


def _sum_of(report: _Report) -> str:
    amounts = {severity: report.amount(severity) for severity in ("error", "warning")}
    return " and ".join(counted(amount, severity) for severity, amount in amounts.items() if amount) + "."


# for programs ---------------------------------------------------------------------------------------------


def _report_json(reports: list[_Report]) -> str:
    """Return a record per finding; of several traces each names its file."""
    if len(reports) == 1:
        return shown_json(reports[0].records())
    pairs = ((report, record) for report in reports for record in report.records())
    return shown_json([{"file": str(report.path)} | record for report, record in pairs])


def _annotations(reports: list[_Report]) -> str:
    """Return the findings as workflow commands of GitHub, which shows them beside the lines."""
    lines = []
    for report in reports:
        for rule, findings in report.rules():
            for finding in findings[:_SHOWN_TO_GITHUB]:
                file, line = report.trace.places[finding["row"]]
                lines.append(_annotation(finding, rule, file, line))
            if (more := len(findings) - _SHOWN_TO_GITHUB) > 0:
                note = _as_data(f"{rule}: and {number(more)} more")
                lines.append(f"::notice title={_as_property(rule)}::{note}")
    return "".join(f"{line}\n" for line in lines)


def _annotation(finding: Mapping[str, Any], rule: str, file: Path, line: int) -> str:
    message = f"{printable(finding['message'])} (at {duration(finding['at_s'])})"
    where = f"file={_as_property(printable(file.as_posix()))},line={line},title={_as_property(rule)}"
    return f"::{finding['severity']} {where}::{_as_data(message)}"


def _as_data(text: str) -> str:
    """Return a text as a workflow command carries it."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _as_property(text: str) -> str:
    """Return a text as a property of a workflow command carries it."""
    return _as_data(text).replace(":", "%3A").replace(",", "%2C")
