"""`sweep`: many scenarios, many replicates, one frame.

Says what is asked and gives the frame; how rows come about is in `worker`, who runs them in `dispatch`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from functools import partial
from typing import TYPE_CHECKING, Any

from simimport.analysis.progress import Progress, progress_shown
from simimport.analysis.sweeps.dispatch import check_executor, run_chunks
from simimport.analysis.sweeps.plan import Cells, Plan, cells_of
from simimport.analysis.sweeps.store import Store, open_store
from simimport.checks import whole
from simimport.errors import ParameterError, SimimportError, SweepError
from simimport.memory import SWEPT, check_room, check_users, simulated
from simimport.model.scenario import Scenario
from simimport.model.seeds import resolve
from simimport.show.words import number

if TYPE_CHECKING:
    import pandas as pd

    from simimport.model.people.decisions import Decisions

__all__ = ["sweep"]

_MOST_REPLICATES = 2**40


def sweep(
    base: Scenario | None = None,
    *,
    over: Mapping[str, Any] | Iterable[Scenario],
    replicates: int = 100,
    seed: int = 0,
    staged: pd.DataFrame | None = None,
    executor: Executor | None = None,
    store: str | os.PathLike[str] | None = None,
    progress: bool | Progress | None = None,
) -> pd.DataFrame:
    """Return one row per scenario and replicate: how each of many imports ended, and when.

    Parameters
    ----------
    base : Scenario, optional
        What all cells have in common; the default scenario where it is left out. None where whole scenarios
        are swept.
    over : mapping, or list of Scenario
        Either fields of `Scenario` with the values to try, such as ``{"failure_rate": [0, 0.05, 0.1]}``:
        every combination is a cell, the last field changing fastest. Or whole scenarios: a list, or a
        mapping of names to scenarios such as ``PRESETS``.
    replicates : int, default 100
        Runs per cell, at least 1.
    seed : int, default 0
        From 0 to 2**64 - 1. Replicate k has the same seed in all cells, so that cells are compared in pairs.
    staged : DataFrame, optional
        Your own users for all runs, as `simulate` takes them; ``users`` becomes their number.
    executor : concurrent.futures.Executor, optional
        Who runs it: a ``ProcessPoolExecutor``, or Dask's ``client.get_executor()``. None runs it here. All
        give the same frame. It is not shut down.
    store : path, optional
        A folder for finished chunks, made if it is not there. Called again with the same arguments, whatever
        the executor, the sweep goes on from there; another sweep's folder is refused.
    progress : bool or callable, optional
        True shows a bar with the time left, on standard error or in the notebook; False none; None where a
        person would see it. A function is called with the number of runs done and that of all.

    Returns
    -------
    DataFrame
        First the swept fields (where whole scenarios are swept: ``scenario``, a name, or a number from 0),
        then ``replicate`` (from 0), ``seed``, ``final`` (done, canceled or error), ``duration_s`` (creation
        to end), ``importing_s`` (``import.run`` to end), ``ended_itself`` (False where an administrator
        interrupted it), ``completed error`` (users, as published at the end) and ``imported failed``
        (users, the truth). A row is ``simulate(its scenario, seed=its seed)``, to the last digit.

    Raises
    ------
    ParameterError, ScenarioError, UsersError
        If an argument is not what it should be, a cell out of range, or the whole does not fit into memory;
        before any work.
    RecordError
        If the store is another sweep's, another version's, or damaged.
    SweepError
        If the executor breaks; what was finished is in the store.
    KeyboardInterrupt
        On Ctrl-C, likewise; the message says what is kept.

    Notes
    -----
    **Cores.** Work is cut into chunks of 30 ms to two seconds, by size and not by who runs them. What
    goes to a worker is plain data (dicts of fields, integers, and what staged people decide), what comes
    back is seven whole numbers per run, and the function is the package's own (`rows` in
    `simimport.analysis.sweeps.worker`): workers need simimport installed and nothing else. Pools that start
    fresh interpreters (``spawn``) need the usual ``if __name__ == "__main__":``. Each chunk carries the
    versions of simimport and numpy, and a worker with others refuses: digits might differ.

    **A cluster of many machines.** The engine is Dask's distributed scheduler; nothing here knows machines.
    Start a scheduler and workers as Dask's own documentation says (``dask scheduler``, ``dask worker``, or
    one of its cluster managers), then::

        from dask.distributed import Client

        client = Client("tcp://scheduler:8786")
        frame = sweep(over=PRESETS, replicates=1_000_000, executor=client.get_executor(), store="night")

    The store is on the caller's side: workers write no files and need no common disk. A worker that dies
    costs the chunks it had, which the scheduler gives to others; if the scheduler or the caller dies, call
    again: the folder is all the state there is.

    What bounds it: the caller hands out and takes in every chunk, and 256 are out at a time. With Dask that
    took 6 to 8 ms a chunk where scheduler, workers and caller shared two busy cores, and 0.7 to 1 ms with a
    process pool. A chunk of a large sweep is two seconds' work, so some 250 cores are kept busy; beyond that
    the caller is the limit: sweep parts of the grid from several callers, each with a store of its own. A
    chunk's answer is 56 bytes a run (some 20,000 runs of 8,000 users: 1 MB for two seconds of a core), so no
    network is. One import is never split, so a few runs of a thousand million users gain no more cores than
    there are runs. What two cores of one machine gain, by a process pool and by Dask's local cluster, is in
    ``data/benchmarks.md``; a cluster of several machines has not been measured.

    **Memory.** With a store it does not grow with the replicates while the sweep runs. Then the frame is read
    from the store, and that grows: about 100 bytes a row, and twice that while it is made. Where that is too
    much, the finished chunks stay, and ``summarize(store)`` reads them cell by cell.

    Examples
    --------
    >>> from simimport import sweep
    >>> frame = sweep(over={"failure_rate": [0.0, 0.1]}, replicates=2, seed=1)
    >>> frame[["failure_rate", "replicate", "final", "duration_s", "failed"]]
       failure_rate  replicate final  duration_s  failed
    0           0.0          0  done  272.540145       0
    1           0.0          1  done  271.230803       0
    2           0.1          0  done  272.540145     768
    3           0.1          1  done  271.230803     802
    """
    check_executor(executor)
    plan = _plan_of(cells_of(base, over), replicates, seed, staged)
    _check_memory(plan, store, executor)
    with progress_shown(progress) as tell:
        if store is None:
            columns = plan.columns
            _run_what_is_left(plan, None, executor, tell, partial(plan.fill, columns))
        else:
            kept = open_store(store, plan)
            _run_what_is_left(plan, kept, executor, tell, kept.write)
            # not before: until here memory holds a few chunks, however many there are
            columns = plan.columns
            for chunk in range(plan.chunks):
                plan.fill(columns, chunk, kept.read(chunk))
    return plan.frame(columns)


def _plan_of(cells: Cells, replicates: Any, seed: Any, staged: pd.DataFrame | None) -> Plan:
    times = whole("replicates", replicates, 1, _MOST_REPLICATES)
    if seed is None:
        raise ParameterError("seed", seed, "a whole number from 0 to 2**64 - 1: a sweep draws none by itself")
    base_seed, people = resolve(seed), None
    if staged is not None:
        if "users" in cells.names:
            allowed = "not there: staged= says how many users there are"
            raise ParameterError("over['users']", cells.column(cells.names.index("users")), allowed)
        cells, people = _with_staged_people(cells, staged)
    return Plan(cells, times, base_seed, people)


def _with_staged_people(cells: Cells, staged: pd.DataFrame) -> tuple[Cells, Decisions]:
    from simimport.model.people.decisions import decisions
    from simimport.model.people.users_frame import as_users

    users = as_users(staged, "staged")
    scenarios = [scenario.replace(users=len(users)) for scenario in cells.scenarios]
    return Cells(cells.names, cells.keys, scenarios), decisions(users)


def _check_memory(plan: Plan, store: object, executor: Executor | None) -> None:
    """Refuse rows and users that cannot fit into memory: a run is never cut, wherever it is drawn."""
    if store is None:  # else the finished chunks stay, and can be summarized cell by cell
        check_room("replicates", plan.replicates, SWEPT * plan.rows)
    if executor is not None:
        from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

        if not isinstance(executor, ProcessPoolExecutor | ThreadPoolExecutor):
            return  # its workers may be larger machines
    for scenario in plan.cells.scenarios if plan.people is None else ():
        check_users(simulated(scenario.failure_rate), scenario.users, scenario.batch_size)


def _run_what_is_left(
    plan: Plan,
    kept: Store | None,
    executor: Executor | None,
    tell: Progress,
    take: Callable[[int, Any], None],
) -> None:
    """Run what is not in the store yet; what cuts it short says what is kept."""
    there = set() if kept is None else set(kept.finished())
    count = sum(plan.size(chunk) for chunk in there)

    def keep(chunk: int, numbers: Any) -> None:
        nonlocal count
        take(chunk, numbers)
        count += len(numbers)

    left = [chunk for chunk in range(plan.chunks) if chunk not in there]
    try:
        run_chunks(plan, left, keep, executor, tell)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"interrupted; {_what_is_kept(plan, kept, count)}") from None
    except SweepError as error:
        folder = None if kept is None else str(kept.folder)
        message = f"{error}; {_what_is_kept(plan, kept, count)}"
        raise SweepError(message, done=count, total=plan.rows, store=folder) from error.__cause__
    except SimimportError as error:
        error.args = (f"{error} ({_what_is_kept(plan, kept, count)})",)
        raise


def _what_is_kept(plan: Plan, kept: Store | None, count: int) -> str:
    finished = f"{number(count)} of {number(plan.rows)} runs are finished"
    if kept is None:
        return f"{finished} and lost: a store= would keep them"
    return f"{finished} and kept in {os.fspath(kept.folder)!r}: the same call goes on from there"
