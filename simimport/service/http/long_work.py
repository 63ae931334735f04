"""Long work beside the event loop: on a thread, so that the loop goes on answering others meanwhile.

Knows no endpoint. What is long is asked by who has it to do.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import islice
from typing import Any, TypeVar

from simimport.memory import uncollected

__all__ = ["LONG", "LONG_BODY", "beside", "forget", "json_array", "where_it_stands"]

#: From so many bytes of a body on, and so many things in a list, work is long: some milliseconds.
LONG_BODY = 65_536
LONG = 1000

_Result = TypeVar("_Result")
# each thread that works takes the interpreter from the loop in its turn, so only one does
_ONE = threading.Lock()
_WHERE_IT_STANDS = ContextVar("where it stands", default=False)


@contextmanager
def where_it_stands() -> Iterator[None]:
    """Have no work done on another thread: for whoever is no task of the loop that may run here."""
    before = _WHERE_IT_STANDS.set(True)
    try:
        yield
    finally:
        _WHERE_IT_STANDS.reset(before)


async def beside(is_long: bool, work: Callable[..., _Result], *arguments: Any) -> _Result:
    """Return what some work returns: done on a thread if it is long, and if asyncio runs the loop."""
    if is_long:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            is_long = False
    if not is_long or _WHERE_IT_STANDS.get():
        return work(*arguments)
    return await asyncio.to_thread(_alone, work, arguments)


def _alone(work: Callable[..., _Result], arguments: Sequence[Any]) -> _Result:
    # all objects are looked at by the collector in one go
    with _ONE, uncollected():
        return work(*arguments)


def forget(value: Any) -> None:
    """Empty what was read from JSON, piece by piece: all of it at once holds every thread up."""
    left = [value]
    while left:
        held = left.pop()
        # of what is long, what is short goes with it
        least = LONG if len(held) > LONG else 0
        while held:
            if isinstance(held, dict):
                piece = [held.popitem()[1]]
            else:
                piece = held[-LONG:]
                del held[-LONG:]
            left += [item for item in piece if isinstance(item, (list, dict)) and len(item) > least]


def json_array(items: Iterable[Any]) -> bytes:
    """Return a JSON array, encoded piece by piece: while the encoder works on one, no other thread does."""
    left, pieces = iter(items), []
    while piece := list(islice(left, LONG)):
        pieces.append(json.dumps(piece, separators=(",", ":"), ensure_ascii=False, allow_nan=False)[1:-1])
    return f"[{','.join(pieces)}]".encode()
