"""How things show themselves: the palette, and the HTML of objects in a notebook.

No script, no network, no font: text with its styles inline. Decides nothing and draws nothing at random.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simimport.model.states import Operation, State
from simimport.show.html import DIM, bar, card, code, counted, heading, note, number, swatch, table, text

if TYPE_CHECKING:
    from simimport.model.presets import Presets
    from simimport.model.run.run import Run
    from simimport.model.scenario import Scenario

__all__ = [
    "OUTCOME_COLORS",
    "PUBLISHED_COLOR",
    "STATE_COLORS",
    "TRUTH_COLOR",
    "badge",
    "presets",
    "run",
    "scenario",
    "state_table",
]

#: One colour per state, everywhere. The hues are near Okabe and Ito's; each has a contrast of 3 or more on
#: white and on #111, and any two stay apart with every kind of colour blindness (a test says how far).
STATE_COLORS: dict[State, str] = {
    State.NONE: "#969090",
    State.NEW: "#1FA2BF",
    State.LOADING: "#A43480",
    State.READY: "#446C14",
    State.IMPORTING: "#5F76D3",
    State.DONE: "#007454",
    State.CANCELED: "#DA7D00",
    State.ERROR: "#D90022",
}
#: What became of a user, in the words of ``run.outcomes``.
OUTCOME_COLORS: dict[str, str] = {"imported": "#007454", "failed": "#DA4A00", "unreached": "#969090"}
#: What happened.
TRUTH_COLOR = "#B23A8E"
#: What the server's document said.
PUBLISHED_COLOR = "#1D87C4"


def badge(state: State, more: str = "") -> str:
    """Return a state, in its colour and in its word, and what is to be said of it (HTML)."""
    return f'<span style="white-space:nowrap">{swatch(STATE_COLORS[state])}{state}{more}</span>'


def scenario(one: Scenario) -> str:
    """Return the HTML of a scenario: what differs from the default first, the rest in a paragraph."""
    changed, everything = one.changed(), one.to_dict()
    fields = type(one).__dataclass_fields__
    named = _preset_of(one)
    facts = [] if named is None else [f"as {code(f'PRESETS[{named!r}]')}"]
    how = f"{len(changed)} of {len(everything)} fields differ" if changed else "every field has its default"
    rows = [
        (_field(name), f"<strong>{_said(value)}</strong>", _said(fields[name].default), _about(fields[name]))
        for name, value in changed.items()
    ]
    head = ("field", "value", "default", "meaning")
    shown = table(head, rows, caption="Fields that differ from their default") if rows else ""
    rest = ", ".join(f"{name}={value!r}" for name, value in everything.items() if name not in changed)
    unchanged = note(f"by default: {code(rest)}") if rest else ""
    return card(heading("Scenario", *facts, f'<span style="{DIM}">{how}</span>'), shown, unchanged,
                label=f"Scenario, {how}")  # fmt: skip


def presets(mapping: Presets) -> str:
    """Return the HTML of the presets: name, what people see, and what differs from the default."""
    rows = [
        (_field(name), text(mapping.about(name)), code(_differences(one.changed())))
        for name, one in mapping.items()
    ]
    shown = table(("preset", "what you see", "how"), rows, caption="Presets", size=12)
    how = f'<span style="{DIM}">{code("simulate(PRESETS[name], seed=1)")}</span>'
    about = heading("PRESETS", f"{len(mapping)} scenarios", how)
    return card(about, shown, label="Presets", width=860)


def run(one: Run) -> str:
    """Return the HTML of a run: states, progress, counters, the seed, and the code that makes it again."""
    from simimport.model.run_picture import picture, stays

    path = stays(one)
    legend = " ".join(
        f'<span style="margin-right:12px">{badge(stay.state, _lasting(stay.at_s, stay.lasted_s))}</span>'
        for stay in path
    )
    size = number(one.scenario.batch_size)
    flushes = f"{counted(one.ending.flushed, 'flush', 'flushes')} of {size}"
    about = heading(
        "Run",
        f"<strong>{badge(one.final)}</strong> after {number(one.duration_s)} s",
        f"{counted(one.course.users, 'user')}, {flushes}",
        f"seed {one.seed}",
    )
    keys = f"{swatch(PUBLISHED_COLOR)}published &nbsp; {swatch(TRUTH_COLOR)}in truth"
    return card(
        about,
        f'<div style="margin-bottom:4px">{legend}</div>',
        picture(one),
        f'<div style="margin:2px 0 8px 46px">{keys}</div>',
        _counters(one),
        note(f"again: {code(one.code)}"),
        label=repr(one),
    )


def state_table(moves: Mapping[State, Mapping[Operation, State]]) -> str:
    """Return the HTML of the table of transitions: rows are states, columns operations."""
    rows = [
        (badge(state), *(badge(row[move]) if move in row else _nothing() for move in Operation))
        for state, row in moves.items()
    ]
    head = ("state", *(_field(str(move)) for move in Operation))
    told = note(
        f"{code('new addUsers run clear')} are calls of the API; {code('load flush finish crash')} happen to "
        f"the job itself. · is refused. A {code('clear')} while importing is honoured at the flush of the "
        "batch in flight."
    )
    what = heading("States", "what each operation does in each state")
    return card(what, table(head, rows, caption="Transitions", size=12), told, label="Table of transitions")


def _field(name: str) -> str:
    return f'<span style="font-family:monospace;font-size:.92em">{text(name)}</span>'


def _about(field: Any) -> str:
    return f'<span style="{DIM}">{text(field.metadata["about"])}</span>'


def _said(value: object) -> str:
    return number(value) if isinstance(value, (int, float)) else text(value)


def _differences(changed: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in changed.items()) or "every default"


def _preset_of(one: Scenario) -> str | None:
    """Return the preset that says the same, if there is one."""
    from simimport.model.presets import PRESETS

    return next((name for name, preset in PRESETS.items() if preset == one), None)


def _lasting(at_s: float, lasted_s: float) -> str:
    said = f"at {number(at_s)} s" if math.isnan(lasted_s) else f"{number(lasted_s)} s"
    return f' <span style="{DIM}">{said}</span>'


def _nothing() -> str:
    return f'<span style="{DIM}" title="refused">·</span>'


def _counters(one: Run) -> str:
    """Return the counters at the end: as published, and in truth."""
    story, end = one.timeline(), one.ending
    last = story.change(len(story) - 1)
    failed = int(one.course.failed[: end.processed].sum())
    told = {
        "published": (last.completed, last.error, last.total - last.completed - last.error),
        "in truth": (end.processed - failed, failed, one.course.users - end.processed),
    }
    rows = []
    for view, counts in told.items():
        named = list(zip(OUTCOME_COLORS, counts, OUTCOME_COLORS.values(), strict=True))
        said = ", ".join(f"{number(count)} {name}" for name, count, _ in named)
        rows.append((view, *map(number, counts), bar(named, f"{view}: {said}")))
    head = ("at the end", *(swatch(color) + name for name, color in OUTCOME_COLORS.items()), "")
    return table(head, rows, right=(1, 2, 3), caption="Counters at the end")
