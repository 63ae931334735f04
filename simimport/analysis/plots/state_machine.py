"""A drawing of the table of states: which move leads from where to where.

The moves come from the table; only the places of the states are decided here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from simimport.analysis.plots.axes import axes, heading
from simimport.analysis.plots.layout.ink import ink, paper, written_on
from simimport.analysis.plots.layout.labels import keep_apart
from simimport.analysis.plots.layout.legends import legend as draw_legend
from simimport.analysis.plots.layout.manner import Manner, manner
from simimport.analysis.plots.layout.room import room_of
from simimport.errors import ParameterError
from simimport.model.states import TABLE, Move, State
from simimport.show.palette import STATE_COLORS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from simimport.analysis.plots.layout.room import Room

__all__ = ["state_machine"]


class Plan(NamedTuple):
    """Where the states stand, and how what leads between them is drawn."""

    places: dict[State, tuple[float, float]]
    #: Where the moves that every state allows begin; None where they are left out.
    any_state: tuple[float, float] | None
    #: The width and the height of a state.
    box: tuple[float, float]
    across: tuple[float, float]
    up: tuple[float, float]
    #: A bend for arrows that would otherwise run through a state.
    bends: dict[tuple[State, State], float]
    #: How far beside the states the arrows run that lead past others, from their sides.
    rails: dict[tuple[State, State], float]
    #: Where along the line the word of one stands that would meet another's in the middle.
    words_at: dict[tuple[State, State], float]
    loops: bool
    aspect: Literal["equal", "auto"]
    above: float
    head: float
    roundness: float


WIDE = Plan(
    places={
        State.NONE: (0.0, 0.0), State.NEW: (2.4, 0.0), State.LOADING: (4.8, 0.0), State.READY: (7.2, 0.0),
        State.IMPORTING: (9.6, 0.0), State.DONE: (12.0, 0.0),
        State.CANCELED: (6.0, -2.2), State.ERROR: (12.0, -2.2),
    },
    any_state=(2.4, 1.75), box=(1.5, 0.62), across=(-1.0, 13.0), up=(-3.45, 2.25),
    bends={(State.NEW, State.READY): -0.33}, rails={}, words_at={(State.LOADING, State.ERROR): 0.76},
    loops=True, aspect="equal", above=0.2, head=11, roundness=1.0,
)  # fmt: skip
CLOSE = Plan(
    places={
        State.NONE: (0.0, 0.0), State.NEW: (1.0, 0.0), State.LOADING: (0.0, -1.0), State.READY: (1.0, -1.0),
        State.ERROR: (0.0, -2.0), State.IMPORTING: (1.0, -2.0), State.DONE: (0.0, -3.0),
        State.CANCELED: (1.0, -3.0),
    },
    any_state=None, box=(0.6, 0.5), across=(-0.34, 1.8), up=(-3.3, 0.3), bends={},
    rails={(State.NEW, State.CANCELED): 0.30, (State.READY, State.CANCELED): 0.15},
    words_at={(State.LOADING, State.CANCELED): 0.3},
    loops=False, aspect="auto", above=0.0, head=7, roundness=1.0,
)  # fmt: skip
#: The least room, in inches, of the wide one.
_WIDE_FROM = (6.4, 2.7)
_CALLS = (Move.NEW, Move.ADD_USERS, Move.RUN, Move.CLEAR)
_LOOPS_BELOW = (State.CANCELED, State.ERROR)
_CALL = "a call of the API"
_EVENT = "the job itself"


def state_machine(
    ax: Axes | None = None,
    *,
    label: str | None = None,
    color: Any = None,
    legend: bool | str = True,
    title: str | None = None,
    **kwargs: Any,
) -> Axes:
    """Return axes with the states of an import and the moves that lead from one to another.

    Parameters
    ----------
    ax : Axes, optional
        Where to draw; None makes a figure. Into small ones the states are drawn closer together, and what
        leads from a state to itself, and names of moves that have no room, are left out.
    label : str, optional
        What stands above the legend.
    color : color, optional
        That of the arrows and their words; the states have their own.
    legend : bool or str, default True
        False for none; a place in Matplotlib's words, such as "upper left", to have it there.
    title : str, optional
        A title; without it there is none.
    **kwargs
        Properties of the arrows.

    Returns
    -------
    Axes
        A box for each state and an arrow for each pair of states that a move leads between, as `transitions`
        has them; a move that every state allows, and that leads to the same state from each, is drawn once.

    Raises
    ------
    ParameterError
        If `ax` is no flat Axes, has one already, or what is said of the look is none.

    Examples
    --------
    >>> from simimport import plots
    >>> ax = plots.state_machine()
    >>> {"done", "canceled", "error"} <= {text.get_text() for text in ax.texts}
    True
    """
    look = manner(FancyArrowPatch, kwargs, label=label, color=color, legend=legend, title=title)
    ax = axes(ax, (9.6, 3.9))
    if room_of(ax).drawn:
        raise ParameterError("ax", "axes with a picture", "empty ones: the states would lie upon it")
    across, up = room_of(ax).cell()
    drawing = _Drawing(ax, look, WIDE if across >= _WIDE_FROM[0] and up >= _WIDE_FROM[1] else CLOSE)
    drawing.draw()
    ax.set_axis_off()
    style: dict[str, Any] = {"color": drawing.color, "linewidth": 1.1}
    lines = [Line2D([], [], linestyle="-", label=_CALL, **style),
             Line2D([], [], linestyle="--", label=_EVENT, **style)]  # fmt: skip
    where = "lower left" if legend is True and drawing.plan is WIDE else look.legend
    draw_legend(ax, lines, title=look.label, where=where)
    heading(ax, "", "state_machine", look)
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


class _Drawing:
    """The boxes and arrows of one drawing, and the words on them."""

    def __init__(self, ax: Axes, look: Manner, plan: Plan) -> None:
        self.ax, self.look, self.plan = ax, look, plan
        self.color = ink(ax) if look.color is None else look.color
        self.names: list[Any] = []
        self.words: list[Any] = []

    def draw(self) -> None:
        """Draw everything, and let letters be as large as it is."""
        ax, plan = self.ax, self.plan
        boxes = {state: self._box(place, state, STATE_COLORS[state]) for state, place in plan.places.items()}
        everywhere = _everywhere()
        if plan.any_state is not None:
            for move, state in everywhere.items():
                start = self._box(plan.any_state, "any state", None)
                self._arrow((start, boxes[state]), (plan.any_state, plan.places[state]), [move])
        for (state, following), moves in _arrows(set(everywhere)).items():
            if (state, following) in plan.rails:
                self._rail(state, following, moves)
            elif state is not following:
                ends = (plan.places[state], plan.places[following])
                bend, share = (
                    plan.bends.get((state, following), 0.0),
                    plan.words_at.get((state, following), 0.5),
                )
                self._arrow((boxes[state], boxes[following]), ends, moves, bend=bend, share=share)
            elif plan.loops:
                self._loop(state, moves)
        ax.set_xlim(*plan.across)
        ax.set_ylim(*plan.up)
        ax.set_aspect(plan.aspect)
        room_of(ax).hooks.append(self)
        if plan is CLOSE:
            keep_apart(ax, self.words)

    def __call__(self, room: Room, renderer: Any) -> None:
        """Let the letters be as large as the boxes allow, and no larger than those of other pictures."""
        del renderer
        width, height = room.inches()
        (left, right), (low, high) = room.ax.get_xlim(), room.ax.get_ylim()
        box = self.plan.box[0] * width / (right - left), self.plan.box[1] * height / (high - low)
        # the longest name has nine letters
        points = min(box[0] * 72 / (9.4 * 0.66), box[1] * 72 / 1.4, 10.0)
        for name in self.names:
            name.set_fontsize(points)
        for words in self.words:
            words.set_fontsize(min(points, 8.4))

    def _box(self, place: tuple[float, float], words: str, color: str | None) -> FancyBboxPatch:
        ax, (width, height) = self.ax, self.plan.box
        box = FancyBboxPatch(
            (place[0] - width / 2, place[1] - height / 2), width, height, linewidth=1.0, zorder=3,
            boxstyle=f"round,pad=0,rounding_size={0.3 * height}", mutation_aspect=self.plan.roundness,
            facecolor=color or "none", edgecolor=color or self.color, linestyle="-" if color else ":",
        )  # fmt: skip
        ax.add_patch(box)
        style: dict[str, Any] = {"color": self.color}
        if color:
            style = {"color": written_on(color), "weight": "bold"}
        self.names.append(ax.text(*place, words, ha="center", va="center", zorder=4, **style))
        return box

    def _arrow(
        self, boxes: tuple[Any, Any], ends: tuple[Any, Any], moves: list[Move], *, bend: float = 0.0,
        share: float = 0.5,
    ) -> None:  # fmt: skip
        arrow = {"connectionstyle": f"arc3,rad={bend}", "shrinkA": 1, "shrinkB": 2, **self._style(moves)}
        self.ax.add_patch(FancyArrowPatch(*ends, patchA=boxes[0], patchB=boxes[1], **arrow))
        (x0, y0), (x1, y1) = ends
        # on the line, in its middle, or above a level one, which is too short to be covered
        x, y = x0 + share * (x1 - x0) + bend / 2 * (y1 - y0), y0 + share * (y1 - y0) - bend / 2 * (x1 - x0)
        self._label((x, y + self.plan.above * (y0 == y1 and not bend)), moves)

    def _rail(self, state: State, following: State, moves: list[Move]) -> None:
        (x0, y0), (x1, y1) = self.plan.places[state], self.plan.places[following]
        half, aside = self.plan.box[0] / 2, self.plan.rails[state, following]
        rail = max(x0, x1) + half + aside
        # the inner one ends lower, so that no two arrows end in one point
        y1 += 0.2 * self.plan.box[1] * (1 if aside < max(self.plan.rails.values()) else -1)
        corners = [(x0 + half, y0), (rail, y0), (rail, y1), (x1 + half, y1)]
        self.ax.add_patch(FancyArrowPatch(path=Path(corners), **self._style(moves)))
        self._label((rail, y0 - 0.5), moves)

    def _loop(self, state: State, moves: list[Move]) -> None:
        x, y = self.plan.places[state]
        side = -1 if state in _LOOPS_BELOW else 1
        edge = y + side * self.plan.box[1] / 2
        arrow = {
            "connectionstyle": f"arc3,rad={-1.6 * side}",
            "shrinkA": 0,
            "shrinkB": 1,
            **self._style(moves),
        }
        self.ax.add_patch(FancyArrowPatch((x - 0.3, edge), (x + 0.3, edge), **arrow))
        self._label((x, edge + side * 0.62), moves)

    def _style(self, moves: list[Move]) -> dict[str, Any]:
        line = "-" if any(move in _CALLS for move in moves) else "--"
        return self.look.style(
            arrowstyle="-|>", mutation_scale=self.plan.head, color=self.color, linewidth=1.1, linestyle=line
        )

    def _label(self, place: tuple[float, float], moves: list[Move]) -> None:
        back = {"facecolor": paper(self.ax), "edgecolor": "none", "pad": 1.2}
        style: dict[str, Any] = {"ha": "center", "va": "center", "color": self.color, "fontsize": "small"}
        self.words.append(self.ax.text(*place, ", ".join(moves), bbox=back, zorder=2.5, **style))
