"""Pieces of HTML from which things make themselves seen: cards, tables, bars, code, and safe texts.

Everything is inline, and lets the theme shine through. Knows no scenario, no run and no state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape

from simimport.show.words import cut, number, printable

__all__ = ["DIM", "bar", "card", "code", "heading", "note", "swatch", "table", "text"]

# backgrounds are transparent and lines half so: whatever the theme, it shows through
_LINE = "rgba(128,128,128,.35)"
_CARD = (
    f"padding:10px 14px;border:1px solid {_LINE};border-radius:8px;color:inherit;"
    "background:transparent;font-size:13px;line-height:1.45;text-align:left;overflow-x:auto"
)
_CELL = "text-align:{align};vertical-align:top;padding:2px 14px 2px 0;border:0;background:transparent"
_MONO = "font-family:monospace;font-size:.92em;background:transparent;color:inherit;padding:0"
#: The style of what does not ask to be read first.
DIM = "opacity:.72"
#: No more of a line of code is shown: a chain of branches may be long.
_LONGEST_CODE = 600


def text(value: object, most: int | None = None) -> str:
    """Return a text of anybody's, safe inside an element and inside a quoted attribute.

    It is cut if it is longer than `most` letters.

    Examples
    --------
    >>> text('<b title="1">'), text("abcdef", 4)
    ('&lt;b title=&quot;1&quot;&gt;', 'abc…')
    """
    words = str(value)
    return escape(printable(words if most is None else cut(words, most)))


def card(*parts: str, label: str, width: int = 690) -> str:
    """Return parts, one below the other, in a frame that says what it is, and is so many pixels wide.

    One with a table scrolls where there is less room: it can be reached and moved by keys.
    """
    style = f"max-width:{width}px;{_CARD}"
    keys = ' tabindex="0"' if any("<table" in part for part in parts) else ""
    return f'<div role="group" aria-label="{text(label)}"{keys} style="{style}">{"".join(parts)}</div>'


def heading(kind: str, *facts: str) -> str:
    """Return the first line of a card: the kind of thing, and its most important facts (HTML)."""
    # the spaces are for where style is taken away, as code hosts do
    rest = "".join(f' <span style="margin-left:10px">{fact}</span>' for fact in facts)
    return f'<div style="margin-bottom:8px"><strong>{text(kind)}</strong>{rest}</div>'


def note(html: str) -> str:
    """Return a paragraph that does not ask to be read first."""
    return f'<div style="{DIM};margin-top:6px;overflow-wrap:anywhere">{html}</div>'


def code(line: str, most: int = _LONGEST_CODE) -> str:
    """Return a line of code, which wraps, and is cut if it is longer than `most` letters."""
    return f'<code style="{_MONO};overflow-wrap:anywhere;white-space:pre-wrap">{text(line, most)}</code>'


def swatch(color: str) -> str:
    """Return a small square of a colour, which is nothing to those who listen."""
    style = "display:inline-block;width:.75em;height:.75em;border-radius:2px;margin-right:5px"
    return f'<span aria-hidden="true" style="{style};background:{color}"></span>'


def bar(parts: Iterable[tuple[str, float, str]], label: str, form: Callable[[float], str] = number) -> str:
    """Return a bar of parts side by side: what each is, its amount as `form` says it, and its colour."""
    kept = [part for part in parts if part[1] > 0]
    whole = sum(amount for _, amount, _ in kept)
    spans = "".join(
        f'<span title="{text(name)}: {form(amount)}" style="flex:{amount / whole:.6f} 0 0;min-width:2px;'
        f'background:{color}"></span>'
        for name, amount, color in kept
    )
    style = f"display:flex;width:200px;height:10px;margin-top:5px;gap:1px;background:{_LINE}"
    return f'<div role="img" aria-label="{text(label)}" style="{style}">{spans}</div>'


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    caption: str,
    right: Sequence[int] = (),
    size: int = 13,
) -> str:
    """Return a table of cells that are HTML already.

    Parameters
    ----------
    head : sequence of str
        Of the columns; the first column heads the rows.
    rows : iterable of sequences of str
        As long as `head`.
    caption : str
        What it is, for those who listen.
    right : sequence of int
        The columns of numbers.
    size : int
        Of the letters, in pixels.
    """

    def cell(place: int, html: str, tag: str, more: str = "") -> str:
        style = _CELL.format(align="right" if place in right else "left")
        scope = {"th": ' scope="col"', "th-row": ' scope="row"'}.get(tag, "")
        name = "th" if tag.startswith("th") else "td"
        weight = ";font-weight:600;white-space:nowrap" if name == "th" else ""
        return f'<{name}{scope} style="{style}{weight}{more}">{html}</{name}>'

    line = f";border-bottom:1px solid {_LINE}"
    # a head without words is none
    top = "".join(cell(place, html, "th" if html else "td", line) for place, html in enumerate(head))
    body = "".join(
        '<tr style="background:transparent">'
        + "".join(cell(place, html, "td" if place else "th-row") for place, html in enumerate(row))
        + "</tr>"
        for row in rows
    )
    style = f"border-collapse:collapse;margin:0;border:0;font-size:{size}px;color:inherit;table-layout:auto"
    return (
        f'<table aria-label="{text(caption)}" style="{style}"><thead><tr style="background:transparent">'
        f"{top}</tr></thead><tbody>{body}</tbody></table>"
    )
