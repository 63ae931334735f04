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
from simimport.analysis.plots.axes import axes, heading, ink, legend, paper_is_dark, share_axis
from simimport.errors import ParameterError
from simimport.model.states import State
from simimport.show.palette import OUTCOME_COLORS, STATE_COLORS
from simimport.show.words import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["check"]

Floats = NDArray[np.float64]

_COLORS = {"times": STATE_COLORS[State.IMPORTING], "failures": OUTCOME_COLORS["failed"]}
_LABELS = {"times": "how long each stretch took", "failures": "how many of it failed"}
_LEVEL = 0.95
_TAIL = (1 - _LEVEL) / 2
_BAND = f"what chance leaves in {percent(_LEVEL)}"
# the band is worked out at so many places
_PLACES = 41
# the parts of the width that deviations by size and those in order have
_LEFT, _RIGHT = 0.46, 0.48
# of the means along an import: a stretch and three on either side
_NEIGHBOURS = 7


def check(fit: Fit, ax: Axes | None = None) -> Axes:
    """Return axes with how the stretches of a fit's traces compare with what it expects of them.

    Parameters
    ----------
    fit : Fit
        As `simimport.fit` returns it.
    ax : Axes, optional
        Where to draw; None makes a figure.

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
        If an argument is none of these.

    Examples
    --------
    >>> from simimport import Trace, fit, plots, simulate
    >>> ax = plots.check(fit(Trace(simulate(users=2000, seed=3).responses())))
    >>> ax.get_title(loc="left")
    'fits: all 6 checks are passed'
    """
    if not isinstance(fit, Fit):
        raise ParameterError("fit", fit, "a Fit, as fit returns it")
    found = fit._kind.check
    ax = axes(ax)
    glass = _glass(ax)
    drawn = {name: scores for name in _COLORS if (scores := getattr(found, name)) is not None}
    handles: list[Any] = []
    for name, scores in drawn.items():
        handles += _draw_quantiles(ax, name, scores)
        _draw_order(glass, name, scores)
    if drawn:
        _draw_band(ax, max(scores.z.shape[1] for scores in drawn.values()))
        handles.append(Line2D([], [], color=ink(ax), linewidth=0.8, label="as the model has it"))
        handles.append(Patch(color=ink(ax), alpha=_faint(ax), linewidth=0, label=_BAND))
    _frame_of_check(ax, glass)
    legend(ax, handles)
    heading(ax, _sentence(found))
    return ax


def _draw_quantiles(ax: Axes, name: str, scores: Scores) -> list[Any]:
    n = scores.z.shape[1]
    expected = [NormalDist().inv_cdf((place + 0.5) / n) for place in range(n)]
    # of the draws the mean, as each is as good as another
    seen = np.sort(scores.z, axis=1).mean(axis=0)
    style: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 3.2, "zorder": 3}
    return ax.plot(expected, seen, color=_COLORS[name], label=_LABELS[name], **style)


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
    return 0.22 if paper_is_dark(ax) else 0.12


def _glass(ax: Axes) -> Axes:
    """Return axes of the same height in the right part of others, for what stands in order."""
    glass = ax.inset_axes((1 - _RIGHT, 0.0, _RIGHT, 1.0))
    glass.tick_params(colors=ink(ax), labelleft=False)
    return glass


def _draw_order(glass: Axes, name: str, scores: Scores) -> None:
    z = scores.z.mean(axis=0)
    for part in np.split(z, scores.begins[1:]):
        over = (np.arange(len(part)) + 0.5) / max(len(part), 1)
        style: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 2.2, "alpha": 0.45}
        glass.plot(over, part, color=_COLORS[name], label=_LABELS[name], **style)
        if len(part) >= _NEIGHBOURS:
            means = np.convolve(part, np.full(_NEIGHBOURS, 1 / _NEIGHBOURS), mode="valid")
            inner = slice(_NEIGHBOURS // 2, len(part) - _NEIGHBOURS // 2)
            label = f"{_LABELS[name]}, means"
            glass.plot(over[inner], means, color=_COLORS[name], linewidth=1.8, label=label)


def _frame_of_check(ax: Axes, glass: Axes) -> None:
    ax.set_xlabel("deviation if the model is right", loc="left")
    ax.set_ylabel("deviation that was seen, in standard deviations")
    # the points have the left part, and the other axes the right one: as two pictures, of one height
    reach = max(float(np.abs(line.get_xdata()).max()) for line in ax.lines) + 0.2 if ax.lines else 2.5
    ax.set_xlim(-reach, -reach + 2 * reach / _LEFT)
    ax.set_xticks(range(-int(reach), int(reach) + 1))
    low, high = ax.get_ylim()
    ax.set_ylim(min(low, -2.8), max(high, 2.8))
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines["bottom"].set_bounds(-reach, reach)
    glass.set_ylim(ax.get_ylim())
    glass.set_yticks(ax.get_yticks())
    glass.set_ylim(ax.get_ylim())
    glass.spines[["top", "right"]].set_visible(False)
    glass.axhline(0.0, color=ink(ax), linewidth=0.8, zorder=1)
    # between what limits a mean of so many lies
    room = NormalDist().inv_cdf(1 - _TAIL) / _NEIGHBOURS**0.5
    glass.axhspan(-room, room, color=ink(ax), alpha=_faint(ax), linewidth=0, label=_BAND)
    glass.set_xlim(-0.01, 1.01)
    share_axis(glass.xaxis, "of the stretches of an import")
    glass.xaxis.label.set(color=ink(ax), x=0.0, horizontalalignment="left")
    _write(ax, 1.0, "from the least to the largest")
    _write(glass, 1.0, f"in their order, with means of {_NEIGHBOURS}")
    _write(glass, 0.0, "above 0: took longer, or more failed")


def _write(ax: Axes, height: float, words: str) -> None:
    """Write into axes at the left, at the top or the bottom, where few points are."""
    ax.annotate(
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
