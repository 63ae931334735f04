"""Many calls and operations: little is kept of each, and all is as if everything were joined each time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from simimport import ImportService, OperationError, Run, Scenario, simulate, stage
from simimport.model import columns
from simimport.model.people import staged as staged_room
from simimport.model.people.api_body import columns_of, frame_of
from simimport.model.people.dealing import Dealer
from simimport.model.people.staged import Staged
from simimport.model.seeds import derive
from simimport.service.calls import api_calls as calls_room
from simimport.service.calls.api_calls import ApiCalls
from simimport.service.operation import Operation
from simimport.service.people.add_users_body import Body, InvalidBodyError, body_of, checked
from simimport.service.people.on_server import OnServer
from tests.service.services import ANN, SURE, whole

NAMES = st.sampled_from(["ann", "bob", "cem", "dot", "eve", "fay"])
ADDRESSES = NAMES.map("{}@example.org".format)
DECIDING = st.sampled_from(["cancel@example.com", "slow.30s@example.com", "fail.server-error+1@example.com"])
PEOPLE = st.fixed_dictionaries(
    {"emails": st.lists(ADDRESSES | DECIDING, min_size=1, max_size=2), "importIds": st.just(["1"])},
    optional={"username": NAMES, "utcOffset": st.integers(-12, 12), "deleted": st.booleans(),
              "roles": st.lists(st.sampled_from(["user", "bot"]), max_size=2, unique=True)},
)  # fmt: skip
CALLS = st.lists(st.lists(PEOPLE, max_size=4) | st.just("frame"), min_size=1, max_size=4)
LARGE = stage(SURE.replace(users=1001), seed=9)


def as_given(users: Any) -> Any:
    return LARGE if users == "frame" else users


def as_frame(users: Any) -> pd.DataFrame:
    """The frame of one call, as the server stages it, made each time anew."""
    made = LARGE if isinstance(users, str) else frame_of(users)
    given_roles = [[] if pd.isna(roles) else roles.split(",") for roles in made["roles"]]
    roles = [",".join(dict.fromkeys([*given, "user"])) for given in given_roles]
    return columns.frame("users", {**made, "roles": roles})


def together(frames: list[pd.DataFrame]) -> pd.DataFrame:
    some = [frame for frame in frames if len(frame)]
    return pd.concat(some, ignore_index=True) if some else frame_of([])


def imported(run: Run, by_s: float) -> pd.DataFrame:
    outcomes = run.outcomes
    there = (outcomes["outcome"] == "imported") & (outcomes["finished_s"] <= by_s)
    return run.users[there].reset_index(drop=True)


@settings(max_examples=15)
@given(
    st.lists(
        st.tuples(CALLS, st.sampled_from([0.0, 0.9, 3.0, 100.0]), st.booleans()), min_size=1, max_size=4
    ),
    st.lists(PEOPLE, max_size=3),
)
def test_everything_is_as_if_it_were_joined_each_time(
    plan: list[tuple[list[Any], float, bool]], there: list[Any]
) -> None:
    scenario = Scenario(failure_rate=0.2, users_per_s=20, batch_size=3)
    existing = frame_of(there)
    service = ImportService(scenario, seed=1, existing=existing)
    runs: list[tuple[Run, float]] = []
    for calls, wait_s, looks in plan:
        service.new()
        created_s = service.clock.now()
        if runs:
            # it was replaced: cut short, if it was not over
            runs[-1] = (runs[-1][0].cancel(created_s - runs[-1][1]), runs[-1][1])
        frames = []
        for users in calls:
            service.add_users(as_given(users))
            frames.append(as_frame(users))
            if looks:
                assert_frame_equal(service.staging, together(frames))
        everybody = together(frames)
        assert_frame_equal(service.staging, everybody)
        if not len(everybody):
            continue
        service.run()
        run = service.current
        assert run is not None
        taken = together([existing, *(imported(run, 1e9) for run, _ in runs)])
        other = simulate(run.scenario, seed=run.seed, staged=everybody, existing=taken)
        assert_frame_equal(run.outcomes, other.outcomes)
        assert_frame_equal(run.users, other.users)
        assert (run.provenance, repr(run)) == (other.provenance, repr(other))
        runs.append((run, created_s))
        service.advance(wait_s)
        now_s = service.clock.now()
        wanted = together([imported(run, now_s - began_s) for run, began_s in runs])
        for _ in range(1 + looks):
            assert_frame_equal(service.imported, wanted)


@given(st.lists(PEOPLE | st.dictionaries(NAMES, NAMES), max_size=4), st.data())
def test_a_plain_body_is_read_as_any_other(users: list[dict[str, Any]], data: st.DataObject) -> None:
    odd = st.sampled_from([None, "", 7, 1.5, 2**60, float("nan"), True, [], [""], ["a", ""], [None], "x", {}])
    for user in users:
        for key in data.draw(st.lists(st.sampled_from([*ANN, "utcOffset", "deleted", "roles", "bio"]))):
            user[key] = data.draw(odd)
    before = repr(users)
    body = body_of({"users": users}, frozenset({"user", "bot", "a"}))
    assert repr(users) == before
    wanted, misfit = {}, ""
    try:
        wanted = columns_of(checked({"users": users}))
    except InvalidBodyError as error:
        misfit = str(error)
    assert (body.misfit, body.unreadable) == (misfit, "")
    assert isinstance(body.people, dict)
    assert {**body.people, "roles": 0} == {**wanted, "roles": 0}


def test_who_is_added_changes_nobody_before() -> None:
    first = Staged().add(columns_of([ANN]))
    second = first.add(columns_of([{**ANN, "username": "bob"}]))
    other = first.add(columns_of([{**ANN, "username": "cem"}]))
    assert [len(people) for people in (Staged(), first, second, other)] == [0, 1, 2, 2]
    assert first.frame()["username"].tolist() == ["ann"]
    assert second.frame()["username"].tolist() == ["ann", "bob"]
    assert other.frame()["username"].tolist() == ["ann", "cem"]
    assert second.frame() is second.frame()


@pytest.fixture
def frames_made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The frames of people that are made from now on."""
    made: list[str] = []
    make = columns.frame

    def noting(name: str, data: Any) -> pd.DataFrame:
        made.append(name)
        return make(name, data)

    monkeypatch.setattr(staged_room.columns, "frame", noting)
    return made


def test_a_small_call_makes_no_frame(frames_made: list[str]) -> None:
    service = ImportService(seed=1)
    service.new()
    frames_made.clear()
    for number in range(500):
        service.add_users([{**ANN, "emails": [f"{number}@example.org"]}])
    assert frames_made == []
    assert len(service.staging) == len(service.staging) == 500
    assert frames_made == ["users"]


def test_each_operation_is_asked_once_whom_it_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Operation] = []
    ask = Operation.imported

    def noting(self: Operation, now_us: int | None = None) -> pd.DataFrame:
        asked.append(self)
        return ask(self, now_us)

    monkeypatch.setattr(Operation, "imported", noting)
    service = ImportService(SURE, seed=1)
    for number in range(20):
        whole(service, [{**ANN, "emails": [f"{number}@example.org"], "username": f"u{number}"}])
        assert len(service.imported) == number + 1
    # once to know its addresses, but for the last, and once for the frame
    assert len(asked) == 39


# without the lock ----------------------------------------------------------------------------------------


def is_free(service: ImportService) -> bool:
    """Whether another thread gets an answer at this moment."""
    found: list[bool] = []

    def ask() -> None:
        free = service._lock.acquire(blocking=False)
        found.append(free)
        if free:
            service._lock.release()

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    return found[0]


def watch(monkeypatch: pytest.MonkeyPatch, room: Any, name: str, service: ImportService) -> list[bool]:
    """Return whether the service was free, each time that something of a room was called."""
    seen: list[bool] = []
    work: Callable[..., Any] = getattr(room, name)

    def watched(*args: Any) -> Any:
        seen.append(is_free(service))
        return work(*args)

    monkeypatch.setattr(room, name, watched)
    return seen


def test_what_takes_long_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    service = ImportService(SURE, seed=1)
    service.new()
    reads = watch(monkeypatch, calls_room, "body_of", service)
    decides = watch(monkeypatch, OnServer, "decide", service)
    frames = watch(monkeypatch, Operation, "left", service)
    imports = watch(monkeypatch, OnServer, "imported", service)
    service.add_users([ANN])
    service.answer("import.addUsers", {"users": [ANN]})
    assert len(service.staging) == 2
    service.run()
    service.run_until("done")
    assert len(service.imported) == 1
    assert (reads, decides, frames, imports) == ([True] * 2, [True], [True], [True])


@pytest.mark.parametrize("times", [1, 2, 3, 9])
def test_who_is_overtaken_decides_anew(times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    service = ImportService(SURE, seed=1)
    service.new()
    service.add_users([ANN])
    decide = OnServer.decide
    left = [f"{number}@example.org" for number in range(times)]

    def overtaken(self: OnServer, users: Staged) -> Any:
        decided = decide(self, users)
        if left and is_free(service):
            service.add_users([{**ANN, "emails": [left.pop()], "username": f"u{len(left)}"}])
        return decided

    monkeypatch.setattr(OnServer, "decide", overtaken)
    service.run()
    run = service.current
    assert run is not None
    # those whose call came before the run, and nobody else
    assert len(run.outcomes) == len(run.users) == 1 + min(times, 3)
    with pytest.raises(OperationError, match="error-invalid-operation-status"):
        service.run()


def test_a_reset_meanwhile_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    service = ImportService(SURE, seed=1)
    service.new()
    service.add_users([ANN])
    decide = OnServer.decide

    def overtaken(self: OnServer, users: Staged) -> Any:
        service.reset()
        return decide(self, users)

    monkeypatch.setattr(OnServer, "decide", overtaken)
    with pytest.raises(OperationError, match="error-operation-not-found"):
        service.run()
    assert service.state == "none"


def test_a_reset_that_starts_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    service = ImportService(SURE, seed=1)
    service.new()
    reads = watch(monkeypatch, calls_room, "body_of", service)
    decides = watch(monkeypatch, OnServer, "decide", service)
    service.reset(autostart=True)
    assert (reads, decides, service.state) == ([], [True], "importing")
    # its people are read when somebody looks at them
    assert len(service.staging) == SURE.users
    assert reads == [True]


def test_generated_people_are_dealt_once(monkeypatch: pytest.MonkeyPatch) -> None:
    dealt: list[int] = []
    deal = Dealer.deal

    def noting(self: Dealer, users: int) -> pd.DataFrame:
        dealt.append(users)
        return deal(self, users)

    monkeypatch.setattr(Dealer, "deal", noting)
    service = ImportService(SURE, seed=1)
    service.new()
    for _ in range(10):
        service.add_users()
        service.add_users([ANN])
    assert sum(dealt) == 209  # the places of those who were given are dealt too, and left out
    people = stage(SURE.replace(users=210), seed=derive(1, 0))["username"].tolist()
    wanted = [people[at] if at % 21 < 20 else "ann" for at in range(210)]
    assert service.staging["username"].tolist() == wanted


@pytest.mark.parametrize("times", [1, 2, 3, 9])
def test_generated_people_follow_those_who_came_between(times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    service = ImportService(SURE, seed=1)
    service.new()
    generated, left, seen = ApiCalls._generated, [*range(times)], []

    def overtaken(self: ApiCalls) -> Body:
        people = generated(self)
        if left:
            seen.append(is_free(service))
            if seen[-1]:
                left.pop()
                service.add_users([ANN])
        return people

    monkeypatch.setattr(ApiCalls, "_generated", overtaken)
    service.add_users()
    between = min(times, 3)
    people = stage(SURE.replace(users=20 + between), seed=derive(1, 0))["username"].tolist()
    assert service.staging["username"].tolist() == ["ann"] * between + people[between:]
