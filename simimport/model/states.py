"""The eight states, the importer steps, and the one table of what each operation does in each state.

The table is data: `follow` and `possible` ask it what is legal and where that leads, `transitions` and
`mermaid` show it. Nothing else decides what is legal. No time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from simimport.errors import OperationError
from simimport.show.shown import Shown

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "CALLS",
    "STEP_STATE",
    "TABLE",
    "Move",
    "State",
    "StateTable",
    "Step",
    "follow",
    "mermaid",
    "possible",
    "transitions",
]


class State(StrEnum):
    """What ``import.status`` answers as ``state``; equal to its name as a plain string.

    Examples
    --------
    >>> from simimport import simulate
    >>> simulate(users=200, seed=1).final == State.DONE == "done"
    True
    >>> [str(state) for state in State if state.terminal]
    ['done', 'canceled', 'error']
    """

    NONE = "none"
    NEW = "new"
    LOADING = "loading"
    READY = "ready"
    IMPORTING = "importing"
    DONE = "done"
    CANCELED = "canceled"
    ERROR = "error"

    @property
    def terminal(self) -> bool:
        """Whether the operation has ended: it is done, canceled or in error."""
        return self in (State.DONE, State.CANCELED, State.ERROR)


class Step(StrEnum):
    """What ``import.status`` answers as ``operation.status``: the importer's own step.

    Examples
    --------
    >>> [str(step) for step in Step if "import_" in step]
    ['importer_import_cancelled', 'importer_import_failed']
    """

    NEW = "importer_new"
    UPLOADING = "importer_uploading"
    FILE_LOADED = "importer_file_loaded"
    PREPARING_USERS = "importer_preparing_users"
    USER_SELECTION = "importer_user_selection"
    IMPORTING_STARTED = "importer_importing_started"
    IMPORTING_USERS = "importer_importing_users"
    IMPORTING_CONTACTS = "importer_importing_contacts"
    IMPORTING_CHANNELS = "importer_importing_channels"
    IMPORTING_MESSAGES = "importer_importing_messages"
    FINISHING = "importer_finishing"
    DONE = "importer_done"
    CANCELLED = "importer_import_cancelled"
    FAILED = "importer_import_failed"
    # behind the others, which are kept by their places
    DOWNLOADING_FILE = "importer_downloading_file"


#: The state that a step stands for, while the operation is valid.
STEP_STATE: Mapping[Step, State] = {
    Step.NEW: State.NEW,
    Step.UPLOADING: State.LOADING,
    Step.DOWNLOADING_FILE: State.LOADING,
    Step.FILE_LOADED: State.LOADING,
    Step.PREPARING_USERS: State.LOADING,
    Step.USER_SELECTION: State.READY,
    Step.IMPORTING_STARTED: State.IMPORTING,
    Step.IMPORTING_USERS: State.IMPORTING,
    Step.IMPORTING_CONTACTS: State.IMPORTING,
    Step.IMPORTING_CHANNELS: State.IMPORTING,
    Step.IMPORTING_MESSAGES: State.IMPORTING,
    Step.FINISHING: State.IMPORTING,
    Step.DONE: State.DONE,
    Step.CANCELLED: State.CANCELED,
    Step.FAILED: State.ERROR,
}


class Move(StrEnum):
    """What can happen to an import: the four calls of the API, and four events of the job itself.

    The calls around file imports are several of them in a row, such as a new operation whose job then loads.
    """

    NEW = "new"
    ADD_USERS = "addUsers"
    RUN = "run"
    CLEAR = "clear"
    LOAD = "load"
    FLUSH = "flush"
    FINISH = "finish"
    CRASH = "crash"


#: The moves that are calls of the API; the others happen to the job itself, and are nobody's to call.
CALLS = (Move.NEW, Move.ADD_USERS, Move.RUN, Move.CLEAR)


class StateTable(Shown, Mapping[State, Mapping[Move, State]]):
    """What each operation does in each state: state -> operation -> the state that follows.

    An absent operation is illegal in that state. It shows itself: as a grid of text, and in a notebook
    as a table.
    """

    _card: ClassVar[str] = "simimport.model.cards:state_table"

    def __init__(self, moves: Mapping[State, Mapping[Move, State]]) -> None:
        self._moves = {state: MappingProxyType(dict(row)) for state, row in moves.items()}

    def __getitem__(self, state: State) -> Mapping[Move, State]:
        return self._moves[state]

    def __iter__(self) -> Iterator[State]:
        return iter(self._moves)

    def __len__(self) -> int:
        return len(self._moves)

    def __repr__(self) -> str:
        rows = [["", *Move]]
        rows += [[state, *(row.get(move, ".") for move in Move)] for state, row in self.items()]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        padded = (
            "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)) for row in rows
        )
        return "\n".join(line.rstrip() for line in padded)


#: The one table: nothing else decides what is legal.
TABLE = StateTable({
    State.NONE: {
        Move.NEW: State.NEW,
        Move.CLEAR: State.NONE,
    },
    State.NEW: {
        Move.NEW: State.NEW,
        Move.ADD_USERS: State.READY,
        Move.LOAD: State.LOADING,
        Move.CLEAR: State.CANCELED,
    },
    State.LOADING: {
        Move.NEW: State.NEW,
        Move.LOAD: State.READY,
        Move.CLEAR: State.CANCELED,
        Move.CRASH: State.ERROR,
    },
    State.READY: {
        Move.NEW: State.NEW,
        Move.ADD_USERS: State.READY,
        Move.RUN: State.IMPORTING,
        Move.CLEAR: State.CANCELED,
    },
    State.IMPORTING: {
        Move.NEW: State.NEW,
        Move.FLUSH: State.IMPORTING,
        Move.FINISH: State.DONE,
        # asked now, honoured at the flush of the batch in flight
        Move.CLEAR: State.CANCELED,
        Move.CRASH: State.ERROR,
    },
    State.DONE: {
        Move.NEW: State.NEW,
        Move.CLEAR: State.DONE,
    },
    State.CANCELED: {
        Move.NEW: State.NEW,
        Move.CLEAR: State.CANCELED,
    },
    State.ERROR: {
        Move.NEW: State.NEW,
        Move.CLEAR: State.ERROR,
    },
})


def possible(state: State | str) -> tuple[Move, ...]:
    """Return the moves that the table has in a state.

    Examples
    --------
    >>> [str(move) for move in possible("ready")]
    ['new', 'addUsers', 'run', 'clear']
    """
    return tuple(TABLE[State(state)])


def follow(state: State | str, move: Move | str) -> State:
    """Return the state to which a move leads.

    Raises
    ------
    OperationError
        If the table has no such move; it names the state and what is allowed there.

    Examples
    --------
    >>> follow("ready", "run")
    <State.IMPORTING: 'importing'>
    """
    try:
        return TABLE[State(state)][Move(move)]
    except KeyError:
        allowed = [str(move) for move in possible(state)]
        raise OperationError(
            f"{move} is not possible in the state {state}; possible: {', '.join(allowed)}",
            operation=str(move),
            state=str(state),
            allowed=allowed,
        ) from None


def transitions() -> pd.DataFrame:
    """Return the table as a frame: one row per legal move. A notebook shows it as a table of states.

    Returns
    -------
    DataFrame
        ``state``, ``operation``, ``next_state``: strings, in the order of the states' lives.

    Notes
    -----
    The states are those of the documentation page. ``new addUsers run clear`` are calls of the API;
    ``load flush finish crash`` happen to the job itself. ``clear`` while importing is honoured at the
    flush of the batch in flight; until then the state reads ``importing``.

    Examples
    --------
    >>> table = transitions()
    >>> table[table["state"] == "ready"]
        state operation next_state
    10  ready       new        new
    11  ready  addUsers      ready
    12  ready       run  importing
    13  ready     clear   canceled
    """
    from simimport.model.columns import frame

    moves = [(str(s), str(o), str(n)) for s, row in TABLE.items() for o, n in row.items()]
    state, operation, next_state = (list(column) for column in zip(*moves, strict=True))
    return _as_table(frame("transitions", {"state": state, "operation": operation, "next_state": next_state}))


def _as_table(made: pd.DataFrame) -> pd.DataFrame:
    """Return a frame that a notebook shows as the table; copies and selections of it are ordinary."""
    from pandas import get_option

    before: pd.DataFrame = made.copy()
    # to type checkers it could be a column
    ordinary: Any = made._repr_html_

    def shown() -> Any:
        # where somebody wrote into it, the table would say what is not there
        unchanged = get_option("display.notebook_repr_html") and made.equals(before)
        return TABLE._drawn(TABLE, " ".join(made.columns)) if unchanged else ordinary()

    # of this one alone, which stays a DataFrame like any other: to compare, to pickle, to write into
    object.__setattr__(made, "_repr_html_", shown)
    return made


def mermaid() -> str:
    """Return the table as the text of a Mermaid state diagram, moves between the same states on one arrow."""
    arrows: dict[tuple[State, State], list[str]] = {}
    for state, moves in TABLE.items():
        for operation, following in moves.items():
            arrows.setdefault((state, following), []).append(str(operation))
    lines = [f"    {a} --> {b}: {', '.join(labels)}" for (a, b), labels in arrows.items()]
    ends = [f"    {state} --> [*]" for state in State if state.terminal]
    return "\n".join(["stateDiagram-v2", "    direction LR", "    [*] --> none", *lines, *ends]) + "\n"
