"""A drawing of the table of states: which move leads from where to where.

The moves come from the table; only the places of the states are decided here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from simimport.analysis.plots.axes import axes, ink, paper, written_on
from simimport.model.states import TABLE, Move, State
from simimport.show.palette import STATE_COLORS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["state_machine"]

_PLACES = {
    State.NONE: (0.0, 0.0), State.NEW: (2.4, 0.0), State.LOADING: (4.8, 0.0), State.READY: (7.2, 0.0),
    State.IMPORTING: (9.6, 0.0), State.DONE: (12.0, 0.0),
    State.CANCELED: (6.0, -2.2), State.ERROR: (12.0, -2.2),
}  # fmt: skip
_ANY = (2.4, 1.75)
_WIDTH, _HEIGHT = 1.5, 0.62
_CALLS = (Move.NEW, Move.ADD_USERS, Move.RUN, Move.CLEAR)
# a bend for arrows that would otherwise run through a state
_BENDS = {(State.NEW, State.READY): -0.33}
# where along the line the word of one stands that would meet another's in the middle
_WORDS_AT = {(State.LOADING, State.ERROR): 0.76}
_LOOPS_BELOW = (State.CANCELED, State.ERROR)
_CALL = "a call of the API"
_EVENT = "the job itself"


def state_machine(ax: Axes | None = None) -> Axes:
    """Return axes with the states of an import and the moves that lead from one to another.

    Parameters
    ----------
    ax : Axes, optional
        Where to draw; None makes a figure.

    Returns
    -------
    Axes
        A box for each state and an arrow for each pair of states that a move leads between, as `transitions`
        has them; a move that every state allows, and that leads to the same state from each, is drawn once.

    Examples
    --------
    >>> from simimport import plots
    >>> ax = plots.state_machine()
    >>> {"done", "canceled", "error"} <= {text.get_text() for text in ax.texts}
    True
    """
    ax = axes(ax, (9.6, 3.9))
    boxes = {state: _box(ax, place, state, STATE_COLORS[state]) for state, place in _PLACES.items()}
    everywhere = _everywhere()
    for move, state in everywhere.items():
        start = _box(ax, _ANY, "any state", None)
        _arrow(ax, (start, boxes[state]), (_ANY, _PLACES[state]), [move])
    for (state, following), moves in _arrows(set(everywhere)).items():
        if state is following:
            _loop(ax, state, moves)
        else:
            ends = (_PLACES[state], _PLACES[following])
            bend, share = _BENDS.get((state, following), 0.0), _WORDS_AT.get((state, following), 0.5)
            _arrow(ax, (boxes[state], boxes[following]), ends, moves, bend=bend, share=share)
    ax.set_xlim(-1.0, 13.0)
    ax.set_ylim(-3.45, 2.25)
    ax.set_aspect("equal")
    ax.set_axis_off()
    _key(ax)
    return ax


def _everywhere() -> dict[Move, State]:
    """Return the moves that lead to one and the same state from every state."""
    first, *others = TABLE.values()
    return {move: state for move, state in first.items() if all(row.get(move) is state for row in others)}


def _arrows(drawn: set[Move]) -> dict[tuple[State, State], list[Move]]:
    """Return the moves of each pair of states, without those that are drawn."""
    arrows: dict[tuple[State, State], list[Move]] = {}
    for state, row in TABLE.items():
        for move, following in row.items():
            # the first step of every import is worth an arrow of its own
            if move not in drawn or state is State.NONE:
                arrows.setdefault((state, following), []).append(move)
    return arrows


def _box(ax: Axes, place: tuple[float, float], words: str, color: str | None) -> FancyBboxPatch:
    corner = (place[0] - _WIDTH / 2, place[1] - _HEIGHT / 2)
    box = FancyBboxPatch(
        corner, _WIDTH, _HEIGHT, boxstyle="round,pad=0,rounding_size=0.2", linewidth=1.0, zorder=3,
        facecolor=color or "none", edgecolor=color or ink(ax), linestyle="-" if color else ":",
    )  # fmt: skip
    ax.add_patch(box)
    style: dict[str, Any] = {"color": ink(ax)}
    if color:
        style = {"color": written_on(color), "weight": "bold"}
    ax.text(*place, words, ha="center", va="center", zorder=4, **style)
    return box


def _style(moves: list[Move]) -> str:
    return "-" if any(move in _CALLS for move in moves) else "--"


def _arrow(
    ax: Axes, boxes: tuple[Any, Any], ends: tuple[Any, Any], moves: list[Move], *, bend: float = 0.0,
    share: float = 0.5,
) -> None:  # fmt: skip
    arrow = FancyArrowPatch(
        *ends, patchA=boxes[0], patchB=boxes[1], connectionstyle=f"arc3,rad={bend}", arrowstyle="-|>",
        mutation_scale=11, color=ink(ax), linewidth=1.1, linestyle=_style(moves), shrinkA=1, shrinkB=2,
    )  # fmt: skip
    ax.add_patch(arrow)
    (x0, y0), (x1, y1) = ends
    # on the line, in its middle, or above a level one, which is too short to be covered
    x, y = x0 + share * (x1 - x0) + bend / 2 * (y1 - y0), y0 + share * (y1 - y0) - bend / 2 * (x1 - x0)
    _label(ax, (x, y + 0.2 * (y0 == y1 and not bend)), moves)


def _loop(ax: Axes, state: State, moves: list[Move]) -> None:
    x, y = _PLACES[state]
    side = -1 if state in _LOOPS_BELOW else 1
    edge = y + side * _HEIGHT / 2
    arrow = FancyArrowPatch(
        (x - 0.3, edge), (x + 0.3, edge), connectionstyle=f"arc3,rad={-1.6 * side}", arrowstyle="-|>",
        mutation_scale=11, color=ink(ax), linewidth=1.1, linestyle=_style(moves), shrinkA=0, shrinkB=1,
    )  # fmt: skip
    ax.add_patch(arrow)
    _label(ax, (x, edge + side * 0.62), moves)


def _label(ax: Axes, place: tuple[float, float], moves: list[Move]) -> None:
    words = ", ".join(moves)
    back = {"facecolor": paper(ax), "edgecolor": "none", "pad": 1.2}
    ax.text(*place, words, ha="center", va="center", color=ink(ax), fontsize="small", bbox=back, zorder=2.5)


def _key(ax: Axes) -> None:
    lines = [
        Line2D([], [], color=ink(ax), linestyle="-", linewidth=1.1, label=_CALL),
        Line2D([], [], color=ink(ax), linestyle="--", linewidth=1.1, label=_EVENT),
    ]
    ax.legend(handles=lines, loc="lower left", frameon=False, labelcolor=ink(ax), fontsize="small")
