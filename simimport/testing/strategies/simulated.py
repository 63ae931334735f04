"""Strategies of seeds, scenarios and runs, all features together.

What a field may be is known by the scenario; here stands what is worth trying.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from simimport.checks import whole
from simimport.model.run.run import Run
from simimport.model.run.simulate import simulate
from simimport.model.scenario import FIELDS, Scenario
from simimport.model.seeds import resolve

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

__all__ = ["drawn", "runs", "scenarios", "seeds"]

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


def seeds() -> SearchStrategy[int]:
    """Return a strategy of seeds: any, small ones more often.

    Returns
    -------
    SearchStrategy of int

    Examples
    --------
    >>> from hypothesis import find
    >>> find(seeds(), lambda seed: seed > 1000)
    1001
    """
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

    Returns
    -------
    SearchStrategy of Scenario

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
    whole("max_users", max_users)
    plain = {name: value for name, value in fixed.items() if not isinstance(value, st.SearchStrategy)}
    # what is no field is refused as the scenario does it, and a value before anything is drawn
    Scenario.from_dict(plain if fixed.keys() <= FIELDS.keys() else fixed)
    return _scenarios(max_users, calm, fixed)


@st.composite
def _scenarios(draw: DrawFn, max_users: int, calm: bool, fixed: dict[str, Any]) -> Scenario:
    def pick(name: str, usual: SearchStrategy[Any]) -> Any:
        return drawn(draw, fixed.get(name, usual))

    size = pick("batch_size", st.sampled_from([50, 1, 2, 60]) | st.integers(1, 60))
    full = st.integers(0, max_users // size).map(lambda batches: batches * size)
    near = st.tuples(full, st.sampled_from([0, -1, 1])).map(lambda pair: max(0, min(sum(pair), max_users)))
    fields: dict[str, Any] = {"batch_size": size, "users": pick("users", st.integers(0, max_users) | near)}
    for name, usual in _USUAL.items():
        if name in fixed or not (calm and name in _INTERRUPTIONS):
            fields[name] = pick(name, usual)
    fields["importer"] = pick("importer", st.sampled_from(["api", "csv"]))
    if fields["importer"] == "csv":
        fields["loading_s"] = pick("loading_s", st.sampled_from(_WAITS) | st.floats(0, 10))
    others = fixed.keys() - fields.keys() - {"loading_s"}
    return Scenario(**fields, **{name: drawn(draw, fixed[name]) for name in sorted(others)})


def drawn(draw: DrawFn, value: Any) -> Any:
    """Return what a strategy draws; any other value is as it is."""
    return draw(value) if isinstance(value, st.SearchStrategy) else value


def runs(
    *, seed: int | SearchStrategy[int] | None = None, max_users: int = 130, calm: bool = False, **fixed: Any
) -> SearchStrategy[Run]:
    """Return a strategy of runs of generated people.

    Parameters
    ----------
    seed : int or strategy, optional
        Any seed, unless given.
    max_users : int, default 130
        As for `scenarios`, and so are the others.
    calm : bool, default False
    **fixed

    Returns
    -------
    SearchStrategy of Run

    Examples
    --------
    >>> from hypothesis import find
    >>> find(runs(), lambda run: run.final == "error")
    <Run error after 7 s: 0 imported, 0 failed, 1 unreached; simulate(users=1, crash_rate=1.0, seed=0)>
    """
    if seed is None:
        seed = seeds()
    elif not isinstance(seed, st.SearchStrategy):
        seed = st.just(resolve(seed))
    return st.builds(simulate, scenarios(max_users=max_users, calm=calm, **fixed), seed=seed)
