"""What the dashboard shows, computed from what it is set to: the run, the answer, the counters, the pictures.

Pure functions: the same settings give the same view, and nothing is kept. No widgets.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from simimport.analysis.sweeps.sweep import sweep
from simimport.checks import unit_interval
from simimport.memory import SHOWN, check_users
from simimport.model.dialects import dialect_of
from simimport.model.run.run import Run
from simimport.model.run.simulate import simulate
from simimport.model.scenario import Scenario
from simimport.model.states import State, Step

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["PIXELS", "REPLICATES", "Counters", "Many", "Picture", "View", "many", "view"]

#: How many runs the dashboard draws as a fan.
REPLICATES = 500
#: The size of a picture on the screen.
PIXELS = (644, 290)
_CRISP = 2
_DPI = 78
# given, with room for the legend: finding them takes as long as drawing
_MARGINS = {"left": 0.105, "right": 0.745, "bottom": 0.135, "top": 0.92}


class Counters(NamedTuple):
    """The counters at an instant, in users: published as the dialect has it, and beside it the truth."""

    completed: int
    error: int
    total: int
    imported: int
    failed: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A plot over time, and where its axes lie in it.

    Parameters
    ----------
    png : bytes
        The picture, with twice the pixels of its size on the screen so that it is crisp.
    left, right : float
        Where the instants `begin_s` and `end_s` lie, as shares of the width.
    top, bottom : float
        Where the axes begin and end, as shares of the height, from above.
    begin_s, end_s : float
        The instants, in seconds.
    """

    png: bytes
    left: float
    right: float
    top: float
    bottom: float
    begin_s: float
    end_s: float

    def place(self, at_s: float) -> float:
        """Return where an instant lies, as a share of the width."""
        share = (at_s - self.begin_s) / (self.end_s - self.begin_s)
        return self.left + share * (self.right - self.left)


@dataclass(frozen=True, eq=False, slots=True)
class View:
    """What the dashboard shows of one run at one instant.

    Parameters
    ----------
    scenario, seed, dialect, at
        What it was computed from, as for `view`.
    run : Run
        The run.
    at_s, end_s : float
        The instant, and when the last answer of this dialect begins, in seconds after the creation.
    state : State
        What ``import.status`` answers as ``state``.
    step : Step
        The importer's own step.
    counters : Counters
        The counters.
    body : str
        The whole answer, as JSON text.
    code, answer_code : str
        The line that makes this run again, and what gives this answer of it.
    picture : Picture
        Progress over time.
    """

    scenario: Scenario
    seed: int
    dialect: str
    at: float
    run: Run
    at_s: float
    end_s: float
    state: State
    step: Step
    counters: Counters
    body: str
    code: str
    answer_code: str
    picture: Picture

    @property
    def moment(self) -> float:
        """Where the instant lies in the picture, as a share of its width."""
        return self.picture.place(self.at_s)


def view(
    scenario: Scenario, *, seed: int, dialect: str = "docs", at: float = 1.0, earlier: View | None = None
) -> View:
    """Return what the dashboard shows of one run at one instant.

    Parameters
    ----------
    scenario : Scenario
        The parameters.
    seed : int
        Of the run.
    dialect : str, default "docs"
        Whose words the answer is in.
    at : float, default 1
        The instant, as a share of the time from the creation to the last change: 0 to 1.
    earlier : View, optional
        A view from before: where it is of the same run, the run and its picture are taken from it. It changes
        nothing but the time that this takes.

    Raises
    ------
    ParameterError
        If the dialect is unknown, the seed is none, `at` is not from 0 to 1, or the users do not fit into
        memory.

    Examples
    --------
    >>> from simimport import Scenario
    >>> moment = view(Scenario(users=100, latency_cv=0, users_per_s=10, failure_rate=0), seed=1, at=0.9)
    >>> moment.state, moment.counters.completed, moment.counters.imported
    (<State.IMPORTING: 'importing'>, 50, 83)
    """
    words, at = dialect_of(dialect), unit_interval("at", at)
    if earlier is not None and earlier.seed == seed and earlier.scenario == scenario:
        run, picture = earlier.run, earlier.picture
    else:
        check_users(SHOWN, scenario.users, scenario.batch_size)
        run = simulate(scenario, seed=seed)
        picture = _progress(run)
    timeline = run.timeline(words)
    end_us = int(timeline.rows["at_us"][-1])
    at_us = round(at * end_us)
    change, truth = timeline.change(timeline.index(at_us)), run.at(at_us / 1e6)
    return View(
        scenario=scenario, seed=seed, dialect=dialect, at=at, run=run, at_s=at_us / 1e6, end_s=end_us / 1e6,
        state=change.state, step=change.step,
        counters=Counters(change.completed, change.error, change.total, truth.imported, truth.failed),
        body=json.dumps(run.status(at_us / 1e6, dialect=dialect), ensure_ascii=False, indent=2),
        code=run.code, answer_code=_answer_code(at_us / 1e6, dialect), picture=picture,
    )  # fmt: skip


def _answer_code(at_s: float, dialect: str) -> str:
    argument = "" if dialect == "docs" else f", dialect={dialect!r}"
    return f"run.status({at_s!r}{argument})"


@dataclass(frozen=True, eq=False, slots=True)
class Many:
    """How the same scenario goes under many seeds.

    Parameters
    ----------
    scenario, seed
        What it was computed from.
    replicates : int
        How many runs.
    finals : dict of State to int
        How many of them ended as done, canceled and error, as the documentation page has it.
    median_s : float
        The median time from the creation to the end, in seconds.
    picture : Picture
        The fan of their progress.
    """

    scenario: Scenario
    seed: int
    replicates: int
    finals: dict[State, int]
    median_s: float
    picture: Picture


def many(scenario: Scenario, *, seed: int, replicates: int = REPLICATES) -> Many:
    """Return how a scenario goes under many seeds, all of them derived from one.

    Parameters
    ----------
    scenario : Scenario
        The parameters.
    seed : int
        Of the sweep that they are.
    replicates : int, default 500
        How many runs; at least 1.
    """
    # the ends from the sweep; the fan needs the runs themselves, which a sweep does not keep
    rows = sweep(over=[scenario], replicates=replicates, seed=seed, progress=False)
    runs = [simulate(scenario, seed=run_seed) for run_seed in rows["seed"].tolist()]
    ends = (State.DONE, State.CANCELED, State.ERROR)
    finals = {state: int((rows["final"] == state).sum()) for state in ends}
    median_s = float(rows["duration_s"].median())
    return Many(scenario, seed, replicates, finals, median_s, _fan(runs))


# pictures -----------------------------------------------------------------------------------------


def _progress(run: Run) -> Picture:
    from simimport.analysis import plots

    figure = _figure()
    return _picture(figure, plots.progress(run, ax=figure.subplots()), run.duration_s)


def _fan(runs: list[Run]) -> Picture:
    from simimport.analysis import plots

    figure = _figure()
    return _picture(figure, plots.fan(runs, ax=figure.subplots()), max(run.duration_s for run in runs))


def _figure() -> Figure:
    # not through pyplot, which would keep it
    from matplotlib.figure import Figure

    inches = (PIXELS[0] / _DPI, PIXELS[1] / _DPI)
    figure = Figure(figsize=inches, dpi=_DPI * _CRISP, facecolor="white")
    figure.subplots_adjust(**_MARGINS)
    return figure


def _picture(figure: Figure, axes: Axes, end_s: float) -> Picture:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    file = io.BytesIO()
    # the network is the same machine more often than not: packing harder takes longer than sending
    # not savefig, which draws everything twice
    canvas: Any = FigureCanvasAgg(figure)
    canvas.print_png(file, metadata={"Software": None}, pil_kwargs={"compress_level": 1})
    end_s = end_s or 1.0
    width, height = figure.bbox.size
    left, right = axes.transData.transform([(0.0, 0.0), (end_s, 0.0)])[:, 0]
    box = axes.get_window_extent()
    return Picture(
        png=file.getvalue(), left=float(left / width), right=float(right / width),
        top=float(1 - box.y1 / height), bottom=float(1 - box.y0 / height), begin_s=0.0, end_s=end_s,
    )  # fmt: skip
