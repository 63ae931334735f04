"""Truth: what happened in an import, which is its course up to its end.

A course says what would happen if nobody interrupted; whoever is not at home in this folder asks here.
Nothing of what is published is known here.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from simimport.model.people.decisions import REASONS
from simimport.model.run.counts import Counts
from simimport.model.run.course import Course, Ending, asked_us

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simimport.model.run.course import Floats, Ints

__all__ = ["FINEST_USERS_PER_S", "Truth"]

#: Up to which mean speed a user's place inside its batch means something. Instants are whole microseconds,
#: and nobody finishes at that of the flush before: a place is right to about one, here a tenth of a user's
#: time.
FINEST_USERS_PER_S = 100_000.0


class Truth:
    """What happened to the users and batches of an import, up to its end.

    Parameters
    ----------
    course : Course
        What would happen if nobody interrupted.
    ending : Ending
        How it ended.
    clear_us : int or None
        When an administrator cleared it, if one did.

    Attributes
    ----------
    final : State
        How it ended, as the documentation page has it: done, canceled or error.
    users, processed : int
        The staged users, and those of them whose processing ended.
    batches, flushed : int
        The batches of all users, and those of them that were flushed.
    run_us, end_us : int
        When ``import.run`` was called (or would have been), and when the import ended: microseconds after the
        creation of the operation, as everything here that ends in ``_us``.
    """

    def __init__(self, course: Course, ending: Ending, clear_us: int | None) -> None:
        self._course, self._clear_us = course, clear_us
        self.final = ending.state
        self.users, self.processed = course.users, ending.processed
        self.batches, self.flushed = len(course.batch_s), ending.flushed
        self.run_us, self.end_us = course.run_us, ending.end_us

    # users ------------------------------------------------------------------------------------------

    @property
    def failed(self) -> NDArray[np.bool_]:
        """Whether each processed user failed."""
        return self._course.failed[: self.processed]

    @property
    def finished_us(self) -> Ints:
        """When each processed user's processing ended; inside a batch see `blurred`."""
        return self._course.finished_us[: self.processed]

    @property
    def blurred(self) -> bool:
        """Whether users finish so fast that whole microseconds do not tell their places inside a batch.

        At 1e6 users per second a microsecond is the time of a user. Places are right to about one; and since
        nobody finishes at the instant of the flush before, it is the first of a batch who come late.
        """
        speeds = [segment.scenario.users_per_s for segment in self._course.segments]
        return max(speeds) > FINEST_USERS_PER_S

    @property
    def reasons(self) -> NDArray[np.int8]:
        """Why each processed user failed: 1 + the index in `REASONS`, 0 for those who did not."""
        return self._course.reasons[: self.processed]

    @cached_property
    def counts(self) -> Counts:
        """How many users were imported, failed and were not reached."""
        failed = int(np.count_nonzero(self.failed))  # ten times as fast as their sum
        return Counts(self.processed - failed, failed, self.users - self.processed)

    @property
    def reason_counts(self) -> dict[str, int]:
        """How many users failed for each reason, every reason being named."""
        codes = np.bincount(self.reasons, minlength=len(REASONS) + 1)
        return dict(zip(REASONS, codes[1:].tolist(), strict=True))

    def at(self, at_us: int) -> tuple[int, int]:
        """Return how many users were imported and failed by an instant, published or not."""
        flushed = int(self.flush_us.searchsorted(at_us, side="right"))
        finished = min(flushed * self._course.scenario.batch_size, self.processed)
        if finished < self.processed:
            # a batch is in flight, whose users finish one by one; of a crash only some of them are processed
            in_flight = self._course.batch_finished_us(flushed).searchsorted(at_us, side="right")
            finished = min(finished + int(in_flight), self.processed)
        failed = int(np.count_nonzero(self._course.failed[:finished]))
        return finished - failed, failed

    # batches ----------------------------------------------------------------------------------------

    @property
    def flush_us(self) -> Ints:
        """When each flushed batch was."""
        return self._course.flush_us[: self.flushed]

    @property
    def flushed_users(self) -> Ints:
        """How many users were processed by each flush."""
        return self._course.flushed_users[: self.flushed]

    @property
    def stall_s(self) -> Floats:
        """How long each flushed batch stalled before its first user, in seconds."""
        return self._course.stall_s[: self.flushed]

    @property
    def work_s(self) -> Floats:
        """How long each flushed batch took apart from its stall, in seconds."""
        return self._course.batch_s[: self.flushed] - self.stall_s

    @property
    def stalls_s(self) -> list[tuple[float, float]]:
        """From when to when batches stalled, up to the end, in seconds after the creation."""
        batches = self._course.stall_s.nonzero()[0]
        from_s = self._course.batch_begin_us[batches] / 1e6
        to_s = np.minimum(from_s + self._course.stall_s[batches], self.end_us / 1e6)
        return [span for span in zip(from_s.tolist(), to_s.tolist(), strict=True) if span[0] < span[1]]

    @property
    def asked_us(self) -> int | None:
        """When a cancel was first asked, if it was: by the scenario's administrator, or by a clear."""
        return asked_us(self._course, self._clear_us)
