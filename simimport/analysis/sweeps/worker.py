"""The work of a sweep: plain data in, plain numbers out. This is what an executor's workers import.

Knows neither frames nor files, and loads no pandas; who asks for which rows is decided in `plan`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from simimport.errors import SweepError
from simimport.model.people.decisions import Decisions
from simimport.model.run.simulate import truth_of
from simimport.model.scenario import Scenario
from simimport.model.seed_blocks import StreamBlock
from simimport.model.seeds import derive_all
from simimport.model.states import State
from simimport.version import __version__

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simimport.model.run.truth import Truth

    Ints = NDArray[np.int64]

__all__ = ["FINALS", "NUMBERS", "Job", "Piece", "people_of", "plain", "rows", "versions"]

#: How an import can end; the first number of a row is the place in here.
FINALS = (State.DONE.value, State.CANCELED.value, State.ERROR.value)

#: What a row's numbers are, all whole: the place in `FINALS`, microseconds, and users.
NUMBERS = ("final", "duration_us", "importing_us", "completed", "error", "imported", "failed")

#: A scenario as `Scenario.to_dict` gives it, and of its replicates the first and the one after the last.
Piece = tuple[dict[str, Any], int, int]


class Job(NamedTuple):
    """What a worker gets: dicts, numbers and arrays.

    Parameters
    ----------
    versions : dict of str to str
        What the asking side runs; a worker with other versions might draw other numbers, and refuses.
    seed : int
        Of the whole sweep.
    people : dict or None
        What staged people decide, as `plain` gives it.
    pieces : sequence of Piece
        Which rows.
    """

    versions: dict[str, str]
    seed: int
    people: dict[str, Any] | None
    pieces: Sequence[Piece]


def versions() -> dict[str, str]:
    """Return the versions on which a row's digits depend."""
    return {"simimport": __version__, "numpy": np.__version__}


def plain(people: Decisions | None) -> dict[str, Any] | None:
    """Return what staged people decide as a dict; `people_of` takes it back."""
    if people is None:
        return None
    return {name: getattr(people, name) for name in Decisions.__slots__}


def people_of(fields: dict[str, Any] | None) -> Decisions | None:
    """Return what `plain` has made plain."""
    return None if fields is None else Decisions(**fields)


def rows(job: Job) -> Ints:
    """Return the numbers of a job's rows: one row per run, one column per name in `NUMBERS`.

    Raises
    ------
    SweepError
        If this worker's versions are not the asking side's. It knows of its own rows only: who asked adds
        what is finished.
    SimimportError
        If a run would outlast the calendar.
    """
    if versions() != job.versions:
        raise SweepError(
            f"a worker runs {versions()}, but the sweep was asked by {job.versions}: digits might differ; "
            "give all workers the same versions", done=0, total=0, store=None,
        )  # fmt: skip
    people = people_of(job.people)
    numbers = np.empty((sum(last - first for _, first, last in job.pieces), len(NUMBERS)), dtype=np.int64)
    place = 0
    # cells share their replicates' seeds, so often the block before will do
    block, streams, seeds = (-1, -1), None, []
    for fields, first, last in job.pieces:
        scenario = Scenario.from_dict(fields)
        if block != (first, last) or streams is None:
            block, derived = (first, last), derive_all(job.seed, first, last)
            streams, seeds = StreamBlock(derived), derived.tolist()
        for seed in seeds:
            truth = truth_of(scenario, seed, people, streams.stream)
            numbers[place] = _numbers_of_row(truth, scenario.batch_size)
            place += 1
    return numbers


def _numbers_of_row(truth: Truth, batch_size: int) -> tuple[int, ...]:
    # what a crash left unflushed was processed, but never published
    published = min(truth.flushed * batch_size, truth.processed)
    # `truth.counts` says the same in 1 µs more, of the 60 that a run takes
    failed = int(np.count_nonzero(truth.failed))
    error = failed if published == truth.processed else int(np.count_nonzero(truth.failed[:published]))
    return (
        FINALS.index(truth.final), truth.end_us, truth.end_us - truth.run_us,
        published - error, error, truth.processed - failed, failed,
    )  # fmt: skip
