"""The summary of a run that a person reads: states, counters, failures, progress, and how to have it again.

Says it to a `Talk`. Numbers come from `facts`; what is data goes elsewhere.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from simimport.cli.output.chart import Curve, chart
from simimport.cli.output.columns import clean, columns, cut, duration, pad, percent, width_of
from simimport.model.states import State

if TYPE_CHECKING:
    from simimport.cli.output.terminal import Talk
    from simimport.model.dialects import Dialect
    from simimport.model.run.run import Run

__all__ = ["summarize"]

#: What stands for an end, and in which colour.
_ENDS = {State.DONE: ("✔", "green"), State.CANCELED: ("■", "yellow"), State.ERROR: ("✖", "red")}
_MOST_FAILED = 40
_BAR = 24
_RED = "\x1b[31m"


def summarize(
    talk: Talk,
    run: Run,
    dialect: Dialect,
    told: Mapping[str, Any],
    *,
    about: str,
    failed: Sequence[Mapping[str, Any]],
) -> None:
    """Say how a run went.

    Parameters
    ----------
    talk : Talk
        To whom.
    run : Run
        What.
    dialect : Dialect
        In whose words the states and the published counters are.
    told : mapping
        Its `facts`.
    about : str
        A line about where the scenario comes from; may be empty.
    failed : sequence of mappings
        The users that failed, of `failed_users`, where each is to be named.
    """
    talk.say()
    _title(talk, run, told, about)
    _tables(talk, told)
    _reasons(talk, told["reasons"])
    if failed:
        # real servers remove them
        _failed(talk, failed, "" if dialect.server else "each stays in the staging area, with its reason")
    if run.truth.users:
        _progress(talk, run, dialect)
    if told["at_s"] is not None:
        _moment(talk, run, told["at_s"])


def _heading(talk: Talk, text: str, beside: str = "") -> None:
    talk.say()
    beside = cut(beside, talk.width - 4 - len(text))
    talk.say(talk.style(text, bold=True) + (talk.style(f"  {beside}", dim=True) if beside else ""))


def _prose(talk: Talk, text: str) -> None:
    talk.say("\n".join(textwrap.wrap(text, talk.width - 2)))


def _title(talk: Talk, run: Run, told: Mapping[str, Any], about: str) -> None:
    mark, colour = _ENDS[run.final]
    how = f"{mark} {run.final} {'in' if run.final is State.DONE else 'after'} {duration(run.duration_s)}"
    truth = told["truth"]
    counts = [f"{truth['imported']:,} imported", f"{truth['failed']:,} failed"]
    counts += [f"{truth['unreached']:,} not reached"] if truth["unreached"] else []
    users = run.truth.users
    beside = f"{users:,} user{'s' * (users != 1)}: {', '.join(counts)}"
    one_line = width_of(how) + 3 + width_of(beside) <= talk.width - 2
    talk.say(talk.style(how, fg=colour, bold=True) + ("   " if one_line else "\n  ") + beside)
    if about:
        talk.say(talk.style(cut(clean(about), talk.width - 4), dim=True), indent=4)


def _tables(talk: Talk, told: Mapping[str, Any]) -> None:
    """Say the states and the counters, beside one another where there is room."""
    entered = [("state", "entered at", "lasted")]
    for row in told["states"]:
        lasted = "" if row["lasted_s"] is None else duration(row["lasted_s"])
        entered.append((row["state"], duration(row["at_s"]), lasted))
    published, truth = told["published"], told["truth"]
    counted = [
        ("users", "published", "in truth"),
        ("imported", f"{published['completed']:,}", f"{truth['imported']:,}"),
        ("failed", f"{published['error']:,}", f"{truth['failed']:,}"),
        ("not reached", f"{published['remaining']:,}", f"{truth['unreached']:,}"),
    ]
    talk.say()
    for line in _beside(entered, counted, talk.width - 4):
        # only the headings have no digit
        talk.say(line if any(map(str.isdigit, line)) else talk.style(line, dim=True))
    hidden = truth["imported"] + truth["failed"] - published["completed"] - published["error"]
    if hidden > 0:
        talk.say()
        who = "1 user was" if hidden == 1 else f"{hidden:,} users were"
        _prose(talk, f"{who} processed after the last flush and never published.")


def _beside(left: Sequence[Sequence[str]], right: Sequence[Sequence[str]], width: int) -> list[str]:
    """Return the lines of two tables, beside one another where there is room, else one after the other."""
    lines: list[str] = []
    for gap in (3, 2):
        tables = columns(left, right=(1, 2), gap=gap), columns(right, right=(1, 2), gap=gap)
        begin = max(map(width_of, tables[0])) + 2 * gap
        pairs = zip_longest(*tables, fillvalue="")
        lines = [(pad(one, begin) + other).rstrip() for one, other in pairs]
        if max(map(width_of, lines)) <= width:
            return lines
    return [*tables[0], "", *tables[1]]


def _reasons(talk: Talk, reasons: Mapping[str, int]) -> None:
    total, most = sum(reasons.values()), max(reasons.values())
    if not total:
        return
    _heading(talk, "Failures by reason")
    seen = {name: number for name, number in reasons.items() if number}
    rows = [(name, f"{number:,}", f"{100 * number / total:.1f} %") for name, number in seen.items()]
    for line, number in zip(columns(rows, right=(1, 2), gap=3), seen.values(), strict=True):
        longest = min(_BAR, talk.width - 5 - len(line))
        talk.say(line + "   " + talk.style("▆" * max(1, round(number / most * longest)), fg="red"))


def _failed(talk: Talk, failed: Sequence[Mapping[str, Any]], beside: str) -> None:
    _heading(talk, "Users that failed", beside)
    rows = [("import id", "username", "e-mail", "reason")]
    for user in failed[:_MOST_FAILED]:
        cells = [user[name] for name in ("import_id", "username", "email", "reason")]
        rows.append(tuple("–" if cell is None else clean(cell) for cell in cells))  # type: ignore[arg-type]
    lines = columns(rows, most=talk.width - 4)
    talk.say(talk.style(lines[0], dim=True))
    talk.say("\n".join(lines[1:]))
    if len(failed) > _MOST_FAILED:
        talk.say(f"… and {len(failed) - _MOST_FAILED:,} more, all of them in staging.csv with --out")


def _progress(talk: Talk, run: Run, dialect: Dialect) -> None:
    """Draw what was published, and say what is seen in the drawing."""
    rows, users = run.timeline(dialect).rows, run.truth.users
    mark, colour = _ENDS[run.final]
    stalls = run.truth.stalls_s
    curve = Curve(
        at_s=(rows["at_us"] / 1e6).tolist(),
        completed=(rows["completed"] / users).tolist(),
        error=(rows["error"] / users).tolist(),
        end_s=float(rows["at_us"][-1]) / 1e6,
        run_s=run.truth.run_us / 1e6,
        stalls=stalls,
        mark=mark,
        colour=colour,
    )
    _heading(talk, "Published progress", f"{users:,} users, a step per flush of {run.scenario.batch_size:,}")
    paint = (lambda text, look: _paint(talk, text, look)) if talk.coloured else None
    drawn = "\n".join(chart(curve, talk.width - 4, paint))
    talk.say(drawn)
    legend = [("━", "yellow", _stalled(stalls))] if stalls else []
    legend += [(mark, colour, _ended(run))] if run.final is not State.DONE else []
    if (_RED if talk.coloured else "▒") in drawn:
        legend.append(("█" if talk.coloured else "▒", "red", "failed"))
    between = "   " if sum(len(text) + 5 for _, _, text in legend) <= talk.width - 9 else "\n"
    if legend:
        parts = (f"{talk.style(letter, fg=look)} {text}" for letter, look, text in legend)
        talk.say(between.join(parts), indent=9)


def _paint(talk: Talk, text: str, look: str) -> str:
    front, _, back = look.partition(" on ")
    return talk.style(text, fg=front, **({"bg": back} if back else {}))


def _stalled(stalls: Sequence[tuple[float, float]]) -> str:
    if len(stalls) == 1:
        begin, end = stalls[0]
        return f"stalled for {duration(end - begin)}, from {duration(begin)} on"
    return f"stalled {len(stalls):,} times, {duration(sum(end - begin for begin, end in stalls))} in all"


def _ended(run: Run) -> str:
    end = duration(run.duration_s)
    if run.final is State.ERROR:
        return f"crashed at {end}"
    asked = run.truth.asked_us
    return f"canceled at {end}" + ("" if asked is None else f", asked at {duration(asked / 1e6)}")


def _moment(talk: Talk, run: Run, at_s: float) -> None:
    moment = run.at(at_s)
    shown = moment.completed + moment.error
    _heading(talk, f"At {'' if at_s >= 0 else '-'}{duration(abs(at_s))}: {moment.state}")
    _prose(
        talk,
        f"{shown:,} of {moment.total:,} published as processed ({percent(moment.progress)}); "
        f"in truth {moment.imported + moment.failed:,}",
    )
