"""When an operation is over for a recorder: whether an answer is its last.

Asks no server and reads no time: that is `record`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simimport.model.states import State, Step
from simimport.testing.answer import facts_of

if TYPE_CHECKING:
    from simimport.testing.traces import Recorded

__all__ = ["STILL_POLLS", "Ends"]

#: An ``error`` that may still move on must be told so often, at least, before it is the end.
STILL_POLLS = 3


class Ends:
    """Whether an answer is the last of an operation.

    Parameters
    ----------
    wait : bool
        Whether an operation that was over at the first answer is not the one.
    settle_s : float
        How long an ``error`` that may still move on must stand still.
    """

    def __init__(self, wait: bool, settle_s: float) -> None:
        self._wait, self._settle_s = wait, settle_s
        self._seen = False
        self._earlier: tuple[str | None, str | None] | None = None
        self._still: tuple[Any, float, int] = (None, 0.0, 0)

    def is_last(self, answer: Recorded) -> bool:
        """Return whether the operation has ended with this answer; the answers are shown to it in order."""
        facts = facts_of(answer.body, answer.http_status)
        if facts.state is None:
            return False
        over = facts.state in (State.DONE, State.CANCELED, State.ERROR)
        # what was over before anybody looked is the night before: wait for another operation
        if self._wait and not self._seen and over:
            self._earlier = facts.identity
        self._seen = True
        if not over or facts.identity == self._earlier:
            self._still = (None, 0.0, 0)
            return False
        # these are final; with another step an interrupted server finishes its batch, and may end as done
        if facts.state != State.ERROR or facts.step == Step.FAILED:
            return True
        # so its document must stand still: for long enough, and for several polls, however rare they are
        body, since_s, polls = self._still
        if body != answer.body:
            body, since_s, polls = answer.body, answer.at_s, 0
        self._still = (body, since_s, polls + 1)
        return polls + 1 >= STILL_POLLS and answer.at_s - since_s >= self._settle_s
