"""A plot of how a fit compares with what was seen: against what chance leaves, and in order.

Draws what `Fit.check` tests. Tests nothing itself.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from simimport.analysis.distributions import beta_quantile
from simimport.analysis.fitting.check import UNKNOWN, Checked
from simimport.analysis.fitting.checks.scores import Scores
from simimport.analysis.fitting.fit import Fit
from simimport.analysis.plots.axes import axes, axis_label, heading, nothing, share_axis
from simimport.analysis.plots.layout.few import few
from simimport.analysis.plots.layout.ink import faint, ink
from simimport.analysis.plots.layout.legends import legend as draw_legend
from simimport.analysis.plots.layout.manner import Manner, manner
from simimport.analysis.plots.layout.room import room_of
from simimport.analysis.plots.layout.ticks import CountLocator
from simimport.errors import ParameterError
from simimport.model.states import State
from simimport.show.palette import OUTCOME_COLORS, STATE_COLORS
from simimport.show.words import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from simimport.analysis.plots.layout.room import Room

__all__ = ["check"]

Floats = NDArray[np.float64]

_COLORS = {"times": STATE_COLORS[State.IMPORTING], "failures": OUTCOME_COLORS["failed"]}
#: Of further fits on the same axes.
_OTHERS = tuple(
    STATE_COLORS[state]
    for state in (State.NONE, State.READY, State.CANCELED, State.DONE, State.LOADING, State.NEW)
)
_LABELS = {"times": "how long each stretch took", "failures": "how many of it failed"}
_LEVEL = 0.95
_TAIL = (1 - _LEVEL) / 2
_BAND = f"what chance leaves in {percent(_LEVEL)}"
# the band is worked out at so many places
_PLACES = 41
# the parts of the width that deviations by size and those in order have
_LEFT, _RIGHT = 0.46, 0.48
# in axes narrower than this, in inches, there is room for the left one alone
_WIDE = 4.6
# of the means along an import: a stretch and three on either side
_NEIGHBOURS = 7


def check(
    fit: Fit,
    ax: Axes | None = None,
    *,
    label: str | None = None,
    color: Any = None,
    legend: bool | str = True,
    title: str | None = None,
    **kwargs: Any,
) -> Axes:
    """Return axes with how the stretches of a fit's traces compare with what it expects of them.

    Parameters
    ----------
    fit : Fit
        As `simimport.fit` returns it.
    ax : Axes, optional
        Where to draw; None makes a figure. In narrow ones the right part is left out.
    label : str, optional
        What the legend says before what the points are.
    color : color, optional
        That of the points of times; those of failures are their own.
    legend : bool or str, default True
        False for none; a place in Matplotlib's words, such as "upper left", to have it there.
    title : str, optional
        Instead of the one that says which checks are passed; an empty one for none.
    **kwargs
        Properties of the points, which are lines without a line.

    Returns
    -------
    Axes
        Of each stretch between two flushes, how long it took and how many of it failed, less what was
        expected, in standard deviations. On the left from the least to the largest, beside those of normal
        variables: where the model is right the points keep to the line, each within the band in 95 % of
        cases. On the right in the order of the imports, with means of seven: where the model is right they go
        nowhere, each within the band in 95 % of cases. The title says which checks the fit does not pass.

    Raises
    ------
    ParameterError
        If an argument is none of these, `ax` is no flat Axes, or what is said of the look is none.

    Examples
    --------
    >>> from simimport import Trace, fit, plots, simulate
    >>> ax = plots.check(fit(Trace(simulate(users=2000, seed=3).responses())))
    >>> ax.get_title(loc="left")
    'fits: all 6 checks are passed'
    """
    if not isinstance(fit, Fit):
        raise ParameterError("fit", fit, "a Fit, as fit returns it")
    look = manner(Line2D, kwargs, label=label, color=color, legend=legend, title=title)
    found = fit._kind.check
    ax = axes(ax)
    there = next((hook for hook in room_of(ax).hooks if isinstance(hook, _Parts)), None)
    first, parts = there is None, there or _Parts(ax, _glass(ax))
    drawn = {name: scores for name in _COLORS if (scores := getattr(found, name)) is not None}
    handles: list[Any] = []
    for name, scores in drawn.items():
        own = _color_of(ax, name, look)
        called = look.prefixed(room_of(ax), "check", _LABELS[name])
        handles += _draw_quantiles(ax, look.style(color=own, label=called), scores)
        _draw_order(parts.glass, name, own, scores)
    if drawn and first:
        _draw_band(ax, max(scores.z.shape[1] for scores in drawn.values()))
        handles.append(Line2D([], [], color=ink(ax), linewidth=0.8, label="as the model has it"))
        handles.append(Patch(color=ink(ax), alpha=_faint(ax), linewidth=0, label=_BAND))
    elif first and not drawn:
        nothing(ax, "nothing to compare yet")
    if first:
        _frame_of_check(ax, parts)
    parts.cover(ax)
    draw_legend(ax, handles, where=look.legend)
    heading(ax, _sentence(found), "check", look)
    return ax


def _color_of(ax: Axes, name: str, look: Manner) -> Any:
    """Return the colour of one kind of deviation; of a second fit on the same axes, another."""
    if look.color is not None and name == "times":
        return look.color
    before = room_of(ax).count("check")
    return _COLORS[name] if not before else _OTHERS[(2 * before + (name == "failures")) % len(_OTHERS)]


def _draw_quantiles(ax: Axes, given: dict[str, Any], scores: Scores) -> list[Any]:
    n = scores.z.shape[1]
    some = few(n)
    expected = [NormalDist().inv_cdf((place + 0.5) / n) for place in some.tolist()]
    # of the draws the mean, as each is as good as another
    seen = np.sort(scores.z, axis=1).mean(axis=0)[some]
    style: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 3.2, "zorder": 3}
    return ax.plot(expected, seen, **{**style, **given})


def _draw_band(ax: Axes, n: int) -> None:
    """Draw the line of normal variables, and between what limits each of n of them lies."""
    # the k-th of n uniform variables is Beta(k, n - k + 1)
    ranks = np.unique(np.linspace(1, n, min(n, _PLACES)).round().astype(int))
    normal = NormalDist()
    expected = [normal.inv_cdf((k - 0.5) / n) for k in ranks.tolist()]
    low, high = (
        [normal.inv_cdf(beta_quantile(share, k, n - k + 1)) for k in ranks.tolist()]
        for share in (_TAIL, 1 - _TAIL)
    )
    ax.fill_between(expected, low, high, color=ink(ax), alpha=_faint(ax), linewidth=0, label=_BAND)
    ax.plot(expected, expected, color=ink(ax), linewidth=0.8, zorder=2, label="as the model has it")


def _faint(ax: Axes) -> float:
    """Return the alpha of a band in ink."""
    return faint(ax, 0.12, 0.22)


def _glass(ax: Axes) -> Axes:
    """Return axes of the same height in the right part of others, for what stands in order."""
    glass = ax.inset_axes((1 - _RIGHT, 0.0, _RIGHT, 1.0))
    glass.set_facecolor("none")
    glass.tick_params(colors=ink(ax), labelleft=False)
    glass.spines[:].set_color(ink(ax))
    room_of(glass).within = room_of(ax)
    return glass


def _draw_order(glass: Axes, name: str, color: Any, scores: Scores) -> None:
    z = scores.z.mean(axis=0)
    for part in np.split(z, scores.begins[1:]):
        over = (np.arange(len(part)) + 0.5) / max(len(part), 1)
        style: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 2.2, "alpha": 0.45}
        some = few(len(part))
        glass.plot(over[some], part[some], color=color, label=_LABELS[name], **style)
        if len(part) >= _NEIGHBOURS:
            means = np.convolve(part, np.full(_NEIGHBOURS, 1 / _NEIGHBOURS), mode="valid")
            inner = slice(_NEIGHBOURS // 2, len(part) - _NEIGHBOURS // 2)
            label = f"{_LABELS[name]}, means"
            glass.plot(over[inner], means, color=color, linewidth=1.8, label=label)


def _frame_of_check(ax: Axes, parts: _Parts) -> None:
    glass = parts.glass
    axis_label(ax.xaxis, "deviation if the model is right", "expected")
    axis_label(ax.yaxis, "deviation that was seen, in standard deviations")
    ax.yaxis.set_major_locator(CountLocator())
    glass.yaxis.set_major_locator(CountLocator())
    for part in (ax, glass):
        part.spines[["top", "right"]].set_visible(False)
    glass.axhline(0.0, color=ink(ax), linewidth=0.8, zorder=1)
    # between what limits a mean of so many lies
    room = NormalDist().inv_cdf(1 - _TAIL) / _NEIGHBOURS**0.5
    glass.axhspan(-room, room, color=ink(ax), alpha=_faint(ax), linewidth=0, label=_BAND)
    glass.set_xlim(-0.01, 1.01)
    share_axis(glass.xaxis, "of the stretches of an import")
    glass.xaxis.label.set_color(ink(ax))
    parts.words += [_write(ax, 1.0, "from the least to the largest"),
                    _write(glass, 1.0, f"in their order, with means of {_NEIGHBOURS}"),
                    _write(glass, 0.0, "above 0: took longer, or more failed")]  # fmt: skip
    room_of(ax).hooks.append(parts)


class _WithinLocator(CountLocator):
    """Ticks at whole numbers up to one on either side of 0: beyond it are other axes."""

    def __init__(self, largest: int) -> None:
        super().__init__(2 * largest)
        self.largest = largest

    def between(self, low: float, high: float, most: int) -> Any:
        """Return round whole numbers."""
        return super().between(max(low, -self.largest), min(high, self.largest), most)


class _Parts:
    """The points by size on the left and in order on the right, as two pictures; or the left one alone."""

    def __init__(self, ax: Axes, glass: Axes) -> None:
        self.ax, self.glass = ax, glass
        self.words: list[Any] = []
        self.reach = 2.5
        self.limits: tuple[float, float] | None = None

    def cover(self, ax: Axes) -> None:
        """Let the axes be as wide and as high as what is drawn in them."""
        if ax.lines:
            self.reach = max(float(np.abs(np.asarray(line.get_xdata())).max()) for line in ax.lines) + 0.2
        ax.xaxis.set_major_locator(_WithinLocator(int(self.reach)))
        low, high = ax.get_ylim()
        ax.set_ylim(min(low, -2.8), max(high, 2.8))
        self.limits = None
        room_of(ax).part = self.share
        self(room_of(ax), None)

    def share(self) -> float:
        """Return which part of the axes the points by size have: all of them, where they are narrow."""
        return _LEFT if room_of(self.ax).inches()[0] >= _WIDE else 1.0

    def __call__(self, room: Room, renderer: Any) -> None:
        """Divide the axes, if they are wide enough."""
        del renderer
        share = self.share()
        wide = share < 1.0
        self.glass.set_visible(wide)
        if self.limits in (None, room.ax.get_xlim()):  # else they are somebody else's now
            room.ax.set_xlim(-self.reach, -self.reach + 2 * self.reach / share)
            self.limits = room.ax.get_xlim()
        room.ax.spines["bottom"].set_bounds(-self.reach, self.reach)
        room.ax.xaxis.label.set(x=share / 2)
        self.glass.set_ylim(room.ax.get_ylim())
        for words in self.words:
            words.set_visible(wide)


def _write(ax: Axes, height: float, words: str) -> Any:
    """Write into axes at the left, at the top or the bottom, where few points are."""
    return ax.annotate(
        words, (0.0, height), xycoords="axes fraction", xytext=(8, 4 - 8 * height), color=ink(ax),
        textcoords="offset points", fontsize="small", va="top" if height else "bottom",
    )  # fmt: skip


def _sentence(found: Checked) -> str:
    """Return the verdict of all checks, in words."""
    tested = found.table[found.table["verdict"] != UNKNOWN]
    if not len(tested):
        return f"not known: {found.table['meaning'].iloc[0]}"
    if found.rejected:
        return f"does not fit: {', '.join(map(_WORDS.__getitem__, found.rejected))}"
    return f"fits: all {len(tested)} checks are passed"


_WORDS = {
    "times": "times are spread otherwise",
    "order": "neighbours are alike",
    "halves": "the speed drifts away",
    "spread": "the spread changes",
    "failures": "failures are spread otherwise",
    "failure_halves": "failures change",
}
