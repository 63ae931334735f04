"""The dashboard's controls: what each is called, its unit, what it says on hovering, how far it goes.

Makes widgets and sets them; what follows from their values is computed in `view`.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import floor, isclose, log10
from typing import TYPE_CHECKING, Any, NamedTuple

from simimport.model.dialects import DIALECTS
from simimport.model.presets import PRESETS
from simimport.show.words import number

if TYPE_CHECKING:
    import ipywidgets as widgets

__all__ = [
    "FIELDS",
    "USERS",
    "box",
    "button",
    "dialect_menu",
    "field_slider",
    "field_value",
    "preset_menu",
    "set_field",
    "set_users",
    "share",
    "time_slider",
    "users_slider",
]

#: The stops of the slider of users: far apart where there are many, and where something changes.
USERS = (0, 1, 10, 49, 50, 51, 100, 120, 200, 500, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000,
         10_000, 15_000, 20_000, 30_000, 50_000, 75_000, 100_000)  # fmt: skip


class Knob(NamedTuple):
    """A slider: its label with the unit, its tooltip, its lowest and highest value, the step, the readout.

    The readout is d3's type of a number, with a sign before it if there is to be one; its places follow from
    the step.
    """

    label: str
    tooltip: str
    low: float
    high: float
    step: float
    readout: str


#: Each field of the scenario that has a slider of its own.
FIELDS: Mapping[str, Knob] = {
    "failure_rate": Knob(
        "Failures (% of users)", "Probability per user that its import fails", 0, 1, 0.005, "%"),
    "failure_clustering": Knob(
        "Clustering (0 to 1)", "Correlation of failures inside a batch: 0 is none, at 1 a whole batch "
        "fails or none of it", 0, 1, 0.05, "f"),
    "cancel_rate": Knob(
        "Canceled (% of runs)", "Probability per import that an administrator interrupts it", 0, 1, 0.01,
        "%"),
    "crash_rate": Knob(
        "Crashed (% of runs)", "Probability per import that it crashes", 0, 1, 0.01, "%"),
    "users_per_s": Knob(
        "Speed (users/s)", "Mean speed of the import, in users per second", 1, 200, 1, "f"),
    "latency_cv": Knob(
        "Variability (CV)", "Coefficient of variation of one user's time: 0 is constant, 1 exponential",
        0, 3, 0.05, "f"),
    "slowdown": Knob(
        "Slowdown (%)", "How much longer the last user takes than the first: +400% is five times "
        "as long", 0, 10, 0.1, "+%"),
    "stall_rate": Knob(
        "Stalls (% of batches)", "Probability per batch that it waits before its first user", 0, 1, 0.01,
        "%"),
    "stall_s": Knob("Stall length (s)", "How long a stall lasts, in seconds", 0, 600, 5, "f"),
}  # fmt: skip

_LABEL, _BUTTON = "138px", "36px"
_TIME_STEPS = 1000
# browsers compute the place of a slider in shares of its length: the last digits of its value are lost
_FINEST, _DIGITS = 1e-6, 9


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


def field_slider(name: str, value: float) -> widgets.FloatSlider:
    """Return the slider of another field of the scenario."""
    import ipywidgets as widgets

    knob = FIELDS[name]
    slider = widgets.FloatSlider(
        min=knob.low, max=knob.high, description=knob.label, tooltip=knob.tooltip, **_wide()
    )
    set_field(slider, name, value)
    return slider


def set_field(slider: widgets.FloatSlider, name: str, value: float) -> None:
    """Set a slider, making it wider and finer where it could not show the value: it would be moved."""
    knob = FIELDS[name]
    slider.min, slider.max = min(knob.low, value), max(knob.high, value)
    step = knob.step
    while step > _FINEST and not _on_grid(value - slider.min, step):
        step /= 10
    slider.step = round(step, 9)
    slider.readout_format = _readout(knob.readout, step)
    slider.value = value


def _readout(form: str, step: float) -> str:
    """Return d3's format with the places that tell one step from the next: no share near 1 reads as all.

    Examples
    --------
    >>> _readout("%", 0.005), _readout("+%", 0.1), _readout("f", 5)
    ('.1%', '+.0%', '.0f')
    """
    shown = step * 100 if form.endswith("%") else step
    places = max(-floor(log10(shown) + 1e-9), 0)
    return f"{form[:-1]}.{places}{form[-1]}"


def _on_grid(value: float, step: float) -> bool:
    return isclose(value / step, round(value / step), abs_tol=1e-9)


def field_value(slider: widgets.FloatSlider, given: float) -> float:
    """Return what a slider is at; what a browser makes of the value that was given is that value."""
    value = round(float(slider.value), _DIGITS)
    return given if isclose(value, given, abs_tol=_FINEST) else value


def box(label: str, tooltip: str, value: str) -> widgets.Text:
    """Return a box to write in, whose text counts when it is left."""
    import ipywidgets as widgets

    return widgets.Text(
        value=value, continuous_update=False, description=label, tooltip=tooltip, **_wide()
    )


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
