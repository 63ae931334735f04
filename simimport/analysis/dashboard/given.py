"""What a dashboard is given and what is written in its boxes, as it is used there; the rest is refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from simimport.errors import ParameterError
from simimport.model.instants import timestamp
from simimport.model.scenario import Scenario

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from simimport.analysis.dashboard.view import View

__all__ = ["dated", "named_panels", "whole_number"]


def dated(scenario: Scenario) -> Scenario:
    """Return the scenario with the present instant in place of ``now``: every picture of it has the same."""
    if scenario.epoch != "now":
        return scenario
    from simimport.realtime import now

    return scenario.replace(epoch=timestamp(now()))


def named_panels(panels: Any) -> dict[str, Callable[[View, Axes], object]]:
    """Return somebody's own panels by the titles of their tabs."""
    allowed = "a list of functions of a view and an axes"
    if isinstance(panels, str) or not isinstance(panels, Sequence):
        raise ParameterError("panels", panels, allowed)
    found: dict[str, Callable[[View, Axes], object]] = {}
    for place, panel in enumerate(panels, 1):
        if not callable(panel):
            raise ParameterError("panels", panels, allowed)
        name = getattr(panel, "__name__", "<lambda>").strip("_").replace("_", " ")
        title = f"Panel {place}" if name == "<lambda>" else name[:1].upper() + name[1:]
        found[f"{title} ({place})" if title in found else title] = panel
    return found


def whole_number(written: str) -> int | str:
    """Return the whole number that is written in a box; anything else as it is, to be refused."""
    try:
        return int(written.replace(",", ""))
    except ValueError:
        return written
