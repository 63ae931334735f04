"""The summary of a run that a person reads: states, counters, failures, progress, and what an instant showed.

Says it to a `Talk`. Numbers come from `run_facts`; what is data goes elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from simimport.cli.output.chart import Curve, chart
from simimport.cli.output.columns import columns, cut, pad, width_of, wrapped
from simimport.cli.output.terminal import END_COLOURS
from simimport.model.states import State
from simimport.show.words import counted, duration, number, percent, printable

if TYPE_CHECKING:
    from simimport.cli.output.terminal import Talk
    from simimport.model.dialects import Dialect
    from simimport.model.run.run import Run

__all__ = ["summarize"]

#: What stands for an end.
_MARKS = {State.DONE: "✔", State.CANCELED: "■", State.ERROR: "✖"}
_MOST_FAILED = 40
_BAR = 24
_RED = "\x1b[31m"


def summarize(
    talk: Talk,
    run: Run,
    dialect: Dialect,
    facts: Mapping[str, Any],
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
    facts : mapping
        Those that `facts_of` returns.
    about : str
        A line about where the scenario comes from; may be empty.
    failed : sequence of mappings
        The users that failed, of `failed_users`, where each is to be named.
    """
    talk.say()
    _say_title(talk, run, about)
    _say_tables(talk, facts)
    _say_reasons(talk, facts["reasons"])
    if failed:
        # real servers remove them
        beside = "" if dialect.server else "each stays in the staging area, with its reason"
        _say_failed_users(talk, failed, beside)
    if run.truth.users:
        _say_progress(talk, run, dialect)
    if facts["at_s"] is not None:
        _say_moment(talk, run, facts["at_s"])


def _say_heading(talk: Talk, text: str, beside: str = "") -> None:
    talk.say()
    beside = cut(beside, talk.width - 4 - len(text))
    talk.say(talk.style(text, bold=True) + (talk.style(f"  {beside}", dim=True) if beside else ""))


def _say_sentence(talk: Talk, text: str) -> None:
    talk.say("\n".join(wrapped(text, talk.width - 2)))


def _say_title(talk: Talk, run: Run, about: str) -> None:
    end = f"{run.final} {'in' if run.final is State.DONE else 'after'} {duration(run.duration_s)}"
    end = f"{_MARKS[run.final]} {end}"
    imported, failed, unreached = run.counts
    outcomes = [f"{number(imported)} imported", f"{number(failed)} failed"]
    outcomes += [f"{number(unreached)} not reached"] if unreached else []
    beside = f"{counted(run.truth.users, 'user')}: {', '.join(outcomes)}"
    one_line = width_of(end) + 3 + width_of(beside) <= talk.width - 2
    styled = talk.style(end, fg=END_COLOURS[run.final], bold=True)
    talk.say(styled + ("   " if one_line else "\n  ") + beside)
    if about:
        talk.say(talk.style(cut(printable(about), talk.width - 4), dim=True), indent=4)


def _say_tables(talk: Talk, facts: Mapping[str, Any]) -> None:
    """Say the states and the counters, beside one another where there is room."""
    states = [("state", "entered at", "lasted")]
    for row in facts["states"]:
        lasted = "" if row["lasted_s"] is None else duration(row["lasted_s"])
        states.append((row["state"], duration(row["at_s"]), lasted))
    published, truth = facts["published"], facts["truth"]
    users = [
        ("users", "published", "in truth"),
        ("imported", number(published["completed"]), number(truth["imported"])),
        ("failed", number(published["error"]), number(truth["failed"])),
        ("not reached", number(published["remaining"]), number(truth["unreached"])),
    ]
    talk.say()
    for line in _side_by_side(states, users, talk.width - 4):
        # only the headings have no digit
        talk.say(line if any(map(str.isdigit, line)) else talk.style(line, dim=True))
    hidden = truth["imported"] + truth["failed"] - published["completed"] - published["error"]
    if hidden > 0:
        talk.say()
        were = "was" if hidden == 1 else "were"
        after = "processed after the last flush and never published"
        _say_sentence(talk, f"{counted(hidden, 'user')} {were} {after}.")


def _side_by_side(left: Sequence[Sequence[str]], right: Sequence[Sequence[str]], width: int) -> list[str]:
    """Return the lines of two tables, beside one another where there is room, else one after the other."""
    lines: list[str] = []
    for gap in (3, 2):
        tables = columns(left, right=(1, 2), gap=gap), columns(right, right=(1, 2), gap=gap)
        begin = max(map(width_of, tables[0])) + 2 * gap
        pairs = zip_longest(*tables, fillvalue="")
        lines = [(pad(line, begin) + other).rstrip() for line, other in pairs]
        if max(map(width_of, lines)) <= width:
            return lines
    return [*tables[0], "", *tables[1]]


def _say_reasons(talk: Talk, reasons: Mapping[str, int]) -> None:
    total, most = sum(reasons.values()), max(reasons.values())
    if not total:
        return
    _say_heading(talk, "Failures by reason")
    amounts = {reason: amount for reason, amount in reasons.items() if amount}
    rows = [(reason, number(amount), percent(amount / total)) for reason, amount in amounts.items()]
    for line, amount in zip(columns(rows, right=(1, 2), gap=3), amounts.values(), strict=True):
        longest = min(_BAR, talk.width - 5 - len(line))
        talk.say(line + "   " + talk.style("▆" * max(1, round(amount / most * longest)), fg="red"))


def _say_failed_users(talk: Talk, failed: Sequence[Mapping[str, Any]], beside: str) -> None:
    _say_heading(talk, "Users that failed", beside)
    rows = [("import id", "username", "e-mail", "reason")]
    for user in failed[:_MOST_FAILED]:
        cells = [user[name] for name in ("import_id", "username", "email", "reason")]
        rows.append(tuple("–" if cell is None else printable(cell) for cell in cells))  # type: ignore[arg-type]
    lines = columns(rows, most=talk.width - 4)
    talk.say(talk.style(lines[0], dim=True))
    talk.say("\n".join(lines[1:]))
    if len(failed) > _MOST_FAILED:
        more = number(len(failed) - _MOST_FAILED)
        talk.say(f"… and {more} more, all of them in staging.csv with --out")


def _say_progress(talk: Talk, run: Run, dialect: Dialect) -> None:
    """Draw what was published, and say what is seen in the drawing."""
    rows, users = run.timeline(dialect).rows, run.truth.users
    mark, colour = _MARKS[run.final], END_COLOURS[run.final]
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
    steps = f"a step per flush of {number(run.scenario.batch_size)}"
    _say_heading(talk, "Published progress", f"{counted(users, 'user')}, {steps}")
    paint = (lambda text, look: _painted(talk, text, look)) if talk.coloured else None
    drawn = "\n".join(chart(curve, talk.width - 4, paint))
    talk.say(drawn)
    legend = [("━", "yellow", _how_it_stalled(stalls))] if stalls else []
    legend += [(mark, colour, _how_it_ended(run))] if run.final is not State.DONE else []
    if (_RED if talk.coloured else "▒") in drawn:
        legend.append(("█" if talk.coloured else "▒", "red", "failed"))
    between = "   " if sum(len(text) + 5 for _, _, text in legend) <= talk.width - 9 else "\n"
    if legend:
        parts = (f"{talk.style(letter, fg=look)} {text}" for letter, look, text in legend)
        talk.say(between.join(parts), indent=9)


def _painted(talk: Talk, text: str, look: str) -> str:
    front, _, back = look.partition(" on ")
    return talk.style(text, fg=front, **({"bg": back} if back else {}))


def _how_it_stalled(stalls: Sequence[tuple[float, float]]) -> str:
    if len(stalls) == 1:
        begin, end = stalls[0]
        return f"stalled for {duration(end - begin)}, from {duration(begin)} on"
    in_all = duration(sum(end - begin for begin, end in stalls))
    return f"stalled {counted(len(stalls), 'time')}, {in_all} in all"


def _how_it_ended(run: Run) -> str:
    end = duration(run.duration_s)
    if run.final is State.ERROR:
        return f"crashed at {end}"
    asked_us = run.truth.asked_us
    return f"canceled at {end}" + ("" if asked_us is None else f", asked at {duration(asked_us / 1e6)}")


def _say_moment(talk: Talk, run: Run, at_s: float) -> None:
    moment = run.at(at_s)
    published, processed = moment.completed + moment.error, moment.imported + moment.failed
    _say_heading(talk, f"At {duration(at_s, exact=True)}: {moment.state}")
    _say_sentence(
        talk,
        f"{number(published)} of {number(moment.total)} published as processed ({percent(moment.progress)}); "
        f"in truth {number(processed)}",
    )
