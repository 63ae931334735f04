"""The reference, made from the code: a module per page, each with ``pages()``.

Nothing here says what the code says itself. Where a table of the code has something that a page cannot place,
making the page fails, and so does the build.
"""

from __future__ import annotations

from . import (
    api,
    cli,
    control_plane,
    dialects,
    errors,
    faults,
    formats,
    frames,
    lint_rules,
    parameters,
    pictures,
    plots,
    presets,
    states,
)

__all__ = ["TEXTS", "pages"]

#: The modules whose pages are text; those of `pictures` take seconds to draw where they are not kept.
TEXTS = (
    api,
    cli,
    control_plane,
    dialects,
    errors,
    faults,
    formats,
    frames,
    lint_rules,
    parameters,
    plots,
    presets,
    states,
)


def pages() -> dict[str, str]:
    """Return the pages of the reference, and the pictures in them, by their paths below docs."""
    made: dict[str, str] = {}
    for module in (*TEXTS, pictures):
        made |= module.pages()
    return made
