"""`simimport record`: the answers of a live server into a file, until its import ends.

Shows on standard error how it goes; what is asked, and when, is decided by `testing.record`.
"""

from __future__ import annotations

import os
import shlex
from collections import deque
from typing import TYPE_CHECKING, Any

import click

from simimport.cli.options import Option, Sections, Value
from simimport.cli.output.terminal import Talk
from simimport.errors import ParameterError

if TYPE_CHECKING:
    from simimport.testing.recording.record import Recorder
    from simimport.testing.traces import Recorded, Trace

__all__ = ["record"]

_WHO, _WHEN, _FILE = "Who asks", "How often, and until when", "Where it goes"
_ENDS = {"until_s": "--until is reached", "max_polls": "--max-polls is reached", "Ctrl-C": "ended by Ctrl-C"}
# arguments of the recorder, as a command line calls them
_OPTIONS = {
    "path": "--out", "every_s": "--every", "until_s": "--until", "max_polls": "--max-polls",
    "settle_s": "--settle", "patience_s": "--patience", "timeout_s": "--timeout",
    "the header X-User-Id": "--user-id", "the header X-Auth-Token": "the token",
}  # fmt: skip
_COLOURS = {"done": "green", "canceled": "yellow", "error": "red"}
# over this time the rate is taken: long enough for several batches, short enough to see it change
_RATE_OVER_S = 60.0


@click.command(cls=Sections)
@click.argument("url")
@click.option("--user-id", cls=Option, section=_WHO, metavar="ID", envvar="SIMIMPORT_USER_ID",
              show_envvar=True, help="Sent as X-User-Id.")
@click.option("--token-env", cls=Option, section=_WHO, metavar="NAME", default="SIMIMPORT_TOKEN",
              show_default=True, help="The environment variable that holds the token, sent as X-Auth-Token.")
@click.option("--every", cls=Option, section=_WHEN, type=Value(float), metavar="SECONDS", default=5.0,
              show_default=True, help="From one request to the next.")
@click.option("--until", cls=Option, section=_WHEN, type=Value(float), metavar="SECONDS",
              help="Ask nothing later than that.  [default: the end of the import]")
@click.option("--max-polls", cls=Option, section=_WHEN, type=Value(int), metavar="N",
              help="Ask so many times at most.")
@click.option("--wait", cls=Option, section=_WHEN, is_flag=True,
              help="Leave out an import that is over already, and wait for the next one.")
@click.option("--settle", cls=Option, section=_WHEN, type=Value(float), metavar="SECONDS", default=60.0,
              show_default=True,
              help="How long an error that may still become done must stand still to be the end.")
@click.option("--patience", cls=Option, section=_WHEN, type=Value(float), metavar="SECONDS", default=600.0,
              show_default=True, help="Give up when no answer tells a state for so long.")
@click.option("--timeout", cls=Option, section=_WHEN, type=Value(float), metavar="SECONDS", default=30.0,
              show_default=True, help="How long one answer may take.")
@click.option("--out", cls=Option, section=_FILE, metavar="FILE", required=True,
              help="Each answer is a line of it as soon as it comes: JSONL.")
@click.option("--force", cls=Option, section=_FILE, is_flag=True, help="Replace a file that is there.")
@click.option("-q", "--quiet", cls=Option, section=_FILE, is_flag=True, help="Say nothing but errors.")
@click.pass_context
def record(ctx: click.Context, /, url: str, **given: Any) -> None:
    """Record what a live server answers, until its import ends.

    URL is the server's, such as http://localhost:3000. Nothing but GET import.status is ever asked of it.
    The token never reaches the file. Ctrl-C ends it and keeps what is there; so does a kill.
    """
    talk = Talk(quiet=given["quiet"])
    progress = _Progress(talk)
    recorder = _recorder(url, _headers(ctx, given), given, progress)
    server = recorder.address.removesuffix("/api/v1/import.status")
    talk.say(f"Recording {server} every {given['every']:g} s; Ctrl-C ends it", indent=0)
    _run(recorder, progress, given["out"])
    progress.close()
    _conclude(talk, recorder, given["out"])


def _conclude(talk: Talk, recorder: Recorder, out: str) -> None:
    trace = recorder.trace
    over = "the import is over" if len(trace) > 1 else "the import was over already: --wait leaves it out"
    talk.say(f"{_kept(trace, out)}; {_ENDS.get(recorder.ended, over)}", indent=0)
    if _answered(trace):
        talk.say(f"what is wrong with them, if anything: simimport lint {shlex.quote(out)}", indent=0)


def _headers(ctx: click.Context, given: dict[str, Any]) -> dict[str, str]:
    token = os.environ.get(given["token_env"], "")
    if not given["user_id"]:
        raise click.UsageError("Whose token is it? Give --user-id, or set SIMIMPORT_USER_ID.", ctx)
    if not token:
        # without the name: who takes the option for the token itself would see it here
        said = "There is no token: put it into SIMIMPORT_TOKEN, or into the variable that --token-env names."
        raise click.UsageError(said, ctx)
    return {"X-User-Id": given["user_id"], "X-Auth-Token": token}


def _recorder(url: str, headers: dict[str, str], given: dict[str, Any], progress: _Progress) -> Recorder:
    from simimport.testing.recording.record import Recorder

    try:
        return Recorder(
            url, headers=headers, every_s=given["every"], path=given["out"], until_s=given["until"],
            max_polls=given["max_polls"], wait=given["wait"], settle_s=given["settle"],
            patience_s=given["patience"], timeout_s=given["timeout"], force=given["force"], tell=progress,
        )  # fmt: skip
    except ParameterError as error:
        allowed = error.allowed.replace("; force ", "; --force ")
        raise ParameterError(_OPTIONS.get(error.field, error.field), error.value, allowed) from None


def _run(recorder: Recorder, progress: _Progress, out: str) -> None:
    from simimport.testing.recording.record import RecordingError

    try:
        recorder.run()
    except RecordingError as error:
        progress.close()
        # what stops it at once is told by the error alone
        kept = f"; {_kept(error.trace, out)}" if len(error.trace) > 1 else ""
        raise click.ClickException(f"{error}{kept}") from None


def _answered(trace: Trace) -> bool:
    return any(answer.http_status for answer in trace)


def _kept(trace: Trace, out: str) -> str:
    if not _answered(trace):
        return "nothing was answered, and no file was made"
    return f"{len(trace):,} answer{'s' if len(trace) > 1 else ''} in {out}"


class _Progress:
    """How a recording goes: a line that stays per change of the state, and one that moves at a terminal."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._headline: object = None
        self._moving = ""
        self._processed: deque[tuple[float, int]] = deque()

    def __call__(self, answer: Recorded, wait_s: float) -> None:
        """Show an answer."""
        headline = answer.state or answer.http_status
        line = self._line(answer, wait_s)
        if headline == self._headline and self._talk.is_terminal:
            self._move(line)
        elif headline != self._headline:
            self.close()
            self._talk.say(line)
        self._headline = headline

    def close(self) -> None:
        """Let the line that moves stay."""
        if self._moving:
            click.echo(err=True)
        self._moving = ""

    def _move(self, line: str) -> None:
        if self._talk.quiet:
            return
        shown = click.unstyle(line)[: self._talk.width - 3]
        click.echo("\r  " + shown.ljust(len(self._moving)), err=True, nl=False)
        self._moving = shown

    def _line(self, answer: Recorded, wait_s: float) -> str:
        at = f"{answer.at_s:>9,.1f} s"
        if answer.state is None:
            known = {0: "no answer", 200: "no state"}
            what = known.get(answer.http_status, f"HTTP {answer.http_status}")
            again = f"next in {wait_s:,.1f} s" if wait_s else ""
            return f"{at}  {self._talk.style(f'{what:<10}', fg='red')}  {again}".rstrip()
        state = answer.state[:20] if answer.state.isprintable() else ascii(answer.state[:20])
        colour = _COLOURS.get(state)
        named = self._talk.style(f"{state:<10}", fg=colour) if colour else f"{state:<10}"
        return f"{at}  {named}  {self._counted(answer)}".rstrip()

    def _counted(self, answer: Recorded) -> str:
        """Return the counters in words, where there are any."""
        completed, failed, total = (_count(answer, name) for name in ("completed", "error", "total"))
        if not total:
            return ""
        done = completed + failed
        of = f"{total:,} users"
        if not done:
            return of
        rate = self._rate(answer.at_s, done) if answer.state == "importing" else ""
        return f"{f'{done:,}':>{len(of) - 6}} of {of}" + (f", {failed:,} failed" if failed else "") + rate

    def _rate(self, at_s: float, done: int) -> str:
        known = self._processed
        if known and done < known[-1][1]:
            known.clear()  # another operation
        known.append((at_s, done))
        while len(known) > 2 and at_s - known[0][0] > _RATE_OVER_S:
            known.popleft()
        (since_s, before), span_s = known[0], at_s - known[0][0]
        return f", {(done - before) / (at_s - since_s):,.1f} per second" if span_s > 0 else ""


def _count(answer: Recorded, name: str) -> int:
    """Return a counter as far as it is one."""
    told = answer.body.get("operation")
    counters = told.get("count") if isinstance(told, dict) else None
    value = counters.get(name) if isinstance(counters, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
