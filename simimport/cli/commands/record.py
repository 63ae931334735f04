"""`simimport record`: the answers of a live server into a file, until its import ends.

Shows on standard error how it goes; what is asked, and when, is decided in `testing/recording`.
"""

from __future__ import annotations

import os
import shlex
from collections import deque
from typing import TYPE_CHECKING, Any

import click

from simimport.cli.errors import Failure
from simimport.cli.options import Option, Sections, Value
from simimport.cli.output.terminal import END_COLOURS, Talk
from simimport.errors import ParameterError
from simimport.model.fields import MOST_USERS
from simimport.show.words import counted, duration, in_seconds, number, printable
from simimport.testing.answer import facts_of

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
# over this time the rate is taken: long enough for several batches, short enough to see it change
_RATE_OVER_S = 60.0
_LONGEST_INSTANT = len("59 min 59.9 s")


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
    recorder = _recorder_given(url, _headers_given(ctx, given), given, progress)
    server = recorder.address.removesuffix("/api/v1/import.status")
    talk.say(f"Recording {printable(server)} every {in_seconds(given['every'])}; Ctrl-C ends it", indent=0)
    _record_to_the_end(recorder, progress, given["out"])
    progress.close()
    _say_what_is_kept(talk, recorder, given["out"])


def _say_what_is_kept(talk: Talk, recorder: Recorder, out: str) -> None:
    trace = recorder.trace
    over = "the import is over" if len(trace) > 1 else "the import was over already: --wait leaves it out"
    talk.say(f"{_what_is_kept(trace, out)}; {_ENDS.get(recorder.ended, over)}", indent=0)
    if _was_answered(trace):
        command = printable(f"simimport lint {shlex.quote(out)}")
        talk.say(f"what is wrong with them, if anything: {command}", indent=0)


def _headers_given(ctx: click.Context, given: dict[str, Any]) -> dict[str, str]:
    token = os.environ.get(given["token_env"], "")
    if not given["user_id"]:
        raise click.UsageError("Whose token is it? Give --user-id, or set SIMIMPORT_USER_ID.", ctx)
    if not token:
        # without the name: who takes the option for the token itself would see it here
        where = "put it into SIMIMPORT_TOKEN, or into the variable that --token-env names"
        raise click.UsageError(f"There is no token: {where}.", ctx)
    return {"X-User-Id": given["user_id"], "X-Auth-Token": token}


def _recorder_given(
    url: str, headers: dict[str, str], given: dict[str, Any], progress: _Progress
) -> Recorder:
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


def _record_to_the_end(recorder: Recorder, progress: _Progress, out: str) -> None:
    from simimport.testing.recording.record import RecordingError

    try:
        recorder.run()
    except RecordingError as error:
        progress.close()
        # of what stops it at once, the error says all
        kept = f"; {_what_is_kept(error.trace, out)}" if len(error.trace) > 1 else ""
        raise Failure(f"{error}{kept}") from None


def _was_answered(trace: Trace) -> bool:
    return any(answer.http_status for answer in trace)


def _what_is_kept(trace: Trace, out: str) -> str:
    if not _was_answered(trace):
        return "nothing was answered, and no file was made"
    return f"{counted(len(trace), 'answer')} in {printable(out)}"


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
        line = self._answer_line(answer, wait_s)
        if headline == self._headline and self._talk.is_terminal:
            self._redraw(line)
        elif headline != self._headline:
            self.close()
            self._talk.say(line)
        self._headline = headline

    def close(self) -> None:
        """Let the line that moves stay."""
        if self._moving:
            click.echo(err=True)
        self._moving = ""

    def _redraw(self, line: str) -> None:
        if self._talk.quiet:
            return
        shown = click.unstyle(line)[: self._talk.width - 3]
        click.echo("\r  " + shown.ljust(len(self._moving)), err=True, nl=False)
        self._moving = shown

    def _answer_line(self, answer: Recorded, wait_s: float) -> str:
        at = f"{duration(answer.at_s):>{_LONGEST_INSTANT}}"
        if answer.state is None:
            status = answer.http_status
            problem = {0: "no answer", 200: "no state"}.get(status, f"HTTP {status}")
            again = f"next in {duration(wait_s)}" if wait_s else ""
            return f"{at}  {self._talk.style(f'{problem:<10}', fg='red')}  {again}".rstrip()
        state = f"{printable(answer.state[:20]):<10}"
        colour = END_COLOURS.get(answer.state)
        styled = self._talk.style(state, fg=colour) if colour else state
        return f"{at}  {styled}  {self._counters_line(answer)}".rstrip()

    def _counters_line(self, answer: Recorded) -> str:
        """Return the counters in words, where there are any."""
        facts = facts_of(answer.body, answer.http_status)
        counters = (facts.total, facts.processed, facts.error)
        # a server may count anything; more than so many users is no count
        if not facts.total or any(abs(counter or 0) > MOST_USERS for counter in counters):
            return ""
        users = counted(facts.total, "user")
        if not facts.processed:
            return users
        rate = self._speed(answer.at_s, facts.processed) if facts.state == "importing" else ""
        of = f"{number(facts.processed):>{len(number(facts.total))}} of {users}"
        return of + (f", {number(facts.error)} failed" if facts.error else "") + rate

    def _speed(self, at_s: float, processed: int) -> str:
        """Return how fast it goes, over the last minute."""
        before = self._processed
        if before and processed < before[-1][1]:
            before.clear()  # another operation
        before.append((at_s, processed))
        while len(before) > 2 and at_s - before[0][0] > _RATE_OVER_S:
            before.popleft()
        since_s, already = before[0]
        if at_s <= since_s:
            return ""
        # three digits: more would flicker
        per_s = float(f"{(processed - already) / (at_s - since_s):.3g}")
        return f", {number(per_s)} per second"
