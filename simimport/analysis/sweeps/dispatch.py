"""Runs a plan's chunks, here or on an executor, and keeps count: nothing is lost that was kept.

Knows no frames. What a chunk is, is `plan`; where finished ones are kept, `store`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from simimport.analysis.progress import Progress
from simimport.analysis.sweeps.plan import Plan
from simimport.analysis.sweeps.worker import rows
from simimport.errors import ParameterError, SimimportError, SweepError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

__all__ = ["check_executor", "run_chunks"]

# Handed out and not yet back: enough for some hundred cores, and little memory.
_IN_FLIGHT = 256


def run_chunks(
    plan: Plan,
    left: list[int],
    keep: Callable[[int, Ints], object],
    executor: Executor | None,
    tell: Progress,
) -> None:
    """Run the chunks that are left, and give each to `keep` as it comes.

    Raises
    ------
    SweepError
        If the executor breaks, or a worker has other versions. The message does not say what is kept: who
        keeps it adds that.
    SimimportError
        If a scenario cannot be run.
    """
    done = plan.rows - sum(plan.size(chunk) for chunk in left)
    tell(done, plan.rows)
    for chunk, numbers in _run_here(plan, left) if executor is None else _run_there(plan, left, executor):
        keep(chunk, numbers)
        done += plan.size(chunk)
        tell(done, plan.rows)


def _run_here(plan: Plan, left: list[int]) -> Iterator[tuple[int, Ints]]:
    for chunk in left:
        yield chunk, rows(plan.job(chunk))


def _run_there(plan: Plan, left: list[int], executor: Executor) -> Iterator[tuple[int, Ints]]:
    """Yield chunks as they come back; what is still out when this ends is called off."""
    waiting = iter(left)
    out: dict[Future[Ints], int] = {}
    back: SimpleQueue[Future[Ints]] = SimpleQueue()

    def hand_out() -> None:
        for chunk in waiting:
            future = executor.submit(rows, plan.job(chunk))
            out[future] = chunk
            future.add_done_callback(back.put)
            if len(out) >= _IN_FLIGHT:
                break

    try:
        with _named_as_broken():
            hand_out()
        while out:
            future = back.get()
            with _named_as_broken():
                numbers = future.result()
            yield out.pop(future), numbers
            with _named_as_broken():
                hand_out()
    finally:
        for future in out:
            future.cancel()


@contextmanager
def _named_as_broken() -> Iterator[None]:
    try:
        yield
    except SimimportError:
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        raise SweepError(f"the executor broke ({reason})", done=0, total=0, store=None) from error


def check_executor(executor: Any) -> None:
    """Refuse what cannot run anything.

    Raises
    ------
    ParameterError
        If it is no executor.
    """
    if executor is None:
        return
    # a Dask client submits too, but answers with futures of its own
    is_client = hasattr(executor, "get_executor")
    if is_client or isinstance(executor, type) or not callable(getattr(executor, "submit", None)):
        hint = " Of a Dask client give client.get_executor()." if is_client else ""
        allowed = "None, or a concurrent.futures.Executor, such as ProcessPoolExecutor()"
        raise ParameterError("executor", executor, allowed, hint=hint)
