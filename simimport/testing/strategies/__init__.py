"""Hypothesis strategies: scenarios, runs, answers, traces, and schedules of faults and of polls.

They aim at the edges (nobody, partial batches, waits of nothing, instants that coincide), stay small enough
to be fast, and shrink to what one would write by hand. Needs the extra ``hypothesis``; tests nothing itself.
"""

from __future__ import annotations

from simimport.errors import MissingExtraError

try:
    import hypothesis as _  # noqa: F401 - without it the files below fail, with less to say
except ModuleNotFoundError:
    raise MissingExtraError(__name__, "hypothesis") from None

from simimport.testing.strategies.answered import answers, traces
from simimport.testing.strategies.schedules import fault_schedules, poll_schedules
from simimport.testing.strategies.simulated import runs, scenarios, seeds

__all__ = ["answers", "fault_schedules", "poll_schedules", "runs", "scenarios", "seeds", "traces"]
