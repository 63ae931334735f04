"""Of every plot: what it is drawn of, the question that it answers, and code that draws one."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["PLOTS", "PlotExample"]


class PlotExample(NamedTuple):
    """A plot in use; the code leaves the axes as `ax`."""

    of: str
    answers: str
    code: str


#: In the order in which they are shown.
PLOTS = {
    "progress": PlotExample(
        "a run",
        "what was published when, and what was true",
        """\
from simimport import PRESETS, plots, simulate

run = simulate(PRESETS["crash_midway"], seed=7)
ax = plots.progress(run)""",
    ),
    "states": PlotExample(
        "a run",
        "in which state it was, and for how long",
        """\
from simimport import PRESETS, plots, simulate

run = simulate(PRESETS["csv_upload"], seed=7)
ax = plots.states(run)""",
    ),
    "outcomes": PlotExample(
        "a run",
        "where along the import users failed, for which reasons",
        """\
from simimport import PRESETS, plots, simulate

run = simulate(PRESETS["clustered_failures"], seed=7)
ax = plots.outcomes(run)""",
    ),
    "batches": PlotExample(
        "a run",
        "how long each batch took, and where it stalled",
        """\
from simimport import PRESETS, plots, simulate

run = simulate(PRESETS["flaky"], seed=7)
ax = plots.batches(run)""",
    ),
    "staleness": PlotExample(
        "a run, or what a client observed",
        "how many users behind the truth a poller is",
        """\
from simimport import plots, simulate

ax = plots.staleness(simulate(users=2000, seed=7), every_s=5)""",
    ),
    "eta": PlotExample(
        "a run",
        "what time left is promised at each poll, beside the true one",
        """\
from simimport import PRESETS, plots, simulate

run = simulate(PRESETS["slows_down"], seed=7)
ax = plots.eta(run, methods=["exponential", "anchored", "trend"])""",
    ),
    "fan": PlotExample(
        "many runs",
        "how far such imports differ",
        """\
from simimport import Scenario, plots, simulate

nights = Scenario(users=2000, stall_rate=0.05, cancel_rate=0.1)
ax = plots.fan(simulate(nights, seed=seed) for seed in range(200))""",
    ),
    "sweep": PlotExample(
        "a sweep",
        "what becomes of imports as one parameter changes",
        """\
from simimport import Scenario, plots, sweep

rates = {"cancel_rate": [0, 0.1, 0.2, 0.3, 0.4, 0.5]}
frame = sweep(Scenario(users=2000, crash_rate=0.1), over=rates, replicates=200)
ax = plots.sweep(frame, "cancel_rate", "final")""",
    ),
    "heatmap": PlotExample(
        "a sweep",
        "what becomes of them as two parameters change",
        """\
from simimport import Scenario, plots, sweep

both = {"stall_rate": [0, 0.02, 0.05, 0.1], "users": [500, 1000, 2000, 4000]}
frame = sweep(Scenario(), over=both, replicates=50)
ax = plots.heatmap(frame, "users", "stall_rate")""",
    ),
    "comparison": PlotExample(
        "what `compare` returns",
        "by how much two kinds of imports differ, and how sure that is",
        """\
from simimport import Scenario, compare, plots

few = Scenario(users=1000, failure_rate=0.02)
found = compare(few, few.replace(failure_rate=0.03), replicates=100)
ax = plots.comparison(found)""",
    ),
    "tradeoff": PlotExample(
        "what `polling_tradeoff` returns",
        "how often to ask",
        """\
from simimport import Scenario, plots, polling_tradeoff

intervals = [1, 2, 5, 10, 20]
bought = polling_tradeoff(Scenario(users=2000), every_s=intervals, replicates=50)
ax = plots.tradeoff(bought, y="staleness_s_max", wanted=5)""",
    ),
    "forecast": PlotExample(
        "a fit and a trace",
        "when a running import ends, and with how many failures",
        """\
from simimport import Trace, fit, observe, plots, simulate

tonight = Trace(observe(simulate(users=8000, slowdown=0.5, seed=7), every_s=5))
so_far = tonight[:20]
ax = plots.forecast(fit(so_far), so_far, actual=tonight)""",
    ),
    "check": PlotExample(
        "a fit",
        "whether the model fits what was recorded",
        """\
from simimport import Trace, fit, plots, simulate

found = fit(Trace(simulate(users=4000, seed=3).responses()))
ax = plots.check(found)""",
    ),
    "state_machine": PlotExample(
        "nothing: it is the same always",
        "which states there are, and what leads from one to another",
        """\
from simimport import plots

ax = plots.state_machine()""",
    ),
}
