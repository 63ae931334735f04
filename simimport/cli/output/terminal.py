"""Standard error as a place for talk: how wide it is, whether it has colours, which letters it can show.

Decides nothing about what is said. Data goes to standard output through `give`, always as UTF-8.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO

import click

__all__ = ["END_COLOURS", "NARROWEST", "Bar", "Talk", "give", "give_bytes", "same_place"]

#: The colour of an end, by its word on the wire.
END_COLOURS = {"done": "green", "canceled": "yellow", "error": "red"}
NARROWEST = 60
_WIDEST = 120
_LONG = 50_000

#: What stands for a character where the terminal cannot show it.
_PLAIN = str.maketrans({
    "…": "...", "∞": "inf", "·": "-", "–": "-", "—": "-", "ρ": "rho", "×": "x", "�": "?",
    "✔": "*", "■": "#", "✖": "!",
    "│": "|", "┤": "|", "┼": "+", "┬": "+", "─": "-", "╌": ".", "━": "=", "┯": "=",
    "▁": "_", "▂": "_", "▃": "_", "▄": "=", "▅": "=", "▆": "#", "▇": "#", "█": "#", "▒": "x",
})  # fmt: skip
# what nobody says on purpose, whoever forgot to make it printable: all but our own colours
_FOREIGN = re.compile(
    "\x1b(?!\\[[0-9;]*m)|[\x00-\x1a\x1c-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]"
)
_NEEDED = "…·✔■✖┤┼┬─╌━▁█▒"


class Bar(Protocol):
    """What shows how far a long work has come."""

    def __call__(self, done: int) -> object:
        """Add so many to what is done."""
        ...


class Talk:
    """What a person reads beside the data.

    Parameters
    ----------
    quiet : bool
        Whether nothing is said at all.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet
        self._stream = sys.stderr
        self.is_terminal = self._stream.isatty()
        declined = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        self.coloured = self.is_terminal and not declined
        self.unicode = _can_show(self._stream)
        self.width = max(NARROWEST, min(_width_of_stream(self._stream), _WIDEST))

    def say(self, text: str = "", *, indent: int = 2) -> None:
        """Say a line, or several."""
        if self.quiet:
            return
        for line in text.split("\n"):
            shown = _FOREIGN.sub("\N{REPLACEMENT CHARACTER}", line)
            shown = self.shown(shown)
            click.echo(" " * indent + shown if shown else "", err=True, color=self.coloured)

    def shown(self, text: str) -> str:
        """Return a text in the letters that the terminal can show."""
        return text if self.unicode else text.translate(_PLAIN)

    def style(self, text: str, **look: bool | str) -> str:
        """Return a text in a colour, or bold, or dim; as it is where there are no colours."""
        return click.style(text, **look) if self.coloured else text  # type: ignore[arg-type]  # fg, bg, bold, dim

    @contextmanager
    def bar(self, total: int, unit: str) -> Iterator[Bar]:
        """Return what shows how far a work is, where it is long and somebody can see it."""
        if self.quiet or not self.is_terminal or total < _LONG:
            yield _show_nothing
            return
        from tqdm import tqdm

        with tqdm(
            total=total, unit=f" {unit}", unit_scale=True, leave=False, file=self._stream,
            ascii=not self.unicode, ncols=min(self.width, 80),
        ) as shown:  # fmt: skip
            yield lambda done: shown.update(done)  # noqa: PLW0108 - its own signature is wider


def _show_nothing(done: int) -> None:
    """Show nothing."""


def _can_show(stream: TextIO) -> bool:
    try:
        _NEEDED.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _width_of_stream(stream: TextIO) -> int:
    # the talk's own width: standard output, of which shutil would ask, may be a pipe
    wanted = os.environ.get("COLUMNS", "")
    if wanted.isdecimal() and int(wanted):
        return int(wanted)
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError, AttributeError):
        return 80


def give(text: str) -> None:
    """Write data to standard output, as UTF-8 whatever the terminal's encoding."""
    give_bytes(text.encode())


def give_bytes(data: bytes) -> None:
    """Write bytes to standard output."""
    stream = sys.stdout.buffer
    stream.write(data)
    stream.flush()


def same_place() -> bool:
    """Return whether data and talk are seen together: the same terminal, or the same pipe."""
    try:
        out, err = os.fstat(sys.stdout.fileno()), os.fstat(sys.stderr.fileno())
    except (OSError, ValueError, AttributeError):
        return False
    return (out.st_dev, out.st_ino) == (err.st_dev, err.st_ino)
