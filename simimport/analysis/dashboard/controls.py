"""The dashboard's controls: what each is called, its unit, what it says on hovering, how far it goes.

Makes widgets and sets them; what follows from their values is computed in `view`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from simimport.model.dialects import DIALECTS
from simimport.model.presets import PRESETS
from simimport.show.words import number

if TYPE_CHECKING:
    import ipywidgets as widgets

__all__ = [
    "FIELDS",
    "USERS",
    "Field",
    "box",
    "button",
    "dialect_menu",
    "preset_menu",
    "set_users",
    "share",
    "time_slider",
    "users_slider",
]

#: The stops of the slider of users: far apart where there are many, and where something changes.
USERS = (0, 1, 10, 49, 50, 51, 100, 120, 200, 500, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000,
         10_000, 15_000, 20_000, 30_000, 50_000, 75_000, 100_000)  # fmt: skip


class Field(NamedTuple):
    """A field with a slider: its label with the unit, its tooltip, the slider's stops, what its numbers are.

    A share is written in per cent.
    """

    label: str
    tooltip: str
    stops: tuple[float, ...]
    share: bool = False


def _stages(*stages: tuple[float, float]) -> tuple[float, ...]:
    """Return stops from 0: up to each end in steps of so much. What is usual is most of the way.

    Examples
    --------
    >>> _stages((0.02, 0.01), (1, 0.49))
    (0.0, 0.01, 0.02, 0.51, 1.0)
    """
    stops, begin = [0.0], 0.0
    for end, step in stages:
        stops += [round(begin + k * step, 9) for k in range(1, round((end - begin) / step) + 1)]
        begin = end
    return tuple(stops)


_SHARES = _stages((0.05, 0.001), (0.2, 0.01), (1, 0.05))

#: Each field of the scenario that has a slider of its own.
FIELDS: Mapping[str, Field] = {
    "failure_rate": Field(
        "Failures (% of users)", "Probability per user that its import fails", _SHARES, share=True),
    "failure_clustering": Field(
        "Clustering (0 to 1)", "Correlation of failures inside a batch: 0 is none, at 1 a whole batch "
        "fails or none of it", _stages((1, 0.05))),
    "cancel_rate": Field(
        "Canceled (% of runs)", "Probability per import that an administrator interrupts it", _SHARES,
        share=True),
    "crash_rate": Field(
        "Crashed (% of runs)", "Probability per import that it crashes", _SHARES, share=True),
    "users_per_s": Field(
        "Speed (users/s)", "Mean speed of the import, in users per second",
        _stages((60, 1), (100, 5), (200, 10))[1:]),
    "latency_cv": Field(
        "Variability (CV)", "Coefficient of variation of one user's time: 0 is constant, 1 exponential",
        _stages((3, 0.05))),
    "slowdown": Field(
        "Slowdown (0: none)", "By how many times its time the last user takes longer than the first: with "
        "1 twice as long, with 4 five times", _stages((1, 0.05), (4, 0.25), (10, 0.5))),
    "stall_rate": Field(
        "Stalls (% of batches)", "Probability per batch that it waits before its first user", _SHARES,
        share=True),
    "stall_s": Field(
        "Stall length (s)", "How long a stall lasts, in seconds", _stages((60, 2), (120, 5), (600, 20))),
}  # fmt: skip

_LABEL, _BUTTON = "138px", "36px"
_TIME_STEPS = 1000


def preset_menu(own: str, chosen: str) -> widgets.Dropdown:
    """Return the menu of presets; before them `own`, whose value is an empty text."""
    import ipywidgets as widgets

    options = [(own, ""), *((name.replace("_", " "), name) for name in PRESETS)]
    return widgets.Dropdown(
        options=options, value=chosen, description="Preset (scenario)",
        tooltip="A scenario to start from, named for what people see", **_wide(),
    )  # fmt: skip


def users_slider(users: int) -> widgets.SelectionSlider:
    """Return the slider of users, which has a stop at every number that it is set to."""
    import ipywidgets as widgets

    return widgets.SelectionSlider(
        options=_stops(users), value=users, description="Staged (users)",
        tooltip="How many users are staged", **_wide(),
    )  # fmt: skip


def set_users(slider: widgets.SelectionSlider, users: int) -> None:
    """Set the slider of users, giving it another stop where it has none there."""
    if users not in [value for _, value in slider.options]:
        slider.options = _stops(users)
    slider.value = users


def _stops(users: int) -> list[tuple[str, int]]:
    return [(number(stop), stop) for stop in sorted({*USERS, users})]


def box(label: str, tooltip: str, value: str) -> widgets.Text:
    """Return a box to write in, whose text counts when it is left."""
    import ipywidgets as widgets

    return widgets.Text(value=value, continuous_update=False, description=label, tooltip=tooltip, **_wide())


def button(label: str, tooltip: str, *, icon: str = "", width: str = _BUTTON) -> widgets.Button:
    """Return a button."""
    import ipywidgets as widgets

    pressed = widgets.Button(
        description=label, tooltip=tooltip, icon=icon, layout=widgets.Layout(width=width, flex="0 0 auto")
    )
    return pressed.add_class("narrow")


def dialect_menu() -> widgets.Dropdown:
    """Return the menu of dialects."""
    import ipywidgets as widgets

    return widgets.Dropdown(
        options=list(DIALECTS), value="docs", description="Answers (dialect)",
        tooltip="Whose answers are shown: the documentation page's, or a server's", **_wide(),
    )  # fmt: skip


def time_slider(share: float) -> tuple[widgets.Play, widgets.IntSlider]:
    """Return Play and the slider that it moves, in thousandths of the run."""
    import ipywidgets as widgets

    play = widgets.Play(
        min=0, max=_TIME_STEPS, step=4, interval=120, show_repeat=False, tooltip="Let time go by",
        layout=widgets.Layout(width="auto", flex="0 0 auto"),
    )  # fmt: skip
    slider = widgets.IntSlider(
        value=round(share * _TIME_STEPS), min=0, max=_TIME_STEPS, readout=False, description="Time (s)",
        tooltip="The instant at which import.status is asked",
        style={"description_width": "60px"}, layout=widgets.Layout(flex="1 1 auto", width="auto"),
    )  # fmt: skip
    play.value = slider.value
    # in the browser, so that no step waits for the kernel
    slider.link = widgets.jslink((play, "value"), (slider, "value"))
    return play, slider


def share(slider: widgets.IntSlider) -> float:
    """Return the instant that the time slider is at, as a share of the run."""
    return float(slider.value / slider.max)


def _wide() -> dict[str, Any]:
    import ipywidgets as widgets

    # as wide as there is room, in a row too
    return {
        "style": {"description_width": _LABEL},
        "layout": widgets.Layout(width="auto", flex="1 1 auto", min_width="0", margin="1px 0"),
    }
