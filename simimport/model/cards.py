"""The cards of the model: the HTML of scenarios, runs, presets and the table of states in a notebook.

No script, no network, no font: text with its styles inline. Decides nothing and draws nothing at random.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simimport.checks import is_number
from simimport.model.presets import PRESETS
from simimport.model.states import Move, State
from simimport.show.html import DIM, bar, card, code, heading, note, swatch, table, text
from simimport.show.palette import (
    OUTCOME_COLORS,
    PUBLISHED_COLOR,
    STATE_COLORS,
    TRUTH_COLOR,
    UNKNOWN_COLOR,
)
from simimport.show.words import counted, duration, number

if TYPE_CHECKING:
    from simimport.model.presets import Presets
    from simimport.model.run.run import Run
    from simimport.model.run.stays import Stay
    from simimport.model.scenario import Scenario

__all__ = ["badge", "presets", "run", "scenario", "state_table"]

_LONGEST_WORD = 40


def badge(state: str, more: str = "") -> str:
    """Return a state, in its colour and in its word, and what is to be said of it (HTML).

    The word of a broken server may be that of none.
    """
    color, word = STATE_COLORS.get(state, UNKNOWN_COLOR), text(state, _LONGEST_WORD)
    return f'<span style="white-space:nowrap">{swatch(color)}{word}{more}</span>'


def scenario(shown: Scenario) -> str:
    """Return the HTML of a scenario: what differs from the default first, the rest in a paragraph."""
    changed, everything = shown.changed(), shown.to_dict()
    fields = type(shown).__dataclass_fields__
    preset = _preset_of(shown)
    facts = [] if preset is None else [f"as {code(f'PRESETS[{preset!r}]')}"]
    how = f"{len(changed)} of {len(everything)} fields differ" if changed else "every field has its default"
    rows = [
        (
            _monospaced(name),
            f"<strong>{_shown_value(value)}</strong>",
            _shown_value(fields[name].default),
            _meaning(fields[name]),
        )
        for name, value in changed.items()
    ]
    head = ("field", "value", "default", "meaning")
    differing = table(head, rows, caption="Fields that differ from their default") if rows else ""
    rest = ", ".join(f"{name}={value!r}" for name, value in everything.items() if name not in changed)
    unchanged = note(f"by default: {code(rest)}") if rest else ""
    return card(heading("Scenario", *facts, f'<span style="{DIM}">{how}</span>'), differing, unchanged,
                label=f"Scenario, {how}")  # fmt: skip


def presets(mapping: Presets) -> str:
    """Return the HTML of the presets: name, what people see, and what differs from the default."""
    rows = [
        (_monospaced(name), text(mapping.about(name)), code(_as_arguments(preset.changed())))
        for name, preset in mapping.items()
    ]
    shown = table(("preset", "what you see", "how"), rows, caption="Presets", size=12)
    how = f'<span style="{DIM}">{code("simulate(PRESETS[name], seed=1)")}</span>'
    about = heading("PRESETS", f"{len(mapping)} scenarios", how)
    return card(about, shown, label="Presets", width=860)


def run(shown: Run) -> str:
    """Return the HTML of a run: states, progress, counters, the seed, and the code that makes it again."""
    # NumPy comes with it, which the other cards do without
    from simimport.model.run_picture import picture

    states = " ".join(
        f'<span style="margin-right:12px">{badge(stay.state, _how_long(stay))}</span>' for stay in shown.stays
    )
    batch = number(shown.scenario.batch_size)
    flushes = f"{counted(shown.truth.flushed, 'flush', 'flushes')} of {batch}"
    about = heading(
        "Run",
        f"<strong>{badge(shown.final)}</strong> after {duration(shown.duration_s)}",
        f"{counted(shown.truth.users, 'user')}, {flushes}",
        text(f"seed {shown.seed}"),
    )
    keys = f"{swatch(PUBLISHED_COLOR)}published &nbsp; {swatch(TRUTH_COLOR)}in truth"
    return card(
        about,
        f'<div style="margin-bottom:4px">{states}</div>',
        picture(shown),
        f'<div style="margin:2px 0 8px 46px">{keys}</div>',
        _counters_at_the_end(shown),
        note(f"again: {code(shown.code)}"),
        label=repr(shown),
    )


def state_table(moves: Mapping[State, Mapping[Move, State]], columns: str = "") -> str:
    """Return the HTML of the table of transitions: rows are states, columns operations.

    Of a frame with a row a move, its columns are named.
    """
    rows = [
        (badge(state), *(badge(row[move]) if move in row else _refused() for move in Move))
        for state, row in moves.items()
    ]
    head = ("state", *(_monospaced(str(move)) for move in Move))
    legend = note(
        f"{code('new addUsers run clear')} are calls of the API; {code('load flush finish crash')} happen to "
        f"the job itself. · is refused. A {code('clear')} while importing is honoured at the flush of the "
        "batch in flight."
    )
    what = heading("States", "what each operation does in each state")
    many = sum(map(len, moves.values()))
    held = note(f"a frame with a row for each of {counted(many, 'move')}: {code(columns)}") if columns else ""
    shown = table(head, rows, caption="Transitions", size=12)
    return card(what, shown, legend, held, label="Table of transitions")


def _monospaced(name: str) -> str:
    return f'<span style="font-family:monospace;font-size:.92em">{text(name)}</span>'


def _meaning(field: Any) -> str:
    return f'<span style="{DIM}">{text(field.metadata["about"])}</span>'


def _shown_value(value: object) -> str:
    return number(value) if is_number(value) else text(value)  # type: ignore[arg-type]  # it is one


def _as_arguments(changed: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in changed.items()) or "every default"


def _preset_of(scenario: Scenario) -> str | None:
    """Return the preset that says the same, if there is one."""
    return next((name for name, preset in PRESETS.items() if preset == scenario), None)


def _how_long(stay: Stay) -> str:
    """Return how long a state lasted; of the last, which has no end, since when it is."""
    words = duration(stay.lasted_s) if math.isfinite(stay.to_s) else f"at {duration(stay.from_s)}"
    return f' <span style="{DIM}">{words}</span>'


def _refused() -> str:
    # a title alone is not read out
    return f'<span role="img" aria-label="refused" title="refused" style="{DIM}">·</span>'


def _counters_at_the_end(shown: Run) -> str:
    """Return the counters at the end: as published, and in truth."""
    timeline = shown.timeline()
    last = timeline.change(len(timeline) - 1)
    views: dict[str, tuple[int, int, int]] = {
        "published": (last.completed, last.error, last.total - last.completed - last.error),
        "in truth": shown.counts,
    }
    rows = []
    for view, counts in views.items():
        parts = list(zip(OUTCOME_COLORS, counts, OUTCOME_COLORS.values(), strict=True))
        words = ", ".join(f"{number(count)} {name}" for name, count, _ in parts)
        rows.append((view, *map(number, counts), bar(parts, f"{view}: {words}")))
    head = ("at the end", *(swatch(color) + name for name, color in OUTCOME_COLORS.items()), "")
    return table(head, rows, right=(1, 2, 3), caption="Counters at the end")
