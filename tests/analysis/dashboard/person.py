"""What a person does with a dashboard: looks at what its widget shows, presses buttons, writes in boxes.

And the scenario that the tests show it, and when two views are the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import ipywidgets as widgets

from simimport import Dashboard, Scenario
from simimport.analysis.dashboard.view import View

SMALL = Scenario(users=300, failure_rate=0.1, cancel_rate=0.3, crash_rate=0.1)


def same(first: View, second: View) -> bool:
    """Return whether two views show the same; their runs are two objects."""
    parts = (
        "scenario", "seed", "dialect", "at", "at_s", "end_s", "state", "step", "counters", "body", "code",
        "answer_code", "picture",
    )  # fmt: skip
    return all(getattr(first, part) == getattr(second, part) for part in parts)


def inside(widget: widgets.Widget) -> Iterator[widgets.Widget]:
    """Yield a widget and all that lies in it."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from inside(child)


class Person:
    """Somebody before a dashboard, who knows it by its looks alone."""

    def __init__(self, dashboard: Dashboard) -> None:
        self.widgets = list(inside(dashboard.widget))

    def of_kind(self, *kinds: type[widgets.Widget]) -> list[widgets.Widget]:
        return [widget for widget in self.widgets if isinstance(widget, kinds)]

    def press(self, words: str) -> None:
        """Press the button that says so, or whose tooltip does."""
        buttons = self.of_kind(widgets.Button)
        [button] = [b for b in buttons if words in (b.description, b.tooltip.split(":")[0])]
        button.click()

    def write(self, label: str, text: str) -> None:
        """Write in the box of that label."""
        [box] = [box for box in self.of_kind(widgets.Text) if box.description.startswith(label)]
        box.value = text

    def open(self, title: str) -> None:
        """Open a tab."""
        [tabs] = self.of_kind(widgets.Tab)
        tabs.selected_index = tabs.titles.index(title)

    def html(self) -> str:
        """Return all that is written."""
        return "\n".join(widget.value for widget in self.of_kind(widgets.HTML))

    def words(self) -> str:
        """Return all that is written, as it is read."""
        # what is bold stays part of its word; all else begins a new one
        inline = re.sub(r"</?(?:b|strong)>", "", self.html())
        return unescape(re.sub(r"<[^>]+>", " ", inline))

    def refusals(self) -> list[str]:
        """Return what is refused, as it is read."""
        return self._spoken("alert")

    def news(self) -> list[str]:
        """Return what is told of something done, as it is read."""
        return self._spoken("status")

    def _spoken(self, role: str) -> list[str]:
        return [unescape(words) for words in re.findall(rf'<div [^>]*role="{role}">(.*?)</div>', self.html())]

    def pictures(self) -> list[bytes]:
        """Return the pictures, from above."""
        return [image.value for image in self.of_kind(widgets.Image)]
