"""The poller kit: what it tells apart, where its limits lie, and that a case can be played again."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd
import pytest

from simimport import (
    PRESETS,
    ClockError,
    FetchError,
    ParameterError,
    Scenario,
    State,
    check_poller,
    simulate,
)
from simimport.model.columns import names
from simimport.testing.pollers import trial
from simimport.testing.pollers.cases import TROUBLES
from tests.testing.pollers.loops import knowing, naive, patient, retrying

Poller = Callable[[Any, Any], object]
ERRORS = {"500", "503", "reset", "html", "garbage", "truncated", "outage"}
NOISE = {("noise", preset) for preset in ("calm", "canceled_midway", "crash_midway")}
FETCHING = {(fault, "calm") for fault in ERRORS | {"429"}} | NOISE | {("rate_limit", "slows_down")}
OTHERS = {("replaced", "calm"), ("replaced-8.3", "calm"), ("stuck", "calm")}
#: A server's `error` that is not the end.
HASTY = {("server-8.3", "canceled_midway"), ("moves_on", "canceled_midway")}
UNENDING = {
    ("none", "canceled_early"), ("none", "canceled_midway"), ("none", "crash_midway"),
    ("none", "restless_admin"), ("server-8.3", "crash_midway"),
}  # fmt: skip


def failed(verdicts: pd.DataFrame) -> set[tuple[str, str]]:
    rows = verdicts[~verdicts["passed"]]
    return set(zip(rows["fault"], rows["preset"], strict=True))


def one(poller: Poller, preset: str = "calm", fault: str = "none", **given: Any) -> Any:
    """Return the verdict on one case."""
    verdicts = check_poller(poller, presets=preset, faults=fault, **given)
    assert len(verdicts) == 1
    return verdicts.iloc[0]


def test_the_kit_ranks_four_pollers_as_a_reader_would() -> None:
    tried = [check_poller(poller) for poller in (naive, knowing, retrying, patient)]
    passed = [int(verdicts["passed"].sum()) for verdicts in tried]
    assert passed == sorted(set(passed)), passed
    assert passed[-1] == len(tried[-1])
    assert [failed(verdicts) for verdicts in tried] == [
        FETCHING | OTHERS | UNENDING,
        FETCHING | OTHERS | HASTY,
        OTHERS | HASTY | {("429", "calm"), ("rate_limit", "slows_down")},
        set(),
    ]


def test_the_whole_kit_is_every_preset_undisturbed_and_every_fault() -> None:
    verdicts = check_poller(patient)
    assert list(verdicts.columns) == names("verdicts")
    assert set(verdicts["preset"][verdicts["fault"] == "none"]) == set(PRESETS)
    assert set(verdicts["fault"]) == set(TROUBLES)
    assert not verdicts.duplicated(["preset", "fault"]).any()
    assert verdicts["why"].str.len().gt(0).all()


@pytest.mark.parametrize("every_s", [1, 5, 30, 60])
@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_whoever_is_patient_passes_at_any_usual_pace_with_any_seed(every_s: float, seed: int) -> None:
    verdicts = check_poller(partial(patient, every_s=every_s), seed=seed)
    assert verdicts[~verdicts["passed"]].to_dict("records") == []


def test_the_same_again_and_each_row_is_its_own_replay() -> None:
    verdicts = check_poller(retrying, seed=7)
    pd.testing.assert_frame_equal(check_poller(retrying, seed=7), verdicts)
    for row in verdicts.itertuples():
        again = check_poller(retrying, presets=row.preset, faults=row.fault, seed=row.seed)
        expected = verdicts.loc[[row.Index]].reset_index(drop=True)
        pd.testing.assert_frame_equal(again, expected)


def test_a_drawn_seed_is_told_and_repeats() -> None:
    first = check_poller(patient, presets="restless_admin", seed=None)
    again = check_poller(patient, presets="restless_admin", seed=int(first["seed"][0]))
    pd.testing.assert_frame_equal(again, first)


def test_presets_and_faults_choose_the_cases() -> None:
    def chosen(**given: Any) -> list[tuple[str, str]]:
        verdicts = check_poller(patient, **given)
        return list(zip(verdicts["fault"], verdicts["preset"], strict=True))

    assert chosen(presets=["big"]) == [("none", "big")]
    assert chosen(faults=["noise"]) == [
        ("noise", preset) for preset in ("calm", "canceled_midway", "crash_midway")
    ]
    assert chosen(presets="slows_down") == [("none", "slows_down"), ("rate_limit", "slows_down")]
    both = chosen(presets=["one_user", "empty", "one_user"], faults=("503", "replaced"))
    assert both == [(fault, preset) for fault in ("503", "replaced") for preset in ("one_user", "empty")]


def test_every_fault_can_be_tried_at_any_import() -> None:
    several = ("empty", "one_user", "csv_upload", "crash_midway", "canceled_early")
    for fault in TROUBLES:
        presets = [preset for preset in several if (preset, fault) != ("empty", "stuck")]
        verdicts = check_poller(partial(patient, every_s=2.0), presets=presets, faults=fault)
        assert failed(verdicts) == set(), fault


def test_scenarios_of_ones_own() -> None:
    mine = {"slow": Scenario(users=100, users_per_s=0.1, failure_rate=0)}
    row = one_of(check_poller(patient, presets=mine))
    assert row.preset == "slow"
    assert row.passed
    assert 900 < row.ended_s < 1200


def one_of(verdicts: pd.DataFrame) -> Any:
    assert len(verdicts) == 1
    return verdicts.iloc[0]


def test_it_starts_when_the_operation_is_run_and_only_sleeping_takes_time() -> None:
    seen: list[Any] = []

    def looking(fetch: Any, clock: Any) -> State:
        seen.extend([clock.now(), fetch()["operation"]["status"], clock.now()])
        clock.sleep(2.5)
        seen.append(clock.now())
        clock.sleep(64.5)
        return State(fetch()["state"])

    # that of a file, too, which is loaded before
    for preset in ("calm", "csv_upload"):
        seen.clear()
        row = one(looking, preset)
        assert seen == [0.0, "importer_importing_started", 0.0, 2.5]
        assert (row.polls, row.ended_s) == (2, 67.0)
        assert row.passed


def test_it_polls_the_very_run_that_simulate_makes() -> None:
    bodies: list[Any] = []

    def keeping(fetch: Any, clock: Any) -> object:
        while True:
            bodies.append(fetch())
            if bodies[-1]["state"] != "importing":
                return bodies[-1]["state"]
            clock.sleep(1)

    epoch = "1970-01-01T00:00:00.000Z"
    scenario = PRESETS["flaky"].replace(new_s=0, ready_s=0, epoch=epoch)
    for fault, dialect in (("none", "docs"), ("server-8.3", "server-8.3")):
        bodies.clear()
        one(keeping, "flaky", fault, seed=5)
        run = simulate(scenario, seed=5)
        assert bodies == [run.status(at_s, dialect=dialect) for at_s in range(len(bodies))]


def test_what_the_server_dates_is_of_the_poller_s_own_time() -> None:
    waits: list[float] = []
    errors: list[FetchError] = []

    def reading(fetch: Any, clock: Any) -> object:
        while True:
            try:
                state = fetch()["state"]
            except FetchError as error:
                errors.append(error)
                waits.append(int(error.headers["x-ratelimit-reset"]) / 1000 - clock.now())
                clock.sleep(waits[-1])
                continue
            if state == "done":
                return state
            clock.sleep(1)

    assert one(reading, "slows_down", "rate_limit").passed
    assert set(waits) == {50.0}
    for error in errors:
        assert error.http_status == 429
        assert error.headers["content-type"] == "application/json"
        assert "must wait 50 seconds" in error.body["error"]


def test_what_fetch_does_when_things_go_wrong() -> None:
    def first(fault: str) -> Any:
        """Return the first thing that is no ordinary answer."""
        found: list[Any] = []

        def looking(fetch: Any, clock: Any) -> object:
            while not found:
                clock.sleep(1)
                try:
                    body = fetch()
                except Exception as error:  # noqa: BLE001 - to be looked at
                    found.append(error)
                else:
                    found.extend([body] if isinstance(body, str) else [])
            return None

        one(looking, "calm", fault)
        return found[0]

    for fault, status in (("500", 500), ("503", 503), ("html", 502), ("429", 429)):
        error = first(fault)
        assert isinstance(error, FetchError)
        assert error.http_status == status
        assert isinstance(error.body, str if fault == "html" else dict)
    assert first("503").headers["retry-after"] == "5"
    assert isinstance(first("reset"), ConnectionError)
    assert isinstance(first("outage"), ConnectionError)
    assert first("truncated").startswith('{"success":true')
    assert "\ufffd" in first("garbage")


def test_a_late_answer_takes_virtual_time_and_tells_what_was_so_when_it_was_asked() -> None:
    seen: list[tuple[float, str]] = []

    def looking(fetch: Any, clock: Any) -> object:
        clock.sleep(60)
        seen.extend((clock.now(), fetch()["state"]) for _ in range(3))
        return seen[-1][1]

    assert one(looking, "calm", "latency").passed
    assert seen == [(60.0, "importing"), (60.0, "importing"), (70.0, "done")]


# what is wrong -------------------------------------------------------------------------------------------


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


# calm ends at 66.871361 s with the seed 0
ENDS = "the import ends as done at 66.9 s"


@pytest.mark.parametrize(
    ("poller", "why"),
    [
        (after(67, "done"), ""),
        (after(66.871361, State.DONE), ""),
        (after(66.87136, "done"), f"returned done 0.0 s before the end; {ENDS}"),
        (after(3, "done"), f"returned done 63.9 s before the end; {ENDS}"),
        (after(3, "importing"), f"returned importing 63.9 s before the end; {ENDS}"),
        (after(67, "canceled"), f"returned canceled; {ENDS}"),
        (after(67, None), f"returned None, which is no state; {ENDS}"),
        (after(67, {"state": "done"}),
         f"returned {{'state': 'done'}}, which is no state; {ENDS}"),
        (after(126.871361, "done"), ""),
        (after(126.871362, "done"), "done, 60.0 s after the end"),
        (after(200, "done"), "done, 133.1 s after the end"),
        (every(0.5), ""),
        (every(0.2), "asked 336 times in 67.0 s: more than 2 a second"),
        (every(0.2, then="error"),
         f"returned error; {ENDS}; asked 336 times in 67.0 s: more than 2 a second"),
        (after(67 + 86_400, "done"), f"stopped a day after the end; {ENDS}"),
        (every(0.0), f"stopped after 10,000 polls; {ENDS}"),
    ],
)  # fmt: skip
def test_how_an_end_is_told(poller: Poller, why: str) -> None:
    row = one(poller)
    assert row.passed == (not why)
    assert not why or row.why == why
    assert pd.isna(row.ended_s) == ("stopped" in why)


def test_a_tenth_of_a_long_import_is_late_enough() -> None:
    end_s = simulate(PRESETS["big"], seed=0).importing_s
    assert one(after(end_s * 1.0999, "done"), "big").passed
    assert not one(after(end_s * 1.1001, "done"), "big").passed


def falling(fetch: Any, clock: Any) -> object:
    """Reads a counter that a server does not show yet."""
    while True:
        body = fetch()
        count = body["operation"]["count"]
        if count["completed"] + count["error"] == count["total"] and body["state"] == "done":
            return "done"
        clock.sleep(5)


def test_missing_counters_are_found_with_the_line() -> None:
    assert one(falling).passed
    server = check_poller(falling, faults="server-8.3", presets=["calm", "empty"])
    assert not server["passed"].any()
    line = falling.__code__.co_firstlineno + 5
    for why in server["why"]:
        assert why.startswith(f"raised KeyError: 'completed' (test_pollers.py, line {line}); ")


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


@pytest.mark.parametrize("fault", ["replaced", "replaced-8.3"])
def test_what_may_be_said_of_an_operation_that_was_replaced(fault: str) -> None:
    old = "canceled" if fault == "replaced" else "error"
    other = "error" if fault == "replaced" else "canceled"
    for value in (None, "none", "replaced", State.NONE, old):
        assert one(replaced(lambda value=value: value), "calm", fault).passed, value
    for value in ("new", "ready", "importing", "done", other):
        row = one(replaced(lambda value=value: value), "calm", fault)
        assert row.why == f"returned {value}; another import took its place at 20.1 s"
    assert one(replaced(raising(RuntimeError("lost"))), "calm", fault).passed
    assert one(replaced(raising(ValueError("lost"))), "calm", fault).passed
    for error in (KeyError("count"), TypeError(), IndexError(), AttributeError(), AssertionError()):
        row = one(replaced(raising(error)), "calm", fault)
        assert row.why.startswith(f"fell with {type(error).__name__}")
        assert not row.passed


def test_when_a_replacement_must_be_noticed() -> None:
    early = one(after(20.0, None), "calm", "replaced")
    assert early.why == "returned None, 0.1 s before it was replaced"
    assert one(after(80.0, None), "calm", "replaced").passed
    late = one(after(80.2, None), "calm", "replaced")
    assert (late.passed, late.why) == (False, "returned None, 60.1 s after it was replaced")
    # at a server its error has to be watched first
    assert one(after(380.0, "error"), "calm", "replaced-8.3").passed
    assert not one(after(380.2, "error"), "calm", "replaced-8.3").passed


def test_another_operation_follows_its_own_way_to_its_end() -> None:
    seen: dict[str, set[Any]] = {"ts": set(), "state": set(), "_id": set()}

    def looking(fetch: Any, clock: Any) -> object:
        while clock.now() < 60:
            body = fetch()
            told = {**body["operation"], "state": body["state"]}
            for key, values in seen.items():
                values.add(told.get(key))
            clock.sleep(1)
        return "replaced"

    assert one(looking, "calm", "replaced").passed
    assert seen["state"] == {"importing", "new", "ready", "done"}
    assert [len(seen[key]) for key in ("ts", "_id")] == [2, 1]
    assert one(looking, "calm", "replaced-8.3").passed
    # None in docs, and two at the server
    assert len(seen["_id"]) == 3


def test_who_never_gives_up_is_told_so() -> None:
    for value in (None, "importing", "stuck", "none"):
        assert one(after(4000, value), "calm", "stuck").passed
    for value in ("done", "canceled", "error"):
        row = one(after(4000, value), "calm", "stuck")
        assert row.why == f"returned {value}; the import never ends"
    row = one(every(60), "calm", "stuck")
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
        (lambda _: 29.9, 30.0, "told with 429 to wait 30.0 s, it asked again after 29.9 s"),
        (lambda _: 15.0, 10.0, ""),
        (lambda refused: 2.0**refused, 1.0, ""),
        (lambda _: 14.9, 10.0, "told with 429 to wait 30.0 s, it asked again after 14.9 s"),
        (lambda _: 1.0, 1.0, "told with 429 to wait 30.0 s, it asked again after 1.0 s"),
    ],
)
def test_a_429_slows_a_poller_down(wait_s: Callable[[int], float], every_s: float, why: str) -> None:
    row = one(waiting(wait_s, every_s), "calm", "429")
    assert row.passed == (not why)
    assert not why or row.why == why


def test_who_is_refused_again_and_again_must_wait_longer() -> None:
    assert one(waiting(lambda refused: 2.0**refused, 1.0), "slows_down", "rate_limit").passed
    row = one(waiting(lambda _: 2.0, 1.0), "slows_down", "rate_limit")
    assert row.why == "asked 7 times in a row while it was refused with 429"
    # ten a minute, at an even pace, are never refused
    assert one(every(6), "slows_down", "rate_limit").passed


# what cannot end by itself ---------------------------------------------------------------------------------


def test_who_catches_every_exception_is_stopped_all_the_same() -> None:
    def deaf(fetch: Any, clock: Any) -> object:
        while True:
            with contextlib.suppress(Exception):
                fetch()

    row = one(deaf)
    assert row.why == f"stopped after 10,000 polls; {ENDS}"
    assert row.polls == 10_000


@pytest.mark.parametrize("call", ["fetch", "sleep", "now"])
def test_who_swallows_even_the_signal_is_left_alone(call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "MOST_POLLS", 20)
    before = threading.active_count()

    def deaf(fetch: Any, clock: Any) -> object:
        while True:
            try:
                fetch()
            except BaseException:  # noqa: BLE001 - what is tried
                while True:
                    with contextlib.suppress(BaseException):
                        {"fetch": fetch, "sleep": lambda: clock.sleep(1), "now": clock.now}[call]()

    row = one(deaf)
    assert not row.passed
    assert "and went on even then: it catches BaseException" in row.why
    assert row.polls == 20
    assert threading.active_count() == before + 1


def test_who_comes_back_only_because_it_was_stopped_has_not_come_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(trial, "MOST_POLLS", 20)

    def excuse(fetch: Any, clock: Any) -> object:
        try:
            while True:
                fetch()
        except BaseException:  # noqa: BLE001 - what is tried
            return "done"

    assert one(excuse).why == f"stopped after 20 polls; {ENDS}"
    assert pd.isna(one(excuse).ended_s)


@pytest.mark.parametrize(
    "error", [SystemExit(3), RuntimeError("no\nmore"), GeneratorExit(), FetchError(404, {}, "")]
)
def test_what_a_poller_raises_is_its_verdict(error: BaseException) -> None:
    def failing(fetch: Any, clock: Any) -> object:
        raise error

    why = one(failing).why
    assert why.startswith(f"raised {type(error).__name__}")
    assert f"(test_pollers.py, line {failing.__code__.co_firstlineno + 1})" in why
    assert "\n" not in why


def test_a_thread_that_a_poller_leaves_behind_is_ended_with_its_case() -> None:
    left: list[threading.Thread] = []
    asked: list[float] = []

    def leaving(fetch: Any, clock: Any) -> object:
        def on_and_on() -> None:
            while True:
                fetch()
                asked.append(clock.now())

        left.append(threading.Thread(target=on_and_on, daemon=True))
        clock.sleep(67)
        return fetch()["state"]

    assert one(leaving).passed
    # what ends it is no error of the thread's
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threading, "excepthook", lambda _: None)
        left[0].start()
        left[0].join(10)
    assert not left[0].is_alive()
    assert asked == []


def test_ctrl_c_ends_the_kit() -> None:
    def interrupted(fetch: Any, clock: Any) -> object:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_poller(interrupted)


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), None, "1", True])
def test_no_sleep_of_what_is_no_time(seconds: Any) -> None:
    errors: list[Exception] = []

    def sleeping(fetch: Any, clock: Any) -> object:
        try:
            clock.sleep(seconds)
        except ClockError as error:
            errors.append(error)
        return clock.now()

    one(sleeping)
    assert [str(error).partition(" is ")[0] for error in errors] == ["seconds"]


def test_an_asynchronous_poller_inside_a_plain_one() -> None:
    async def polling(fetch: Any, clock: Any) -> str:
        while (state := fetch()["state"]) == "importing":
            await asyncio.sleep(0)
            clock.sleep(5)
        return str(state)

    assert one(lambda fetch, clock: asyncio.run(polling(fetch, clock))).passed
    # never awaited, and no warning of that
    row = one(lambda fetch, clock: polling(fetch, clock))  # noqa: PLW0108 - refused if it were plain
    assert row.why.startswith("returned <coroutine object ")
    with pytest.raises(ParameterError, match=r"asyncio\.run"):
        check_poller(polling)


# what cannot be asked ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"presets": "calmm"}, "preset is 'calmm'; .* Did you mean 'calm'"),
        ({"faults": ["none", "504"]}, "fault is '504'; allowed: none, 500"),
        ({"presets": 3}, "presets is 3"),
        ({"presets": []}, r"presets is \[\]; allowed: at least one"),
        ({"faults": []}, "at least one"),
        ({"presets": "empty", "faults": "stuck"}, "at least one user"),
        ({"presets": {"mine": 3}}, r"presets\['mine'\] is 3; allowed: a Scenario"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": 2**63}, r"2\*\*63 - 1"),
        ({"seed": True}, "seed is True"),
    ],
)
def test_what_cannot_be_tried_is_refused(given: dict[str, Any], match: str) -> None:
    with pytest.raises(ParameterError, match=match):
        check_poller(patient, **given)


@pytest.mark.parametrize("poller", [None, "app:poll", lambda: None, lambda fetch: None, print.__self__])
def test_what_is_no_poller_is_refused_at_once(poller: Any) -> None:
    with pytest.raises(ParameterError, match="fetch and clock"):
        check_poller(poller)
