"""Pictures of runs and frames: functions that take a record or a frame, and return Axes.

They show nothing, save nothing and change no setting of Matplotlib; `ax=None` makes a new figure.
"""

from __future__ import annotations

from simimport.analysis.plots_ahead import forecast
from simimport.analysis.plots_cells import heatmap
from simimport.analysis.plots_eta import eta
from simimport.analysis.plots_fan import fan
from simimport.analysis.plots_machine import state_machine
from simimport.analysis.plots_polling import staleness
from simimport.analysis.plots_progress import progress, states
from simimport.analysis.plots_sweep import sweep
from simimport.analysis.plots_tradeoff import tradeoff
from simimport.analysis.plots_users import batches, outcomes

__all__ = [
    "batches", "eta", "fan", "forecast", "heatmap", "outcomes", "progress", "staleness", "state_machine",
    "states", "sweep", "tradeoff",
]  # fmt: skip
