"""Strategies of what a client is answered: single bodies, and traces of polls.

Each is taken from a run, so that it is as right as what is simulated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from simimport.errors import ParameterError, suggestion
from simimport.model.dialects import DIALECTS, dialect_of
from simimport.model.run.run import Run
from simimport.model.run.timeline import WORDS
from simimport.model.states import State
from simimport.service.answers import Answer
from simimport.service.contract.answer_shapes import states
from simimport.service.faults import Faults
from simimport.service.schedule.struck import struck
from simimport.testing.json_lines import body_of
from simimport.testing.strategies.schedules import poll_schedules
from simimport.testing.strategies.simulated import drawn, runs
from simimport.testing.traces import Recorded, Trace

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

__all__ = ["answers", "traces"]

#: What makes sure that a state is told, whatever else is drawn.
_BRINGING: dict[State, dict[str, Any]] = {
    State.NEW: {"new_s": st.sampled_from([2.0, 0.01])},
    State.LOADING: {"importer": "csv", "loading_s": st.sampled_from([3.0, 0.01])},
    State.READY: {"ready_s": st.sampled_from([5.0, 0.01])},
    State.DONE: {"calm": True},
    State.CANCELED: {"users": st.integers(1, 130), "cancel_rate": 1.0, "crash_rate": 0.0},
    State.ERROR: {"users": st.integers(1, 130), "cancel_rate": 0.0, "crash_rate": 1.0},
}


def answers(
    state: State | str | None = None, *, dialect: str | None = "docs"
) -> SearchStrategy[dict[str, Any]]:
    """Return a strategy of bodies of ``import.status``, each taken from a run.

    Parameters
    ----------
    state : State or str, optional
        What they tell; None means any.
    dialect : str or None, default "docs"
        In whose words; None means any.

    Returns
    -------
    SearchStrategy of dict

    Raises
    ------
    ParameterError
        If there is no such state or dialect, or the dialect cannot tell the state: servers say ``canceled``
        of no api import.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(answers("error"), lambda body: True)["operation"]["status"]
    'importer_import_failed'
    """
    dialects = list(DIALECTS.values()) if dialect is None else [dialect_of(dialect)]
    # in the order of the states, so that a body shrinks to an early one
    pairs = [(each, words.name) for each in State for words in dialects if each in states(words)]
    if state is not None:
        allowed = ", ".join(dict.fromkeys(each for each, _ in pairs))
        pairs = [pair for pair in pairs if pair[0] == state]
        if not pairs:
            raise ParameterError("state", state, allowed, hint=suggestion(state, list(map(str, State))))
    return st.sampled_from(pairs).flatmap(lambda pair: _answers(*pair))


@st.composite
def _answers(draw: DrawFn, state: State, dialect: str) -> dict[str, Any]:
    run = draw(runs(**_BRINGING.get(state, {})))
    if state is State.NONE:
        return run.status(-1.0, dialect=dialect)
    timeline = run.timeline(dialect_of(dialect))
    places = (timeline.rows["state"] == WORDS["state"].index(state)).nonzero()[0].tolist()
    return run.status(timeline.change(draw(st.sampled_from(places))).at_us / 1e6, dialect=dialect)


def traces(
    *,
    dialect: str | None = "docs",
    run: Run | SearchStrategy[Run] | None = None,
    faults: Faults | SearchStrategy[Faults] | None = None,
    whole: bool = False,
) -> SearchStrategy[Trace]:
    """Return a strategy of traces: what a client would have recorded.

    Parameters
    ----------
    dialect : str or None, default "docs"
        In whose words; None means any.
    run : Run or strategy, optional
        The import that is polled; any, unless given.
    faults : Faults or strategy, optional
        What goes wrong on the wire, such as `fault_schedules` draws; nothing, unless given.
    whole : bool, default False
        Whether each trace goes on to the end of the import; else some break off before.

    Returns
    -------
    SearchStrategy of Trace

    Raises
    ------
    ParameterError
        If there is no such dialect.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(traces(), lambda trace: trace[-1].state == "done")
    Trace(2 answers in 8 s: new → done)
    """
    names = list(DIALECTS) if dialect is None else [dialect_of(dialect).name]
    return _traces(names, runs() if run is None else run, Faults() if faults is None else faults, whole)


@st.composite
def _traces(
    draw: DrawFn, dialects: list[str], runs: Run | SearchStrategy[Run], faults: Any, whole: bool
) -> Trace:
    run, schedule = drawn(draw, runs), drawn(draw, faults)
    dialect = draw(st.sampled_from(dialects))
    polls = draw(poll_schedules(until_s=run.duration_s))
    left_off = 0 if whole else draw(st.integers(0, 19)) % len(polls)
    return Trace(_polled(run, dialect, polls[: len(polls) - left_off], schedule))


def _polled(run: Run, dialect: str, polls: Iterable[float], faults: Faults) -> Iterator[Recorded]:
    """Yield what a client records that polls then; it asks again only when it has been answered."""
    late_s, since_s, before = 0.0, -1.0, None
    for poll, planned_s in enumerate(polls, 1):
        at_s = planned_s + late_s
        answer = Answer.ok(run.status(at_s, dialect=dialect))
        fault = faults.strike(poll, since_s, at_s)
        since_s, before, stale = at_s, answer, before or answer
        if fault is not None:
            answer = stale if fault.kind == "stale" else struck(answer, fault)
        late_s += answer.delay_s
        body = "the connection was reset" if answer.reset else body_of(answer.raw)
        yield Recorded(at_s + answer.delay_s, answer.http_status, body)
