"""A slider with a box beside it: the slider for what is usual, the box for any number that is allowed.

One widget, whose value is the number. Loads ipywidgets.
"""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets
import traitlets

from simimport.analysis.dashboard import panels
from simimport.analysis.dashboard.amounts import read, written
from simimport.analysis.dashboard.controls import Field
from simimport.errors import ParameterError, ScenarioError
from simimport.model.scenario import Scenario

__all__ = ["Knob"]


class Knob(widgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """A slider over the stops of a field, and a box that takes any value that the scenario allows.

    Parameters
    ----------
    name : str
        The field of the scenario.
    field : Field
        What it is called, and its stops.
    value : float
        What it is at first.

    Attributes
    ----------
    value : float
        What it is at; set from code, it is as if it were written in the box.
    slider, box : widget
        What is moved, and what is written in.
    """

    value = traitlets.Float()

    def __init__(self, name: str, field: Field, value: float) -> None:
        self._name, self._field, self._following = name, field, False
        label = field.label.partition(" (")[0]
        self.slider = widgets.SelectionSlider(
            options=self._options(value), value=value, readout=False, description=field.label,
            tooltip=field.tooltip, style={"description_width": "138px"},
            layout=widgets.Layout(width="auto", flex="1 1 auto", min_width="0", margin="1px 0"),
        )  # fmt: skip
        example = "type 2.5 %, 2.5 or 0.025" if field.share else "type any number"
        self.box = widgets.Text(
            value=self._said(value), continuous_update=False, tooltip=f"{label}: {example}; Enter takes it",
            layout=widgets.Layout(width="76px", flex="0 0 auto", margin="1px 0 1px 8px"),
        )  # fmt: skip
        self._label, self._wrong = label, widgets.HTML(layout=widgets.Layout(margin="0"))
        super().__init__(
            [widgets.HBox([self.slider, self.box]), self._wrong], layout=widgets.Layout(flex="0 0 auto")
        )
        self.value = value
        self.slider.observe(self._move, "value")
        self.box.observe(self._take, "value")
        self.observe(self._follow, "value")

    def put(self, value: float) -> None:
        """Set it to a value, forgetting what was refused before."""
        self.value = value
        self._follow()

    def _said(self, value: float) -> str:
        return written(value, share=self._field.share)

    def _options(self, value: float) -> list[tuple[str, float]]:
        return [(self._said(stop), stop) for stop in sorted({*self._field.stops, value})]

    def _move(self, change: Any) -> None:
        # a slider that is given other stops jumps to the first
        if not self._following:
            self.value = change.new

    def _take(self, change: Any) -> None:
        """Take what was written in the box, or say in place why not."""
        if change.new == self._said(self.value):
            self._say("")
            return
        try:
            value = self._allowed(read(change.new, share=self._field.share), change.new)
        except ParameterError as error:
            self._say(f"{error} It stays {self._said(self.value)}.")
            return
        self.value = value
        # also where it is written in another way
        self._follow()

    def _allowed(self, value: float | None, written: str) -> float:
        try:
            # the scenario knows its ranges
            return float(getattr(Scenario().replace(**{self._name: written if value is None else value}),
                                 self._name))  # fmt: skip
        except ScenarioError as error:
            allowed = "0 % to 100 %" if self._field.share else error.allowed
            raise ParameterError(self._label, written, allowed) from error

    def _say(self, wrong: str) -> None:
        (self.box.add_class if wrong else self.box.remove_class)("simimport-wrong")
        self._wrong.value = panels.message(wrong, wrong=True)

    def _follow(self, _: object = None) -> None:
        """Set slider and box to the value, giving the slider another stop where it has none there."""
        self._say("")
        value, self._following = self.value, True
        if value not in [stop for _, stop in self.slider.options]:
            self.slider.options = self._options(value)
        self.slider.value = value
        self.box.value, self._following = self._said(value), False
