"""The bodies that the rows of the frame `observed` stand for, as a client of the page would have got them.

What the frame does not have (the user, the instant of creation) is as in the page's example.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from simimport.errors import ParameterError
from simimport.model.dialects import DOCS
from simimport.model.run import wire
from simimport.model.run.timeline import Change
from simimport.model.scenario import Scenario
from simimport.model.states import State, Step

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["answers_of"]

_COLUMNS = ("answered_s", "state", "step", "completed", "error", "total", "updated_at_s")


def answers_of(observed: pd.DataFrame) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield when each row was answered, and the body in the dialect ``docs``.

    Raises
    ------
    ParameterError
        If a column is missing, or a row cannot be said in a body; it names either.
    """
    missing = [name for name in _COLUMNS if name not in observed.columns]
    if missing:
        raise ParameterError("answers", list(observed.columns), f"a frame with the column {missing[0]}")
    # only what comes in a file is loaded
    importer = "csv" if (observed["state"] == State.LOADING).any() else "api"
    document = wire.Document.of(Scenario(importer=importer), 0)
    columns = (observed[name].tolist() for name in _COLUMNS)
    for place, values in enumerate(zip(*columns, strict=True)):
        row = dict(zip(_COLUMNS, values, strict=True))
        try:
            body = _body_of_row(row, document)
        except (TypeError, ValueError, OverflowError):
            raise ParameterError(f"row {place}", row, "what `observe` gives") from None
        yield row["answered_s"], body


def _body_of_row(row: dict[str, Any], document: wire.Document) -> dict[str, Any]:
    state = State(row["state"])
    if state is State.NONE:
        return wire.nothing(DOCS)
    change = Change(
        at_us=round(row["updated_at_s"] * 1e6), state=state, step=Step(row["step"]),
        completed=int(row["completed"]), error=int(row["error"]), total=int(row["total"]),
        batch=1, valid=state not in (State.CANCELED, State.ERROR),
    )  # fmt: skip
    return wire.status(DOCS, document, change)
