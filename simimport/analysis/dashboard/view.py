"""What the dashboard shows, computed from what it is set to: the run, the answer, the counters, the pictures.

Pure functions: the same settings give the same view, and nothing is kept. No widgets.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import NamedTuple

from simimport.analysis.dashboard.pictures import Picture, draw_fan, draw_progress, theme_of
from simimport.analysis.sweeps.sweep import sweep
from simimport.checks import unit_interval
from simimport.memory import SHOWN, check_users
from simimport.model.dialects import dialect_of
from simimport.model.run.run import Run
from simimport.model.run.simulate import simulate
from simimport.model.scenario import Scenario
from simimport.model.states import State, Step

__all__ = ["REPLICATES", "Counters", "Many", "View", "many", "view"]

#: How many runs the dashboard draws as a fan.
REPLICATES = 500


class Counters(NamedTuple):
    """The counters at an instant, in users: published as the dialect has it, and beside it the truth."""

    completed: int
    error: int
    total: int
    imported: int
    failed: int


@dataclass(frozen=True, eq=False, slots=True)
class View:
    """What the dashboard shows of one run at one instant.

    Parameters
    ----------
    scenario, seed, dialect, at, theme
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
    theme: str
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
    scenario: Scenario, *, seed: int, dialect: str = "docs", at: float = 1.0, theme: str = "auto",
    earlier: View | None = None,
) -> View:  # fmt: skip
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
    theme : {"auto", "light", "dark"}
        What the picture is drawn for: clear with an ink that any page shows, or paper of its own.
    earlier : View, optional
        A view from before: where it is of the same run, the run and its picture are taken from it. It changes
        nothing but the time that this takes.

    Raises
    ------
    ParameterError
        If the dialect or the theme is unknown, the seed is none, `at` is not from 0 to 1, or the users do not
        fit into memory.

    Examples
    --------
    >>> from simimport import Scenario
    >>> moment = view(Scenario(users=100, latency_cv=0, users_per_s=10, failure_rate=0), seed=1, at=0.9)
    >>> moment.state, moment.counters.completed, moment.counters.imported
    (<State.IMPORTING: 'importing'>, 50, 83)
    """
    words, at, theme = dialect_of(dialect), unit_interval("at", at), theme_of(theme)
    if earlier is not None and (earlier.seed, earlier.scenario, earlier.theme) == (seed, scenario, theme):
        run, picture = earlier.run, earlier.picture
    else:
        check_users(SHOWN, scenario.users, scenario.batch_size)
        run = simulate(scenario, seed=seed)
        picture = draw_progress(run, theme)
    timeline = run.timeline(words)
    end_us = int(timeline.rows["at_us"][-1])
    at_us = round(at * end_us)
    change, truth = timeline.change(timeline.index(at_us)), run.at(at_us / 1e6)
    return View(
        scenario=scenario, seed=seed, dialect=dialect, at=at, theme=theme, run=run, at_s=at_us / 1e6,
        end_s=end_us / 1e6, state=change.state, step=change.step,
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


def many(scenario: Scenario, *, seed: int, replicates: int = REPLICATES, theme: str = "auto") -> Many:
    """Return how a scenario goes under many seeds, all of them derived from one.

    Parameters
    ----------
    scenario : Scenario
        The parameters.
    seed : int
        Of the sweep that they are.
    replicates : int, default 500
        How many runs; at least 1.
    theme : {"auto", "light", "dark"}
        What the picture is drawn for, as for `view`.
    """
    # the ends from the sweep; the fan needs the runs themselves, which a sweep does not keep
    rows = sweep(over=[scenario], replicates=replicates, seed=seed, progress=False)
    runs = [simulate(scenario, seed=run_seed) for run_seed in rows["seed"].tolist()]
    ends = (State.DONE, State.CANCELED, State.ERROR)
    finals = {state: int((rows["final"] == state).sum()) for state in ends}
    median_s = float(rows["duration_s"].median())
    return Many(scenario, seed, replicates, finals, median_s, draw_fan(runs, theme))
