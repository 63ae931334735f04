"""What a fixture pack is made from: the distinct answers of a run or a trace, and the facts about it.

Writes nothing; how it is written and called is decided in `fixtures` and `naming`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from simimport.errors import ParameterError
from simimport.model.dialects import Dialect, dialect_of
from simimport.model.run.run import Run
from simimport.model.scenario import Scenario, instant
from simimport.testing.traces import Recorded, Trace, line_of, parsed_instant

__all__ = ["Told", "told_by"]


@dataclass(frozen=True)
class Told:
    """What a source comes to.

    Parameters
    ----------
    answers : list of Recorded
        In order; none says the same as the one before.
    dialect : Dialect
    epoch_ms : int
        The instant of its time 0, since 1970.
    facts : dict
        With what a manifest begins.
    nothing : dict or None
        The body before the operation is created; None where that is not known.
    """

    answers: list[Recorded]
    dialect: Dialect
    epoch_ms: int
    facts: dict[str, Any]
    nothing: dict[str, Any] | None


def told_by(source: object, dialect: str, seed: int | None) -> Told:
    """Return what a run, a trace, a scenario or a preset's name comes to, told in a dialect.

    Raises
    ------
    ParameterError
        If it is none of these, or a trace without answers, or a seed is given to what has its own.
    """
    known = dialect_of(dialect)
    if isinstance(source, (Run, Trace)) and seed is not None:
        what = "run" if isinstance(source, Run) else "trace"
        raise ParameterError("seed", seed, f"None: the {what} that is given has its own")
    if isinstance(source, Run):
        return _of_run(source, known, {"source": "run"})
    if isinstance(source, Trace):
        return _of_trace(source, known)
    if not isinstance(source, (Scenario, str)):
        raise ParameterError("source", source, "a Run, a Trace, a Scenario or the name of a preset")

    from simimport.model.presets import PRESETS
    from simimport.model.run.simulate import simulate

    scenario = PRESETS[source] if isinstance(source, str) else source
    facts = {"source": "preset", "preset": source} if isinstance(source, str) else {"source": "scenario"}
    return _of_run(simulate(scenario, seed=0 if seed is None else seed), known, facts)


def _of_run(run: Run, dialect: Dialect, facts: Mapping[str, Any]) -> Told:
    from simimport.model.run.wire import nothing

    answers = [Recorded(at_s, 200, body) for at_s, body in run.responses(dialect=dialect.name)]
    versions = dict(run.versions)
    provenance = {name: value for name, value in run.provenance.items() if name not in versions}
    epoch_ms = round(instant(run.scenario.epoch).timestamp() * 1000)
    told = {**facts, "code": run.code, **provenance, "versions": versions}
    return Told(_distinct(answers), dialect, epoch_ms, told, nothing(dialect))


def _of_trace(trace: Trace, dialect: Dialect) -> Told:
    from simimport import __version__

    if not len(trace):
        raise ParameterError("source", trace, "a trace with answers in it")
    known = dialect if dialect.server else dialect_of(trace.dialect)
    operations = (answer.body.get("operation") for answer in trace if answer.state is not None)
    dated = (parsed_instant(told.get("ts")) for told in operations if isinstance(told, dict))
    began = next((moment for moment in dated if moment is not None), instant(Scenario().epoch))
    facts: dict[str, Any] = {"source": "trace", "code": None, "scenario": None, "seed": None}
    facts["versions"] = {"simimport": __version__}
    return Told(_distinct(trace), known, round(began.timestamp() * 1000), facts, None)


def _distinct(answers: Iterable[Recorded]) -> list[Recorded]:
    """Return the answers without those that say the same as the one before."""
    kept: list[Recorded] = []
    before = b""
    for answer in answers:
        # compared as JSON: to Python, 1 and true are equal
        said = line_of(answer).partition(b",")[2]
        if said != before:
            kept.append(answer)
        before = said
    return kept
