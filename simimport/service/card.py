"""How a service shows itself in a notebook: state, clock, operation, staging area and the last calls.

Looks, and is not noticed: no call is made, nothing is written into the journal, and no clock is moved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simimport.model.cards import badge
from simimport.model.states import State
from simimport.service.faults import Faults
from simimport.service.operations import Operations, calls
from simimport.show.html import bar, card, code, heading, note, table, text
from simimport.show.palette import OUTCOME_COLORS
from simimport.show.words import counted, duration, number

if TYPE_CHECKING:
    from simimport.model.run.timeline import Change
    from simimport.service.journal import Journal
    from simimport.service.service import ImportService

__all__ = ["LAST_CALLS", "service"]

#: So many calls are shown.
LAST_CALLS = 6
# each takes ten characters at least
_FAULTS = 20


def service(shown: ImportService, operations: Operations, now_us: int) -> str:
    """Return the HTML of a service and its operations, at an instant of its clock."""
    change = operations.change(now_us)
    state = State.NONE if change is None else change.state
    about = heading(
        "ImportService",
        f"<strong>{badge(state)}</strong> at {duration(now_us / 1e6)}",
        f"operation {number(operations.number)}" if operations.number else "no operation yet",
        counted(shown.log.calls, "call"),
    )
    left, imported = operations.sizes(now_us)
    facts = [
        ("published", _published(change)),
        ("staging area", counted(left, "user")),
        ("imported in truth", counted(imported, "user") + ", by all operations"),
        ("clock", text(type(shown.clock).__name__)),
        ("faults", code(_beginning(shown.faults), 160) if shown.faults.schedule else "none"),
        ("can be called", code(" ".join(calls(state)))),
    ]
    rows = table(("", "now"), facts, caption="What the service holds")
    made_with = f"dialect {text(shown.dialect)}, seed {text(shown.seed)}, {code(repr(shown.scenario))}"
    return card(about, rows, _last_calls(shown.log), note(made_with), label=repr(shown))


def _beginning(faults: Faults) -> str:
    """Return the repr of a schedule, or its beginning, of more than is shown."""
    return repr(faults if len(faults) <= _FAULTS else Faults(faults.schedule[:_FAULTS]))


def _published(change: Change | None) -> str:
    if change is None:
        return "nothing"
    left = change.total - change.completed - change.error
    counters = (
        f"{number(change.completed)} completed, {number(change.error)} error, "
        f"{number(left)} remaining of {number(change.total)}"
    )
    amounts = zip(
        ("completed", "error", "remaining"),
        (change.completed, change.error, left),
        OUTCOME_COLORS.values(),
        strict=True,
    )
    return counters + (bar(amounts, counters) if change.total else "")


def _last_calls(log: Journal) -> str:
    """Return the last calls, the latest first."""
    latest = log.last(LAST_CALLS)[::-1]
    if not latest:
        return ""
    rows = [
        (
            number(call.call),
            duration(call.at_s),
            code(call.endpoint),
            number(call.http_status) if call.http_status else "–",
            badge(State(call.state)),
            text(call.account or "–"),
        )
        for call in latest
    ]
    head = ("call", "at", "endpoint", "status", "state", "account")
    shown = table(head, rows, right=(0, 1, 3), caption="The last calls, the latest first")
    return f'<div style="margin-top:10px">{shown}</div>'
