"""A plot of a forecast: the answers so far, where the counters are expected, and what came.

Draws what a fit forecasts. Forecasts nothing and keeps nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from simimport.analysis.fitting.fit import Fit
from simimport.analysis.fitting.forecast import Forecast
from simimport.analysis.fitting.shown.seen import Seen, watched
from simimport.analysis.plots.axes import axes, count_axis, duration_axis, heading, nothing, reach
from simimport.analysis.plots.layout.few import few
from simimport.analysis.plots.layout.ink import faint, ink
from simimport.analysis.plots.layout.legends import legend as draw_legend
from simimport.analysis.plots.layout.manner import Manner, manner
from simimport.analysis.plots.layout.room import room_of
from simimport.checks import is_number
from simimport.errors import ParameterError
from simimport.model.states import State
from simimport.show.palette import OUTCOME_COLORS, STATE_COLORS
from simimport.show.words import duration, number, percent, ranged
from simimport.testing.traces import Trace

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["forecast"]

_AHEAD_COLOR = STATE_COLORS[State.IMPORTING]


def forecast(
    fit: Fit | Forecast,
    trace: Any,
    ax: Axes | None = None,
    *,
    actual: Any = None,
    label: str | None = None,
    color: Any = None,
    legend: bool | str = True,
    title: str | None = None,
    **kwargs: Any,
) -> Axes:
    """Return axes with the answers of a trace so far, and how an import goes on from there.

    Parameters
    ----------
    fit : Fit or Forecast
        A fit, which forecasts from the last answer of the trace; or a forecast that it made.
    trace : Trace
        What is known. Answers later than the forecast's present are drawn as `actual`.
    ax : Axes, optional
        Where to draw; None makes a figure.
    actual : Trace, or float, optional
        How it went on: the whole trace, or the instant of the end in seconds of the trace's clock.
    label : str, optional
        What the legend calls the median of what is expected.
    color : color, optional
        That of what is expected: the median, its band and the end.
    legend : bool or str, default True
        False for none; a place in Matplotlib's words, such as "upper left", to have it there.
    title : str, optional
        Instead of the one that says what is expected; an empty one for none.
    **kwargs
        Properties of the median, which is a line.

    Returns
    -------
    Axes
        x in seconds of the trace's clock; y in users. Points are answers. The bands are where the counters
        are expected, of all users processed and of those that failed; at the top lies the interval of the
        end. Where no end is in sight, the bands stop, and the title says so.

    Raises
    ------
    ParameterError
        If an argument is none of these, or what is said of the look is none; TraceError if the trace mixes
        operations, or goes back.

    Examples
    --------
    >>> from simimport import Trace, fit, observe, plots, simulate
    >>> trace = Trace(observe(simulate(users=2000, seed=7), every_s=5))
    >>> ax = plots.forecast(fit(trace[:8]), trace[:8], actual=trace)
    >>> ax.get_ylabel()
    'users published as processed'
    """
    look = manner(Line2D, kwargs, label=label, color=color, legend=legend, title=title)
    ahead = _forecast_of(fit, trace)
    answers = watched(_trace_of("trace", trace)).seen
    later, end_s = _actual(actual, answers, ahead.now_s)
    answers = tuple(answer for answer in answers if not answer.at_s > ahead.now_s)
    every = (*answers, *later)
    users = max((answer.total for answer in every), default=0)
    ax = axes(ax)
    own = look.color_on(room_of(ax), "forecast", _AHEAD_COLOR)
    handles = [*_draw_answers(ax, answers, "answers so far"), *_draw_bands(ax, ahead, look, own)]
    if later:
        handles += _draw_answers(ax, later, "answers since", hollow=True)
    if math.isfinite(ahead.now_s):
        ax.axvline(ahead.now_s, color=ink(ax), linewidth=0.8, linestyle=":", zorder=1)
    handles += _draw_ends(ax, ahead, users, end_s, own)
    if len(ahead.bands) or any(answer.error for answer in every):
        handles.append(Patch(color=OUTCOME_COLORS["failed"], label="of them failed"))
    if not every:
        nothing(ax, "no answers yet")
    _frame_of_forecast(ax, ahead, [answer.at_s for answer in every], users, end_s)
    draw_legend(ax, handles, where=look.legend)
    heading(ax, _sentence(ahead, end_s), "forecast", look)
    return ax


def _forecast_of(fit: Any, trace: Any) -> Forecast:
    if isinstance(fit, Forecast):
        return fit
    if not isinstance(fit, Fit):
        raise ParameterError("fit", fit, "a Fit, as fit returns it, or its forecast")
    return fit.forecast(_trace_of("trace", trace))


def _trace_of(name: str, trace: Any) -> Trace:
    if isinstance(trace, Trace):
        return trace
    if isinstance(trace, (str, bytes)) or not isinstance(trace, Iterable):
        raise ParameterError(name, trace, "a Trace; read_trace(path) reads one")
    return Trace(trace)


def _actual(actual: Any, answers: tuple[Seen, ...], now_s: float) -> tuple[tuple[Seen, ...], float]:
    """Return what was answered later, and when the import ended; NaN where nobody says."""
    if is_number(actual):
        return (), float(actual)
    every = answers if actual is None else watched(_trace_of("actual", actual)).seen
    later = tuple(answer for answer in every if answer.at_s > now_s)
    return later, next((answer.at_s for answer in later if answer.state.terminal), math.nan)


def _draw_answers(ax: Axes, answers: tuple[Seen, ...], label: str, *, hollow: bool = False) -> list[Any]:
    answers = tuple(answers[place] for place in few(len(answers)).tolist())
    at_s = [answer.at_s for answer in answers]
    style: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 2.4, "zorder": 4}
    if hollow:
        style |= {"markersize": 3.6, "fillstyle": "none", "markeredgewidth": 0.7}
    [line] = ax.plot(at_s, [answer.processed for answer in answers], color=ink(ax), label=label, **style)
    failed = [answer.error for answer in answers]
    if any(failed):
        ax.plot(at_s, failed, color=OUTCOME_COLORS["failed"], label=f"failed, {label}", **style)
    return [line] if at_s else []


def _draw_bands(ax: Axes, ahead: Forecast, look: Manner, own: Any) -> list[Any]:
    rows = ahead.bands[np.isfinite(ahead.bands["at_s"].to_numpy(dtype=float))]
    if len(rows) < 2:
        return []
    alpha = faint(ax, 0.3, 0.42)
    soft: dict[str, Any] = {"alpha": alpha, "linewidth": 0}
    at_s, processed, high = (rows[name].to_numpy(dtype=float) for name in ("at_s", "processed", "high_s"))
    # where the upper limit is infinite, the band stops
    ends = np.isfinite(high)
    low, blue = rows["low_s"].to_numpy(dtype=float), {"color": own, **soft}
    ax.fill_betweenx(processed[ends], low[ends], high[ends], label="expected", **blue)
    name = look.label_on(room_of(ax), "forecast", "expected, median")
    [line] = ax.plot(at_s, processed, **look.style(color=own, linewidth=1.4, zorder=3, label=name))
    color = OUTCOME_COLORS["failed"]
    soft["color"] = color
    ax.fill_between(at_s, rows["error_low"], rows["error_high"], label="expected to fail", **soft)
    ax.plot(at_s, rows["error"], color=color, linewidth=1.2, zorder=3, label="expected to fail, median")
    called = name if room_of(ax).count("forecast") or look.label else "expected"
    band = Patch(color=own, alpha=alpha, label=f"{called}: {percent(ahead.level)} band")
    return [line, band]


def _draw_ends(ax: Axes, ahead: Forecast, users: int, end_s: float, own: Any) -> list[Any]:
    """Draw the interval of the end as a bar above the counters, and the actual end as a cross on it."""
    handles: list[Any] = []
    top = max(users, 1) * 1.05
    if math.isfinite(ahead.end_low_s) and math.isfinite(ahead.end_high_s) and ahead.end_high_s > ahead.now_s:
        ax.plot([ahead.end_low_s, ahead.end_high_s], [top, top], color=own, linewidth=5, alpha=0.6,
                solid_capstyle="butt", label="end, band")  # fmt: skip
        mark: dict[str, Any] = {"marker": "|", "markersize": 11, "markeredgewidth": 2}
        ax.plot([ahead.end_s], [top], color=own, label="end, median", **mark)
        handles.append(Line2D([], [], color=own, linewidth=5, alpha=0.6, label="expected end"))
    if math.isfinite(end_s):
        cross: dict[str, Any] = {"marker": "X", "markersize": 8, "linestyle": "none", "zorder": 5}
        handles += ax.plot([end_s], [top], color=STATE_COLORS[State.ERROR], label="actual end", **cross)
    return handles


def _frame_of_forecast(ax: Axes, ahead: Forecast, answered: list[float], users: int, end_s: float) -> None:
    bands = ahead.bands[["at_s", "high_s"]].to_numpy(dtype=float).ravel()
    instants = np.array([ahead.now_s, ahead.end_high_s, end_s, *answered, *bands])
    instants = instants[np.isfinite(instants)]
    low, high = (float(instants.min()), float(instants.max())) if len(instants) else (0.0, 1.0)
    duration_axis(ax.xaxis, "time on the trace's clock")
    # of a single instant there is nothing to see but itself
    reach(ax, "x", min(low, 0.0), high + (high - low) * 0.03 if high - min(low, 0.0) > 1e-3 else 1.0)
    count_axis(ax.yaxis, "users published as processed")
    reach(ax, "y", 0, max(users, 1) * 1.1)


def _sentence(ahead: Forecast, end_s: float) -> str:
    """Return what is expected, and how it ended if that is known."""
    if math.isfinite(ahead.end_low_s) and ahead.end_high_s == ahead.end_low_s:
        return f"{ahead.notes[0]}, at {duration(ahead.end_s)}, with {_users(ahead.error)} failed"
    if not math.isfinite(ahead.end_s):
        why = ahead.notes[-1] if ahead.notes else "nothing is known"
        return f"no end in sight: {why}"
    # as the forecast itself says it: how long it takes from now on; and where that is on the axis
    left_s, low_s, high_s = (at_s - ahead.now_s for at_s in (ahead.end_s, ahead.end_low_s, ahead.end_high_s))
    end = f"ends in {duration(left_s)} ({ranged(low_s, high_s, _instant)}), at {duration(ahead.end_s)}"
    failed = f"{_users(ahead.error)} failed ({ranged(ahead.error_low, ahead.error_high, _users)})"
    ended = f"; it ended at {duration(end_s)}" if math.isfinite(end_s) else ""
    return f"at {duration(ahead.now_s)}: {end}; {failed}{ended}"


def _instant(at_s: float) -> str:
    return duration(at_s) if math.isfinite(at_s) else "who knows when"


def _users(expected: float) -> str:
    """Return an expected number of users as a whole one."""
    return number(round(expected))
