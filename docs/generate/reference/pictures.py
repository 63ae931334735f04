"""The pictures of the reference, as SVG for light pages and for dark ones.

Each is drawn where it is missing, or where what it is drawn of has changed: its last line says of what.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simimport.model.presets import PRESETS
from simimport.model.states import TABLE
from simimport.version import __version__

from .markdown import PLACE
from .plot_examples import PLOTS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["SEED", "drawings", "pages", "shown"]

#: The seed of what is drawn and told of presets.
SEED = 7
_DOCS = Path(__file__).parents[2]
_FOLDER = f"{PLACE}/pictures"
_PLOTS = _DOCS.parent / "simimport" / "analysis" / "plots"
_STYLES = {"light": "default", "dark": "dark_background"}
# those of the theme's pages
_PAPER = {"light": "#ffffff", "dark": "#14181e"}


def shown(name: str, words: str) -> str:
    """Return what shows a picture, in whichever colours the page has."""
    return "\n\n".join(
        f":::{{image}} pictures/{name}-{theme}.svg\n:alt: {words}\n:class: only-{theme}\n:width: 100%\n:::"
        for theme in _STYLES
    )


def drawings() -> Iterator[tuple[str, str, Callable[[], Axes]]]:
    """Yield each picture's name, what it is drawn of, and what draws it."""
    for name in PRESETS:
        yield f"preset-{name}", f"{PRESETS[name]!r} {SEED}", lambda name=name: _preset(name)  # type: ignore[misc]
    yield "states", repr(TABLE), _states
    for name, plot in PLOTS.items():
        yield f"plot-{name}", plot.code, lambda code=plot.code: _by_code(code)  # type: ignore[misc]


def pages() -> dict[str, str]:
    """Return every picture, by its path below docs."""
    of_plots = _sources()
    made: dict[str, str] = {}
    for name, about, draw in drawings():
        for theme in _STYLES:
            place = f"{_FOLDER}/{name}-{theme}.svg"
            digest = sha256(f"{of_plots} {about} {theme}".encode()).hexdigest()
            made[place] = _kept(place, digest) or _drawn(draw, theme, digest)
    return made


def _sources() -> str:
    """Return what changes where the plots do, or what draws them."""
    import matplotlib as mpl

    texts = [path.read_bytes() for path in (*sorted(_PLOTS.rglob("*.py")), Path(__file__))]
    return sha256(b"".join(texts)).hexdigest() + __version__ + mpl.__version__


def _kept(place: str, digest: str) -> str:
    """Return the picture that is there already, if it is drawn of the same; else an empty text."""
    path = _DOCS / place
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return text if text.endswith(_signed(digest)) else ""


def _signed(digest: str) -> str:
    return f"<!-- {digest} -->\n"


def _drawn(draw: Callable[[], Axes], theme: str, digest: str) -> str:
    from matplotlib import pyplot as plt
    from matplotlib.collections import PolyCollection

    paper = dict.fromkeys(("figure.facecolor", "axes.facecolor", "savefig.facecolor"), _PAPER[theme])
    with plt.style.context(["default", _STYLES[theme], paper | {"svg.hashsalt": "simimport"}]):
        figure: Any = draw().figure
        for area in figure.findobj(PolyCollection):
            # it has two corners per user, which as paths are megabytes
            area.set_rasterized(True)
        file = io.StringIO()
        figure.savefig(file, format="svg", dpi=150, metadata={"Date": None})
        plt.close(figure)
    return file.getvalue() + _signed(digest)


def _preset(name: str) -> Axes:
    from matplotlib import pyplot as plt

    from simimport import plots, simulate

    _, ax = plt.subplots(figsize=(7.6, 3.2), layout="constrained")
    return plots.progress(simulate(PRESETS[name], seed=SEED), ax)


def _states() -> Axes:
    from simimport import plots

    return plots.state_machine()


def _by_code(code: str) -> Axes:
    """Return the axes that the code of an example leaves."""
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - what the page shows, and no other
    ax: Axes = names["ax"]
    return ax
