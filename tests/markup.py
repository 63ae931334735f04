"""Reading HTML that things show: is it well formed, harmless, and short; what does it say."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

__all__ = ["Page", "read"]

_VOID = {"br", "hr", "img", "input"}


@dataclass
class Page(HTMLParser):
    """What was read: the elements as (tag, attributes), the text, and the rows of all tables."""

    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    open_: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in _VOID:
            self.open_.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            self.rows[-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open_, f"</{tag}> closes nothing"
        assert self.open_.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if "td" in self.open_ or "th" in self.open_:
            self.rows[-1][-1] += data

    @property
    def text(self) -> str:
        """What is written, in one line."""
        return " ".join("".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str]]:
        """Return the attributes of each element of that name."""
        return [attributes for name, attributes in self.elements if name == tag]


def read(html: str) -> Page:
    """Return what a notebook would show, having seen that any notebook may."""
    page = Page()
    page.feed(html)
    page.close()
    assert page.open_ == []
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "style", "link", "iframe", "img", "object", "form", "use", "image"}
    names = {name for _, attributes in page.elements for name in attributes}
    assert not {name for name in names if name.startswith("on")} | names & {"href", "src", "class", "id"}
    assert not re.search(r"https?://|url\(|@import|javascript:", html)
    for svg in re.findall(r"<svg.*?</svg>", html, re.DOTALL):
        root = ET.fromstring(svg)  # noqa: S314 - our own text
        assert root.get("role") == "img"
        assert root[0].tag == "title"
        assert root[0].text == root.get("aria-label")
    return page
