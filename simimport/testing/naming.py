"""What the answers of an import are called as files: ``0007-importing-completed-0300-error-0012``.

Writes nothing. Whatever a broken server says becomes letters, digits and dashes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from simimport.model.states import State, Step

if TYPE_CHECKING:
    from simimport.testing.traces import Recorded

__all__ = ["names"]

_WIDTH = 4
_LONGEST_WORD = 40
# beyond what any import counts; a broken server's numbers do not go into names
_MOST = 10**12
#: Steps that a state does not imply, as they are called in names.
_PASSING = {
    Step.UPLOADING: "uploading",
    Step.FILE_LOADED: "file-loaded",
    Step.PREPARING_USERS: "preparing-users",
    Step.IMPORTING_STARTED: "started",
    Step.IMPORTING_CONTACTS: "contacts",
    Step.IMPORTING_CHANNELS: "channels",
    Step.IMPORTING_MESSAGES: "messages",
    Step.FINISHING: "finishing",
}


def names(answers: Sequence[Recorded]) -> list[str]:
    r"""Return what each answer is called: its place, state, step if that is a passing one, and counters.

    Numbers have four digits, or as many as the largest needs, so that names sort and stand in columns.

    Examples
    --------
    >>> from simimport import Trace, simulate
    >>> print(*names(Trace(simulate(users=60, failure_rate=0, seed=1).responses())), sep="\n")
    0001-new
    0002-ready-total-0060
    0003-importing-started-completed-0000-error-0000
    0004-importing-completed-0000-error-0000
    0005-importing-completed-0050-error-0000
    0006-importing-channels-completed-0060-error-0000
    0007-importing-messages-completed-0060-error-0000
    0008-importing-finishing-completed-0060-error-0000
    0009-done-completed-0060-error-0000
    """
    told = [_counters(answer) for answer in answers]
    largest = max((number for counters in told for number in counters.values()), default=0)
    width, places = max(_WIDTH, len(str(largest))), max(_WIDTH, len(str(len(answers))))
    called = []
    for place, (answer, counters) in enumerate(zip(answers, told, strict=True), 1):
        numbers = [f"{name}-{number:0{width}d}" for name, number in counters.items()]
        called.append("-".join([f"{place:0{places}d}", *_words(answer), *numbers]))
    return called


def _words(answer: Recorded) -> list[str]:
    """Return the words for what an answer tells, or for what came instead of one."""
    if answer.state is None:
        return [f"http-{answer.http_status}" if answer.http_status else "no-answer"]
    operation = answer.body.get("operation")
    step = operation.get("status") if isinstance(operation, dict) else None
    passing = _PASSING.get(Step(step)) if step in _STEPS else None
    return [_word(answer.state), *([passing] if passing else [])]


# a list: what a broken server calls a step may have no hash
_STEPS = [str(step) for step in Step]


def _word(text: str) -> str:
    """Return a text as it may stand in a file's name."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower())[:_LONGEST_WORD].strip("-") or "other"


def _counters(answer: Recorded) -> dict[str, int]:
    """Return the counters for a name: who is staged, and once it runs what became of them."""
    if answer.state in (None, State.NONE, State.NEW, State.LOADING):
        return {}
    operation = answer.body.get("operation")
    count = operation.get("count") if isinstance(operation, dict) else None
    if not isinstance(count, dict):
        return {}
    wanted = ("total",) if answer.state == State.READY else ("completed", "error")
    # type, not isinstance: true is no number
    return {name: count[name] for name in wanted if type(count.get(name)) is int and 0 <= count[name] < _MOST}
