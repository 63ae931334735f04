"""Pictures of runs and frames: functions that take a record or a frame, and return Axes.

They show nothing, save nothing and change no setting of Matplotlib; `ax=None` makes a new figure. All take
the same words for their look: `label` and `color` of the main artist, `legend`, `title`, and further
properties of that artist by their names. Two of a kind on the same axes are told apart. What they say fits
the room that the axes have, in a grid too: `plt.subplots(2, 3, figsize=(12, 6), layout="constrained")`.
"""

from __future__ import annotations

from simimport.analysis.plots.comparison import comparison
from simimport.analysis.plots.eta import eta
from simimport.analysis.plots.fan import fan
from simimport.analysis.plots.fits.check import check
from simimport.analysis.plots.forecast import forecast
from simimport.analysis.plots.heatmap import heatmap
from simimport.analysis.plots.runs.batches import batches
from simimport.analysis.plots.runs.outcomes import outcomes
from simimport.analysis.plots.runs.progress import progress
from simimport.analysis.plots.runs.states import states
from simimport.analysis.plots.staleness import staleness
from simimport.analysis.plots.state_machine import state_machine
from simimport.analysis.plots.sweep import sweep
from simimport.analysis.plots.tradeoff import tradeoff

__all__ = [
    "batches", "check", "comparison", "eta", "fan", "forecast", "heatmap", "outcomes", "progress",
    "staleness", "state_machine", "states", "sweep", "tradeoff",
]  # fmt: skip
