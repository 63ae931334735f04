"""What a fit is given: traces, or the paths of some, and what each of them shows.

Reads one after the other and says how far it is. Fits nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

from simimport.analysis.fitting.shown.evidence import Evidence, evidence
from simimport.analysis.progress import Progress
from simimport.errors import ParameterError
from simimport.testing.trace_files import trace_of
from simimport.testing.traces import Trace

__all__ = ["as_given", "evidence_of", "only"]


def as_given(traces: Any) -> list[Any]:
    """Return each trace as it was given: what is a path, is not read yet.

    Raises
    ------
    ParameterError
        If it is no trace, and not several.
    """
    if isinstance(traces, (Trace, str, os.PathLike)) or hasattr(traces, "columns"):
        traces = [traces]
    if isinstance(traces, (bytes, dict)) or not isinstance(traces, Iterable):
        raise ParameterError("traces", traces, "a Trace, or several, or the paths of some")
    return list(traces)


def only(trace: Any) -> Trace:
    """Return a trace that is one.

    Raises
    ------
    ParameterError
        If it is none, or several.
    """
    given = as_given(trace)
    if len(given) != 1:
        raise ParameterError("trace", trace, "one Trace; read_trace(path) reads one")
    return trace_of(given[0])


def evidence_of(given: Sequence[Any], size: int | None, tell: Progress) -> list[Evidence]:
    """Return what each trace shows, and say how many are read."""
    traces: list[Trace] = []
    for trace in given:
        tell(len(traces), len(given))
        traces.append(trace_of(trace))
    tell(len(traces), len(given))
    parts = [evidence(trace, size) for trace in traces]
    # what one trace leaves open, others of the same kind may tell
    sure = {part.batch_size for part in parts if part.sizes.is_certain}
    return [
        part if part.sizes.is_certain else evidence(trace, size, sure)
        for part, trace in zip(parts, traces, strict=True)
    ]
