"""Hypothesis strategies: scenarios, runs, answers, traces, and schedules of faults and of polls.

They aim at the edges (nobody, partial batches, waits of nothing, instants that coincide), stay small enough
to be fast, and shrink to what one would write by hand. Needs the extra ``hypothesis``; tests nothing itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from simimport.errors import MissingExtraError, ParameterError, suggestion
from simimport.model.dialects import DIALECTS, dialect_of
from simimport.model.run.run import Run
from simimport.model.run.simulate import simulate
from simimport.model.scenario import FIELDS, Scenario
from simimport.model.states import State
from simimport.service.answers import Answer
from simimport.service.faults import KINDS, Fault, Faults
from simimport.testing.json_lines import parsed
from simimport.testing.traces import Recorded, Trace

try:
    from hypothesis import strategies as st
except ModuleNotFoundError:
    raise MissingExtraError(__name__, "hypothesis") from None

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

__all__ = ["answers", "fault_schedules", "poll_schedules", "runs", "scenarios", "seeds", "traces"]

# Hypothesis shrinks towards what stands first: here the field's default, so that it vanishes from the repr.
_RATES = [0.0, 1.0, 0.5, 0.1, 0.02]
_SOME_RATE = st.sampled_from([0.02, *_RATES]) | st.floats(0, 1)
_RARELY = st.just(0.0) | st.sampled_from(_RATES) | st.floats(0, 1)
_PLACES = st.none() | st.sampled_from([0.0, 0.5, 0.99, 1.0]) | st.floats(0, 1)
_WAITS = [0.0, 2.0, 0.01, 0.005, 1.0]
#: Of each field but those that depend on another, in the order in which they are drawn.
_USUAL: dict[str, SearchStrategy[Any]] = {
    "failure_rate": _SOME_RATE,
    "failure_clustering": st.sampled_from([0.0, 0.0, 1.0, 0.3, 0.01, 0.9]),
    "cancel_rate": _RARELY,
    "cancel_at": _PLACES,
    "crash_rate": _RARELY,
    "crash_at": _PLACES,
    "users_per_s": st.sampled_from([30.0, 3.0, 1000.0, 1e6, 1e9]),
    "latency_cv": st.sampled_from([0.5, 0.0, 1.0, 3.0, 10.0]),
    "slowdown": st.sampled_from([0.0, 0.0, 1.5, 100.0]),
    "stall_rate": _RARELY,
    "stall_at": _PLACES,
    "stall_s": st.sampled_from([30.0, 0.0, 0.0000006, 0.5]),
    "new_s": st.sampled_from([2.0, *_WAITS]) | st.floats(0, 10),
    "ready_s": st.sampled_from([5.0, *_WAITS]) | st.floats(0, 10),
}
_INTERRUPTIONS = ("cancel_rate", "cancel_at", "crash_rate", "crash_at")
#: What makes sure that a state is told, whatever else is drawn.
_BRINGING: dict[State, dict[str, Any]] = {
    State.NEW: {"new_s": st.sampled_from([2.0, 0.01])},
    State.LOADING: {"importer": "csv", "loading_s": st.sampled_from([3.0, 0.01])},
    State.READY: {"ready_s": st.sampled_from([5.0, 0.01])},
    State.DONE: {"calm": True},
    State.CANCELED: {"users": st.integers(1, 130), "cancel_rate": 1.0, "crash_rate": 0.0},
    State.ERROR: {"users": st.integers(1, 130), "cancel_rate": 0.0, "crash_rate": 1.0},
}


def seeds() -> SearchStrategy[int]:
    """Return a strategy of seeds: any, small ones more often."""
    return st.integers(0, 2**64 - 1) | st.integers(0, 50)


def scenarios(*, max_users: int = 130, calm: bool = False, **fixed: Any) -> SearchStrategy[Scenario]:
    """Return a strategy of scenarios with all features together.

    Parameters
    ----------
    max_users : int, default 130
        How many users there are at most; whole batches, and one more or less, more often than by chance.
    calm : bool, default False
        Whether none is interrupted: neither canceled nor crashed.
    **fixed
        Fields of `Scenario`, each a value or a strategy, instead of what is drawn.

    Raises
    ------
    ScenarioError
        If a field is unknown, or a value out of range.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(scenarios(importer="csv"), lambda scenario: scenario.users > 60)
    Scenario(users=61, importer='csv')
    """
    plain = {name: value for name, value in fixed.items() if not isinstance(value, st.SearchStrategy)}
    # what is no field is refused as the scenario does it, and a value before anything is drawn
    Scenario.from_dict(plain if fixed.keys() <= FIELDS.keys() else fixed)
    return _scenarios(max_users, calm, fixed)


@st.composite
def _scenarios(draw: DrawFn, max_users: int, calm: bool, fixed: dict[str, Any]) -> Scenario:
    def pick(name: str, usual: SearchStrategy[Any]) -> Any:
        return _drawn(draw, fixed.get(name, usual))

    size = pick("batch_size", st.sampled_from([50, 1, 2, 60]) | st.integers(1, 60))
    whole = st.integers(0, max_users // size).map(lambda batches: batches * size)
    near = st.tuples(whole, st.sampled_from([0, -1, 1])).map(lambda pair: max(0, min(sum(pair), max_users)))
    fields: dict[str, Any] = {"batch_size": size, "users": pick("users", st.integers(0, max_users) | near)}
    for name, usual in _USUAL.items():
        if name in fixed or not (calm and name in _INTERRUPTIONS):
            fields[name] = pick(name, usual)
    fields["importer"] = pick("importer", st.sampled_from(["api", "csv"]))
    if fields["importer"] == "csv":
        fields["loading_s"] = pick("loading_s", st.sampled_from(_WAITS) | st.floats(0, 10))
    others = fixed.keys() - fields.keys() - {"loading_s"}
    return Scenario(**fields, **{name: _drawn(draw, fixed[name]) for name in sorted(others)})


def _drawn(draw: DrawFn, value: Any) -> Any:
    return draw(value) if isinstance(value, st.SearchStrategy) else value


def runs(
    *, seed: int | SearchStrategy[int] | None = None, max_users: int = 130, calm: bool = False, **fixed: Any
) -> SearchStrategy[Run]:
    """Return a strategy of runs of generated people.

    Parameters
    ----------
    seed : int or strategy, optional
        Any seed, unless given.
    max_users, calm, **fixed
        As for `scenarios`.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(runs(), lambda run: run.final == "error")
    <Run error after 7.0 s: 0 imported, 0 failed, 1 unreached; simulate(users=1, crash_rate=1.0, seed=0)>
    """
    told = scenarios(max_users=max_users, calm=calm, **fixed)
    number = st.just(seed) if isinstance(seed, int) else seed
    return st.builds(simulate, told, seed=seeds() if number is None else number)


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
    told = [dialect_of(dialect)] if dialect is not None else list(DIALECTS.values())
    pairs = [(known, each.name) for known in State for each in told
             if not (known is State.CANCELED and each.server)]  # fmt: skip
    if state is not None:
        pairs = [pair for pair in pairs if pair[0] == state]
        if not pairs:
            allowed = ", ".join(known for known in State if known is not State.CANCELED or dialect == "docs")
            raise ParameterError("state", state, allowed, hint=suggestion(state, list(map(str, State))))
    return st.sampled_from(pairs).flatmap(lambda pair: _answers(*pair))


@st.composite
def _answers(draw: DrawFn, state: State, dialect: str) -> dict[str, Any]:
    run = draw(runs(**_BRINGING.get(state, {})))
    if state is State.NONE:
        return run.status(-1.0, dialect=dialect)
    story = run.timeline(dialect_of(dialect))
    places = [place for place, told in enumerate(story.words("state")) if told == state]
    return run.status(story.change(draw(st.sampled_from(places))).at_us / 1e6, dialect=dialect)


def fault_schedules(
    *, kinds: str | Iterable[str] = tuple(KINDS), max_faults: int = 3, max_polls: int = 20
) -> SearchStrategy[Faults]:
    """Return a strategy of schedules of faults.

    Parameters
    ----------
    kinds : str or iterable of str
        Which faults.
    max_faults : int, default 3
        How many entries a schedule has at most; it may have none.
    max_polls : int, default 20
        The last poll that is struck by its number. No entry strikes every poll.

    Raises
    ------
    ParameterError
        If there is no such kind of fault.

    Notes
    -----
    Late answers are a tenth of a second late, which over HTTP is real time.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(fault_schedules(kinds=["503", "html"]), lambda faults: len(faults) == 2)
    Faults([Fault('503', at_poll=1), Fault('503', at_poll=1)])
    """
    known = [kinds] if isinstance(kinds, str) else list(kinds)
    # whether there is such a kind is for the fault to say
    if not [Fault(kind, at_poll=1) for kind in known]:
        raise ParameterError("kinds", known, "at least one of " + ", ".join(KINDS))
    return st.lists(_faults(known, max_polls), max_size=max_faults).map(Faults)


@st.composite
def _faults(draw: DrawFn, kinds: list[str], max_polls: int) -> Fault:
    kind = draw(st.sampled_from(kinds))
    when: dict[str, Any] = draw(
        st.fixed_dictionaries({"at_poll": st.integers(1, max_polls)})
        | st.fixed_dictionaries({"every": st.integers(2, 10)})
        | st.fixed_dictionaries({"at_s": st.integers(0, 60).map(float)})
    )
    # drawn for every kind: what needs fewer draws counts as simpler, and no kind should
    wait_s = draw(st.sampled_from([None, 1.0, 2.5, 60.0]))
    seconds = {"latency": 0.1, "429": wait_s, "503": wait_s}
    return Fault(kind, **when, seconds=seconds.get(kind))


def poll_schedules(*, until_s: float = 60.0, max_polls: int = 20) -> SearchStrategy[list[float]]:
    """Return a strategy of instants at which a client polls, in seconds, each later than the one before.

    Parameters
    ----------
    until_s : float, default 60
        The last poll is at this instant, or soon after it: `run.duration_s` polls until the end.
    max_polls : int, default 20
        How many polls there are at most; from 3 on.

    Returns
    -------
    strategy of list of float
        At whole seconds with the same time between two, or at any milliseconds.

    Raises
    ------
    ParameterError
        If `until_s` is no number of seconds, or `max_polls` is less than 3.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(poll_schedules(), lambda polls: len(polls) > 2)
    [0.0, 30.0, 60.0]
    """
    if isinstance(until_s, bool) or not isinstance(until_s, (int, float)) or not 0 <= until_s < math.inf:
        raise ParameterError("until_s", until_s, "a number of seconds from 0 on")
    if isinstance(max_polls, bool) or not isinstance(max_polls, int) or max_polls < 3:
        raise ParameterError("max_polls", max_polls, "a whole number from 3 on")
    last_s, before_ms = math.ceil(until_s), int(until_s * 1000) - 1
    regular = _regular(last_s, max_polls)
    if before_ms < 1:
        return regular
    # at least two before the last: with fewer they would need fewer draws, and be simpler, than regular ones
    irregular = st.lists(_before(before_ms), unique=True, min_size=2, max_size=max_polls - 1)
    return regular | irregular.map(lambda instants: [*sorted(instants), float(last_s)])


def _before(last_ms: int) -> SearchStrategy[float]:
    """Return a strategy of instants in seconds: whole ones are simpler than any milliseconds."""
    milliseconds = st.just(0) | st.integers(0, min(999, last_ms))
    return st.builds(
        lambda seconds, ms: min(seconds * 1000 + ms, last_ms) / 1000,
        st.integers(0, last_ms // 1000),
        milliseconds,
    )


@st.composite
def _regular(draw: DrawFn, last_s: int, max_polls: int) -> list[float]:
    # by their number, not by the time between them, so that few polls are simpler than many
    every_s = max(1, math.ceil(last_s / draw(st.integers(1, max_polls - 1))))
    begin_s = draw(st.integers(0, 59)) % every_s
    return [float(at_s) for at_s in range(begin_s, last_s + every_s, every_s)]


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

    Raises
    ------
    ParameterError
        If there is no such dialect.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(traces(), lambda trace: trace[-1].state == "done")
    Trace(2 answers in 8.0 s: new → done)
    """
    names = list(DIALECTS) if dialect is None else [dialect_of(dialect).name]
    return _traces(names, runs() if run is None else run, Faults() if faults is None else faults, whole)


@st.composite
def _traces(
    draw: DrawFn, dialects: list[str], runs: Run | SearchStrategy[Run], faults: Any, whole: bool
) -> Trace:
    run, schedule = _drawn(draw, runs), _drawn(draw, faults)
    dialect = draw(st.sampled_from(dialects))
    polls = draw(poll_schedules(until_s=run.duration_s))
    left_off = 0 if whole else draw(st.integers(0, 19)) % len(polls)
    return Trace(_polled(run, dialect, polls[: len(polls) - left_off], schedule))


def _polled(run: Run, dialect: str, polls: Iterable[float], faults: Faults) -> Iterator[Recorded]:
    """Yield what a client records that polls then; it asks again only when it has been answered."""
    late_s, since_s, before = 0.0, -1.0, None
    for poll, planned_s in enumerate(polls, 1):
        at_s = planned_s + late_s
        told = Answer.ok(run.status(at_s, dialect=dialect))
        fault = faults.strike(poll, since_s, at_s)
        since_s, before, stale = at_s, told, before or told
        if fault is not None:
            told = stale if fault.kind == "stale" else told.struck(fault)
        late_s += told.delay_s
        yield Recorded(at_s + told.delay_s, told.http_status, _body(told))


def _body(told: Answer) -> Any:
    if told.reset:
        return "the connection was reset"
    try:
        return parsed(told.raw)
    except ValueError:
        return told.raw.decode("utf-8", "replace")
