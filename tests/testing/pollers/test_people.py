"""Ten pollers as people write them, each with the verdicts that a reader of its code would give.

Beside each verdict stands its reason in the code of `people`, which was looked up case by case. A poller
passes every case that is not named beside it.
"""

from __future__ import annotations

from typing import Any

import pytest

from simimport import check_client
from simimport.testing.pollers import trial
from tests.everyday import thinned
from tests.testing.pollers import people
from tests.testing.pollers.verdicts import failed

Fails = dict[str, tuple[str, str]]

#: Where a 429 says how long to wait, which has no Retry-After.
WAIT = "told with 429 to wait 30 s (its body and X-RateLimit-Reset)"
#: Each fault, the presets at which a poller fails with it, and a part of what it is told.
FAILS: dict[str, Fails] = {
    "naive": {
        # it waits for a word that never comes
        "none": ("canceled_early canceled_midway crash_midway restless_admin", "stopped after"),
        "server-8.3": ("crash_midway", "stopped after"),
        "stuck": ("calm", "stopped after"),
        # it takes every answer for one with a state
        "500": ("calm", "KeyError: 'state'"),
        "503": ("calm", "KeyError: 'state'"),
        "429": ("calm", "KeyError: 'state'"),
        "rate_limit": ("slows_down", "KeyError: 'state'"),
        "reset": ("calm", "ReadError"),
        "outage": ("calm", "ReadError"),
        "html": ("calm", "JSONDecodeError"),
        "truncated": ("calm", "JSONDecodeError"),
        "garbage": ("calm", "UnicodeDecodeError"),
        "noise": ("calm canceled_midway crash_midway", "raised"),
        # httpx waits 5 s unless it is told otherwise
        "latency": ("calm", "ReadTimeout"),
        # another operation's done is done to it
        "replaced": ("calm", "returned done"),
        "replaced-8.3": ("calm", "returned done"),
        "pending": ("calm", "returned done"),
        "pending-8.3": ("calm", "returned done"),
        # a refusal has no state either: no decision to give up, but a fall
        "401": ("calm", "fell with KeyError"),
        "403": ("calm", "fell with KeyError"),
    },
    "by_tenacity": {
        # 5 s are 5 s, whatever a 429 asks for
        "429": ("calm", f"{WAIT}, it asked again after 5 s"),
        "rate_limit": ("slows_down", "told with 429"),
        # a server's error is not the end
        "server-8.3": ("canceled_midway", "returned error"),
        "moves_on": ("canceled_midway", "returned error"),
        "replaced": ("calm", "returned done"),
        "replaced-8.3": ("calm", "returned done"),
        "pending": ("calm", "returned done"),
        "pending-8.3": ("calm", "returned done"),
        # it goes on for the rest of its hour
        "401": ("calm", "59 min 39.9 s after polls were refused with 401"),
        "403": ("calm", "59 min 39.9 s after polls were refused with 403"),
    },
    "by_backoff": {
        # 2, 4 and 8 s, and what is left of the 20: an outage lasts 30
        "outage": ("calm", "ReadError"),
        "429": ("calm", f"{WAIT}, it asked again after 2 s"),
        "rate_limit": ("slows_down", "HTTPStatusError"),
        # where the error stands for 1.4 s, its 3 s happen to miss it
        "moves_on": ("canceled_midway", "returned error"),
        "replaced": ("calm", "returned done"),
        "replaced-8.3": ("calm", "returned done"),
        "pending": ("calm", "returned done"),
        "pending-8.3": ("calm", "returned done"),
        # its predicate has no limit, unlike its exceptions, by which it leaves 401 and 403 in time
        "stuck": ("calm", "stopped after"),
    },
    "by_asyncio": {
        # half an hour is not enough for an import of 55 min
        "none": ("big", "TimeoutError"),
        "500": ("calm", "KeyError: 'state'"),
        "503": ("calm", "KeyError: 'state'"),
        "429": ("calm", "KeyError: 'state'"),
        "rate_limit": ("slows_down", "KeyError: 'state'"),
        "reset": ("calm", "ReadError"),
        "outage": ("calm", "ReadError"),
        "html": ("calm", "JSONDecodeError"),
        "truncated": ("calm", "JSONDecodeError"),
        "garbage": ("calm", "UnicodeDecodeError"),
        "noise": ("calm canceled_midway crash_midway", "raised"),
        "latency": ("calm", "ReadTimeout"),
        "server-8.3": ("canceled_midway", "returned error"),
        "moves_on": ("canceled_midway", "returned error"),
        "replaced": ("calm", "returned done"),
        "replaced-8.3": ("calm", "returned done"),
        "pending": ("calm", "returned done"),
        "pending-8.3": ("calm", "returned done"),
        "401": ("calm", "fell with KeyError"),
        "403": ("calm", "fell with KeyError"),
    },
    "by_deadline": {
        # they end after 11, 13 and 55 min
        "none": ("stuck_at_zero stalls_at_99 big", "TimeoutError: the import took longer"),
        "429": ("calm", f"{WAIT}, it asked again after 5 s"),
        "rate_limit": ("slows_down", "told with 429"),
        "server-8.3": ("canceled_midway", "returned error"),
        "moves_on": ("canceled_midway", "returned error"),
        "replaced": ("calm", "returned done"),
        "replaced-8.3": ("calm", "returned done"),
        "pending": ("calm", "returned done"),
        "pending-8.3": ("calm", "returned done"),
        "401": ("calm", "9 min 39.9 s after polls were refused with 401"),
        "403": ("calm", "9 min 39.9 s after polls were refused with 403"),
    },
    "by_counts": {
        # who fails is never completed, nor who is left by a cancel or a crash; 0 of 0 are all, too early
        "none": (
            ("page_example calm flaky all_fail canceled_early canceled_midway crash_midway stuck_at_zero "
             "stalls_at_99 slows_down done_but_nobody_imported clustered_failures csv_upload restless_admin "
             "big empty"),
            "",
        ),
        **dict.fromkeys(
            ("500", "503", "reset", "html", "garbage", "truncated", "outage", "latency", "stale"),
            ("calm", "TimeoutError: nothing moves"),
        ),
        "429": ("calm", "told with 429"),
        "rate_limit": ("slows_down", "told with 429"),
        "noise": ("calm canceled_midway crash_midway", ""),
        # of texts, "249" is more than "2000"
        "wrong_type": ("calm", "returned done"),
        # a server's count has no keys at first
        "server-8.3": ("calm empty canceled_midway crash_midway", "KeyError: 'completed'"),
        "moves_on": ("canceled_midway", "KeyError: 'completed'"),
        "replaced": ("calm", "returned done"),
        "replaced-8.3": ("calm", "fell with KeyError: 'completed'"),
        "pending": ("calm", "returned done"),
        "pending-8.3": ("calm", "fell with KeyError: 'completed'"),
        # a quarter of an hour, and a poll
        "401": ("calm", "15 min 4.9 s after polls were refused with 401"),
        "403": ("calm", "15 min 4.9 s after polls were refused with 403"),
    },
    "by_state": {
        "429": ("calm", f"{WAIT}, it asked again after 10 s"),
        # its 10 s happen to miss an error that stands for 1.4 s
        "moves_on": ("canceled_midway", "returned error"),
        "replaced": ("calm", "returned done"),
        "replaced-8.3": ("calm", "returned done"),
        "pending": ("calm", "returned done"),
        "pending-8.3": ("calm", "returned done"),
        # it never gives up
        "stuck": ("calm", "stopped"),
        "401": ("calm", "stopped"),
        "403": ("calm", "stopped"),
    },
    "no_html": {
        # with this seed, the noise has no page before the 17th poll, and it needs 15
        "html": ("calm", "RuntimeError: this is no server of ours"),
        "429": ("calm", f"{WAIT}, it asked again after 5 s"),
        "rate_limit": ("slows_down", "told with 429"),
        "server-8.3": ("canceled_midway", "returned error"),
        "moves_on": ("canceled_midway", "returned error"),
        "replaced": ("calm", "returned done"),
        "replaced-8.3": ("calm", "returned done"),
        "pending": ("calm", "returned done"),
        "pending-8.3": ("calm", "returned done"),
        "stuck": ("calm", "stopped"),
        "401": ("calm", "stopped"),
        "403": ("calm", "stopped"),
    },
    "hammering": {
        # 10 a second are more than 2, unless there are no more than 10 spare ones, or each second answer is
        # 10 s late
        "none": (
            ("page_example calm flaky all_fail exact_batch batch_plus_one canceled_early canceled_midway "
             "crash_midway stuck_at_zero stalls_at_99 slows_down done_but_nobody_imported clustered_failures "
             "csv_upload restless_admin big"),
            "",
        ),
        **dict.fromkeys(
            ("500", "503", "reset", "html", "garbage", "truncated", "outage", "stale", "wrong_type",
             "replaced", "replaced-8.3", "pending", "pending-8.3"),
            ("calm", ""),
        ),
        "429": ("calm", ""),
        "rate_limit": ("slows_down", ""),
        "noise": ("calm canceled_midway crash_midway", ""),
        "server-8.3": ("calm canceled_midway crash_midway", ""),
        "moves_on": ("canceled_midway", ""),
        "stuck": ("calm", "stopped after"),
        "401": ("calm", "stopped after"),
        "403": ("calm", "stopped after"),
    },
    "perfect": {},
}  # fmt: skip
ON_REQUEST = ["401", "403", "pending", "pending-8.3"]
# who never comes back is as endless after a few hundred polls
LIMITS = {"naive": 500, "hammering": 200} | dict.fromkeys(
    ("by_backoff", "by_counts", "by_state", "no_html"), 300
)
# short imports, and all that have a trouble of their own
SHORT = ["calm", "empty", "one_user", "canceled_midway", "crash_midway", "slows_down"]


def test_every_poller_has_its_line_in_the_table() -> None:
    module = people.__name__
    functions = [name for name, value in vars(people).items() if getattr(value, "__module__", "") == module]
    assert [name for name in functions if not name.startswith("_")] == list(FAILS)


@pytest.mark.parametrize("name", thinned(FAILS, {"perfect", "naive", "by_tenacity", "by_asyncio", "no_html"}))
def test_what_a_reader_would_say(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "MOST_POLLS", LIMITS.get(name, 1000))
    _hold(name, presets=SHORT)
    _hold(name, presets="calm", faults=ON_REQUEST)


@pytest.mark.long
@pytest.mark.parametrize("name", list(FAILS))
def test_what_a_reader_would_say_of_all_cases(name: str) -> None:
    _hold(name)


def _hold(name: str, **given: Any) -> None:
    """Hold a poller's verdicts against its line in the table."""
    verdicts = check_client(getattr(people, name), **given)
    tried = set(zip(verdicts["fault"], verdicts["preset"], strict=True))
    expected = {
        (fault, preset): part for fault, (presets, part) in FAILS[name].items() for preset in presets.split()
    }
    assert failed(verdicts) == set(expected) & tried
    for row in verdicts.itertuples():
        assert expected.get((str(row.fault), str(row.preset)), "") in str(row.why), row
