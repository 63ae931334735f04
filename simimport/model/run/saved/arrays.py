"""The arrays of a saved run: each of its type and length, and its numbers such as an import can have.

Knows neither the zip that they are in, nor the fields beside them.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from simimport.errors import SimimportError
from simimport.model.people.decisions import REASONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simimport.model.run.course import Course
    from simimport.model.scenario import Scenario

__all__ = ["ARRAYS", "DECIDED", "Member", "array_of", "check_instants", "check_reasons", "check_seconds"]

#: Gives a member by its name, and refuses it unread if it has more than so many bytes.
Member = Callable[[str, int], bytes]

#: Per array: its type, and whether it has an entry per batch or per user.
ARRAYS = {
    "batch_s": ("float64", "batch"),
    "stall_s": ("float64", "batch"),
    "failed": ("bool", "user"),
    "finished_us": ("int64", "user"),
    "reasons": ("int8", "user"),
}
#: Those of staged people who decide something.
DECIDED = {"decided": ("bool", "user"), "decided_reason": ("int8", "user")}

# of an array's own head
_HEAD_BYTES = 1024
# beyond any calendar, and far below what 64 bits hold of microseconds
_LONGEST_S = 1e12


def array_of(member: Member, name: str, kind: str, per: str, scenario: Scenario) -> NDArray[Any]:
    """Return an array of that type, with an entry per batch or per user."""
    length = scenario.users if per == "user" else -(-scenario.users // scenario.batch_size)
    wanted = length * np.dtype(kind).itemsize
    raw = member(f"{name}.npy", wanted + _HEAD_BYTES)
    stream = io.BytesIO(raw)
    # its head is read alone, since NumPy makes room for whatever that names
    try:
        np.lib.format.read_magic(stream)
        shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
    except (ValueError, TypeError) as error:
        raise SimimportError(f"{name} is no array ({error})") from None
    data = raw[stream.tell() :]
    if dtype != np.dtype(kind) or shape != (length,) or len(data) != wanted:
        raise SimimportError(f"{name} is {dtype} of shape {shape}, not {kind} of ({length},)")
    if kind == "bool" and length and max(data) > 1:
        raise SimimportError(f"{name} has values that are neither true nor false")
    return np.frombuffer(data, dtype=kind).copy()


def check_seconds(name: str, seconds: NDArray[np.float64]) -> None:
    """Refuse what is no duration, and more of them than any calendar has."""
    # what is no number is not less than anything
    if not (seconds >= 0).all() or not seconds.sum() < _LONGEST_S:
        raise SimimportError(f"{name} has what is no duration")


def check_reasons(name: str, reasons: NDArray[np.int8], failed: NDArray[np.bool_]) -> None:
    """Refuse reasons that are none, or not of exactly those who failed."""
    if reasons.min(initial=0) < 0 or reasons.max(initial=0) > len(REASONS) or ((reasons > 0) != failed).any():
        raise SimimportError(f"{name} has no reason of a user that failed, or one of another")


def check_instants(course: Course, finished_us: NDArray[np.int64]) -> None:
    """Refuse instants out of order: users finish one after the other, the last of a batch at its flush."""
    users, size = course.users, course.scenario.batch_size
    batch = np.arange(users) // size
    begin_us, flush_us = course.batch_begin_us[:-1], course.flush_us
    fits = (finished_us >= begin_us[batch]).all() and (finished_us <= flush_us[batch]).all()
    lasts = course.flushed_users - 1
    if not fits or (np.diff(finished_us) < 0).any() or (finished_us[lasts] != flush_us).any():
        raise SimimportError("finished_us has users that do not finish in order, within their batches")
