"""The verdict on a poller: when it ended, what it returned, and how it took what was in its way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from simimport import PRESETS, FetchError, State, check_poller, simulate
from tests.everyday import thinned
from tests.testing.pollers.verdicts import ENDS, Poller, verdict_on

#: A 429 as servers give it has no Retry-After.
WAIT = "told with 429 to wait 30 s (its body and X-RateLimit-Reset)"
MEND = "its clock stood still; pause with clock.sleep(seconds)"


def every(seconds: float, *, then: object = None) -> Poller:
    """Return a poller of an undisturbed import that returns its state, or what else is given."""

    def poll(fetch: Any, clock: Any) -> object:
        while (state := fetch()["state"]) == "importing":
            clock.sleep(seconds)
        return state if then is None else then

    return poll


def after(seconds: float, answer: object) -> Poller:
    """Return a poller that knows the answer beforehand."""

    def poll(fetch: Any, clock: Any) -> object:
        fetch()
        clock.sleep(seconds)
        return answer

    return poll


@pytest.mark.parametrize(
    ("poller", "why"),
    [
        (after(67, "done"), ""),
        (after(66.871361, State.DONE), ""),
        (after(66.87136, "done"), f"returned done 0.001 ms before the end; {ENDS}"),
        (after(3, "done"), f"returned done 1 min 3.9 s before the end; {ENDS}"),
        (after(3, "importing"), f"returned importing 1 min 3.9 s before the end; {ENDS}"),
        (after(67, "canceled"), f"returned canceled; {ENDS}"),
        (after(67, None), f"returned None, which is no state; {ENDS}"),
        (after(67, {"state": "done"}),
         f"returned {{'state': 'done'}}, which is no state; {ENDS}"),
        (after(126.871361, "done"), ""),
        (after(126.871362, "done"), "done, 1 min after the end"),
        (after(200, "done"), "done, 2 min 13.1 s after the end"),
        (every(0.5), ""),
        (every(0.2), "asked 336 times in 1 min 7 s: more than 2 a second"),
        (every(0.2, then="error"),
         f"returned error; {ENDS}; asked 336 times in 1 min 7 s: more than 2 a second"),
        (after(67 + 86_400, "done"), f"stopped a day after the end; {ENDS}"),
        (every(0.0), f"stopped after 100 polls at one instant: {MEND}; {ENDS}"),
    ],
)  # fmt: skip
def test_how_an_end_is_told(poller: Poller, why: str) -> None:
    row = verdict_on(poller)
    assert row.passed == (not why)
    assert not why or row.why == why
    assert pd.isna(row.ended_s) == ("stopped" in why)


def test_a_tenth_of_a_long_import_is_late_enough() -> None:
    end_s = simulate(PRESETS["big"], seed=0).importing_s
    assert verdict_on(after(end_s * 1.0999, "done"), "big").passed
    assert not verdict_on(after(end_s * 1.1001, "done"), "big").passed


def falling(fetch: Any, clock: Any) -> object:
    """Reads a counter that a server does not show yet."""
    while True:
        body = fetch()
        count = body["operation"]["count"]
        if count["completed"] + count["error"] == count["total"] and body["state"] == "done":
            return "done"
        clock.sleep(5)


def test_missing_counters_are_found_with_the_line() -> None:
    assert verdict_on(falling).passed
    server = check_poller(falling, faults="server-8.3", presets=["calm", "empty"])
    assert not server["passed"].any()
    line = falling.__code__.co_firstlineno + 5
    for why in server["why"]:
        assert why.startswith(f"raised KeyError: 'completed' ({Path(__file__).name}, line {line}); ")


def replaced(then: Callable[[], object]) -> Poller:
    """Return a poller that notices another operation, and does something then."""

    def poll(fetch: Any, clock: Any) -> object:
        mine = fetch()["operation"]
        while True:
            body = fetch()
            if [body["operation"].get(key) for key in ("_id", "ts")] != [mine.get("_id"), mine["ts"]]:
                return then()
            clock.sleep(5)

    return poll


def raising(error: BaseException) -> Callable[[], object]:
    def fail() -> object:
        raise error

    return fail


@pytest.mark.parametrize(
    "fault", thinned(["replaced", "replaced-8.3", "pending", "pending-8.3"], {"replaced", "pending-8.3"})
)
def test_what_may_be_said_of_an_operation_that_was_replaced(fault: str) -> None:
    old, other = ("error", "canceled") if fault.endswith("8.3") else ("canceled", "error")
    for value in (None, "none", "replaced", State.NONE, old):
        assert verdict_on(replaced(lambda value=value: value), "calm", fault).passed, value
    for value in ("new", "ready", "importing", "done", other):
        row = verdict_on(replaced(lambda value=value: value), "calm", fault)
        assert row.why == f"returned {value}; another import took its place at 20.1 s"
    assert verdict_on(replaced(raising(RuntimeError("lost"))), "calm", fault).passed
    assert verdict_on(replaced(raising(ValueError("lost"))), "calm", fault).passed
    for error in (KeyError("count"), TypeError(), IndexError(), AttributeError(), AssertionError()):
        row = verdict_on(replaced(raising(error)), "calm", fault)
        assert row.why.startswith(f"fell with {type(error).__name__}")
        assert not row.passed


def test_when_a_replacement_must_be_noticed() -> None:
    early = verdict_on(after(20.0, None), "calm", "replaced")
    assert early.why == "returned None, 61.4 ms before it was replaced"
    assert verdict_on(after(80.0, None), "calm", "replaced").passed
    late = verdict_on(after(80.2, None), "calm", "replaced")
    assert (late.passed, late.why) == (False, "returned None, 1 min 0.1 s after it was replaced")
    # at a server its error has to be watched first
    assert verdict_on(after(380.0, "error"), "calm", "replaced-8.3").passed
    assert not verdict_on(after(380.2, "error"), "calm", "replaced-8.3").passed


def test_another_operation_follows_its_own_way_to_its_end() -> None:
    seen: dict[str, set[Any]] = {"ts": set(), "state": set(), "_id": set()}

    def looking(fetch: Any, clock: Any) -> object:
        while clock.now() < 60:
            body = fetch()
            facts = {**body["operation"], "state": body["state"]}
            for key, values in seen.items():
                values.add(facts.get(key))
            clock.sleep(1)
        return "replaced"

    assert verdict_on(looking, "calm", "replaced").passed
    assert seen["state"] == {"importing", "new", "ready", "done"}
    assert [len(seen[key]) for key in ("ts", "_id")] == [2, 1]
    assert verdict_on(looking, "calm", "replaced-8.3").passed
    # None in docs, and two at the server
    assert len(seen["_id"]) == 3


def test_who_never_gives_up_is_told_so() -> None:
    for value in (None, "importing", "stuck", "none"):
        assert verdict_on(after(4000, value), "calm", "stuck").passed
    for value in ("done", "canceled", "error"):
        row = verdict_on(after(4000, value), "calm", "stuck")
        assert row.why == f"returned {value}; the import never ends"
    row = verdict_on(every(60), "calm", "stuck")
    assert row.why == "stopped a day after the run; the import never ends"
    assert row.polls == 24 * 60 + 1


def waiting(after_429_s: Callable[[int], float], every_s: float) -> Poller:
    """Return a poller whose pauses after the first, second … 429 in a row are given."""

    def poll(fetch: Any, clock: Any) -> object:
        refused = 0
        while True:
            try:
                state = fetch()["state"]
            except FetchError:
                refused += 1
                clock.sleep(after_429_s(refused))
                continue
            if state == "done":
                return state
            refused = 0
            clock.sleep(every_s)

    return poll


@pytest.mark.parametrize(
    ("wait_s", "every_s", "why"),
    [
        (lambda _: 30.0, 1.0, ""),
        (lambda _: 29.9, 30.0, f"{WAIT}, it asked again after 29.9 s"),
        (lambda _: 15.0, 10.0, ""),
        (lambda refused: 2.0**refused, 1.0, ""),
        (lambda _: 14.9, 10.0, f"{WAIT}, it asked again after 14.9 s"),
        (lambda _: 1.0, 1.0, f"{WAIT}, it asked again after 1 s"),
    ],
)
def test_a_429_slows_a_poller_down(wait_s: Callable[[int], float], every_s: float, why: str) -> None:
    row = verdict_on(waiting(wait_s, every_s), "calm", "429")
    assert row.passed == (not why)
    assert not why or row.why == why


def test_who_is_refused_again_and_again_must_wait_longer() -> None:
    assert verdict_on(waiting(lambda refused: 2.0**refused, 1.0), "slows_down", "rate_limit").passed
    row = verdict_on(waiting(lambda _: 2.0, 1.0), "slows_down", "rate_limit")
    assert row.why == "asked 7 times in a row while it was refused with 429"
    # ten a minute, at an even pace, are never refused
    assert verdict_on(every(6), "slows_down", "rate_limit").passed


@pytest.mark.parametrize(
    "error", [SystemExit(3), RuntimeError("no\nmore"), GeneratorExit(), FetchError(404, {}, "")]
)
def test_what_a_poller_raises_is_its_verdict(error: BaseException) -> None:
    def failing(fetch: Any, clock: Any) -> object:
        raise error

    why = verdict_on(failing).why
    assert why.startswith(f"raised {type(error).__name__}")
    assert f"({Path(__file__).name}, line {failing.__code__.co_firstlineno + 1})" in why
    assert "\n" not in why
