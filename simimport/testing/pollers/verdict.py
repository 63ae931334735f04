"""What is right in a case of the poller kit, and in words what was not.

Plays nothing: `trial` does. The limits stand here, and nowhere else.
"""

from __future__ import annotations

import inspect
import math
import re
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simimport.errors import FetchError, brief
from simimport.model.states import State
from simimport.show.words import counted, duration, number, printable
from simimport.testing.pollers.cases import Case
from simimport.testing.pollers.trial import Poll, Tried

__all__ = ["LATE_S", "LATE_SHARE", "MOST_PER_S", "MOST_REFUSED", "SLOWER", "Verdict", "judged"]

#: An end may be noticed so late: seconds, or this share of the import, whichever is longer.
LATE_S = 60.0
LATE_SHARE = 0.1
#: More polls per second than that, in the mean, are too many; so many more are nobody's harm.
MOST_PER_S = 2.0
SPARE_POLLS = 10
#: A 429 must make the next pause as long as it says, or so many times the pause before.
SLOWER = 1.5
#: More polls in a row that are refused with 429 are too many.
MOST_REFUSED = 6

# who raises these did not give up but fell: an answer was not what the code expects
_FALLS = (ArithmeticError, AssertionError, AttributeError, LookupError, NameError, RecursionError, TypeError)
_PACKAGE = Path(__file__).parents[2]
_SHOWN = 120


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of a poller in one case.

    Parameters
    ----------
    case : Case
    passed : bool
    why : str
    polls : int
    ended_s : float
        When it came back, from the run of the operation on; NaN where it was stopped.
    """

    case: Case
    passed: bool
    why: str
    polls: int
    ended_s: float


def judged(poller: Callable[..., object], case: Case, tried: Tried) -> Verdict:
    """Return the verdict on what came of a poller."""
    if tried.stopped:
        problems, praise = [f"{tried.stopped}; {_true_end(case)}"], ""
    else:
        problem, praise = _came_back(poller, case, tried)
        problems = [problem] if problem else []
        problems += _bad_manners(tried)
    if tried.astray and not tried.polls:
        problems.append(f"asked {printable(tried.astray)}, which is no poll: ask GET /api/v1/import.status")
    ended_s = math.nan if tried.stopped else tried.ended_s
    why = "; ".join([*(problems or [praise]), *tried.notes])
    return Verdict(case, not problems, why, len(tried.polls), ended_s)


def _came_back(poller: Callable[..., object], case: Case, tried: Tried) -> tuple[str, str]:
    """Return what is wrong with how it came back, and if nothing is, how it did."""
    if case.trouble.replaced or case.trouble.stuck or case.trouble.denied:
        return _gave_up(poller, case, tried)
    if tried.raised is not None:
        return f"raised {_exception_line(poller, tried.raised)}; {_true_end(case)}", ""
    end_s, final = case.end
    state = _state_named(tried.returned)
    if state is None:
        return f"returned {_shown(tried.returned)}, which is no state; {_true_end(case)}", ""
    if tried.ended_s < end_s:
        return f"returned {state} {duration(end_s - tried.ended_s)} before the end; {_true_end(case)}", ""
    if state != final:
        return f"returned {state}; {_true_end(case)}", ""
    late = f"{state}, {duration(tried.ended_s - end_s)} after the end"
    return (late if _is_late(case, tried) else ""), late


def _gave_up(poller: Callable[..., object], case: Case, tried: Tried) -> tuple[str, str]:
    """Return the same for an import whose end cannot be seen: there is none, or another is in its place."""
    if isinstance(tried.raised, _FALLS):
        return f"fell with {_exception_line(poller, tried.raised)}; {_true_end(case)}", ""
    # it let through what `fetch` or the clock raised, or its own error: both say that there is no end to tell
    answer = "" if tried.raised is None else f"raised {_exception_line(poller, tried.raised)}"
    state = _state_named(tried.returned) if tried.raised is None else None
    wrong = {State.DONE, State.CANCELED, State.ERROR}
    if case.trouble.replaced:
        # every state of the other operation, but for the one to which a new one brings the old one
        wrong = set(State) - {State.NONE, case.end[1]}
    if state in wrong:
        return f"returned {state}; {_true_end(case)}", ""
    answer = answer or f"returned {_shown(tried.returned if state is None else str(state))}"
    if case.trouble.stuck:
        return "", f"gave up after {duration(tried.ended_s)}: {answer}"
    event = "it was replaced" if case.trouble.replaced else f"polls were refused with {case.trouble.denied}"
    late = f"{answer}, {duration(tried.ended_s - case.end[0])} after {event}"
    if tried.ended_s < case.end[0]:
        return f"{answer}, {duration(case.end[0] - tried.ended_s)} before {event}", ""
    return (late if _is_late(case, tried) else ""), late


def _is_late(case: Case, tried: Tried) -> bool:
    end_s = case.end[0]
    return tried.ended_s - end_s > max(LATE_S, LATE_SHARE * end_s) + case.trouble.grace_s


def _true_end(case: Case) -> str:
    end_s, final = case.end
    if case.trouble.stuck:
        return "the import never ends"
    if case.trouble.denied:
        return f"polls are refused with {case.trouble.denied} from {duration(end_s)} on"
    if case.trouble.replaced:
        return f"another import took its place at {duration(end_s)}"
    return f"the import ends as {final} at {duration(end_s)}"


def _bad_manners(tried: Tried) -> Iterator[str]:
    """Yield what is wrong with how often it asked."""
    polls = tried.polls
    if len(polls) > SPARE_POLLS + MOST_PER_S * tried.ended_s:
        times = f"{counted(len(polls), 'time')} in {duration(tried.ended_s)}"
        yield f"asked {times}: more than {number(MOST_PER_S)} a second"
    refused = 0
    for place, poll in enumerate(polls):
        refused = refused + 1 if poll.http_status == 429 else 0
        if refused == 1 and (problem := _hurry_after_429(polls, place)):
            yield problem
            return
        if refused > MOST_REFUSED:
            yield f"asked {refused} times in a row while it was refused with 429"
            return


def _hurry_after_429(polls: list[Poll], place: int) -> str:
    """Return what is wrong with the pause after a poll that was refused with 429."""
    if not 0 < place < len(polls) - 1:
        return ""
    before, poll, after = polls[place - 1 : place + 2]
    pause = after.at_s - poll.at_s
    # instants are whole microseconds
    if pause + 1e-6 >= min(poll.wait_s, SLOWER * (poll.at_s - before.at_s)):
        return ""
    asked = f"told with 429 to wait {duration(poll.wait_s)} ({poll.wait_place})"
    return f"{asked}, it asked again after {duration(pause)}"


def _state_named(value: Any) -> State | None:
    """Return the state that a value names."""
    try:
        return State(value)
    except ValueError:
        return None


def _exception_line(poller: Callable[..., object], error: BaseException) -> str:
    """Return an exception in a line, and where in the poller's code it came from."""
    message = _error_text(error)
    line = f"{type(error).__name__}: {message}" if message else type(error).__name__
    all_frames = traceback.extract_tb(error.__traceback__)
    frames = [frame for frame in all_frames if _PACKAGE not in Path(frame.filename).parents]
    code = getattr(inspect.unwrap(poller), "__code__", None)
    own = [frame for frame in frames if code is not None and frame.filename == code.co_filename]
    if not frames:
        return line
    frame = (own or frames)[-1]
    path = Path(frame.filename)
    # of a library's front file, which library
    name = f"{path.parent.name}/{path.name}" if path.name == "__init__.py" else path.name
    return f"{line} ({name}, line {frame.lineno})"


def _shown(value: Any) -> str:
    return _without_addresses(brief(value))


def _without_addresses(message: str) -> str:
    """Return a text without where in memory something is: the same again is to give the same verdict."""
    return re.sub(r" at 0x[0-9a-fA-F]+", "", message)


def _error_text(error: BaseException) -> str:
    if isinstance(error, FetchError):
        return f"HTTP {error.http_status}"
    try:
        message = _without_addresses(printable(" ".join(str(error).split())))
    except Exception:  # noqa: BLE001 - its own text may fail
        return "its text cannot be made"
    return message if len(message) <= _SHOWN else message[: _SHOWN - 1] + "…"
