"""Faults: which poll they strike, what becomes of the answer, and a schedule that prints as its own code."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simimport import Fault, Faults, ImportService, OperationError, ParameterError, Scenario
from simimport.model.dialects import DIALECTS
from simimport.service.faults import KINDS

SLOW_DOWN = "Error, too many requests. Please slow down."
TIMED = ("latency", "429", "503")


def service_with(*faults: Fault, dialect: str = "docs") -> ImportService:
    service = ImportService(
        Scenario(users=100, failure_rate=0), seed=1, faults=Faults(faults), dialect=dialect
    )
    service.new()
    service.add_users()
    service.run()
    return service


def struck(service: ImportService, polls: int, step_s: float = 0.0) -> list[int]:
    """Return which of the next polls get no plain answer."""
    numbers = []
    for number in range(1, polls + 1):
        if service.answer("import.status").http_status != 200:
            numbers.append(number)
        service.advance(step_s)
    return numbers


# when -------------------------------------------------------------------------------------------------


def test_at_the_kth_poll() -> None:
    assert struck(service_with(Fault("500", at_poll=3), Fault("500", at_poll=1)), 6) == [1, 3]


def test_every_kth_poll() -> None:
    assert struck(service_with(Fault("500", every=3)), 10) == [3, 6, 9]


def test_from_an_instant_on_the_first_poll() -> None:
    service = service_with(Fault("500", at_s=2.5), Fault("500", at_s=4))
    # polls at 0, 1, 2, 3, 4, 5
    assert struck(service, 6, step_s=1) == [4, 5]
    service.reset()
    assert struck(service, 6, step_s=1) == [4, 5]


def test_an_instant_that_has_come_before_the_first_poll() -> None:
    assert struck(service_with(Fault("500", at_s=0)), 3) == [1]


def test_of_several_the_first_in_the_schedule_strikes() -> None:
    for faults, status in (
        ((Fault("503", every=2), Fault("500", at_poll=2)), 503),
        ((Fault("500", at_poll=2), Fault("503", every=2)), 500),
        ((Fault("500", at_poll=2), Fault("503", at_poll=2)), 500),
    ):
        service = service_with(*faults)
        service.answer("import.status")
        assert service.answer("import.status").http_status == status


def test_all_polls_are_counted_together_and_nothing_else_is_struck() -> None:
    service = service_with(Fault("500", every=1))
    for endpoint in ("import.status", "getImportProgress", "getCurrentImportOperation"):
        with pytest.raises(OperationError, match=f"{endpoint} is refused with 500"):
            service[endpoint]()
    assert service["importers.list"]()
    service.clear()
    service.new()
    assert struck(service_with(Fault("500", at_poll=1)), 1) == [1]


def plainly_struck(fault: Fault, poll: int, since_s: float, now_s: float) -> bool:
    if fault.at_poll is not None:
        return poll == fault.at_poll
    if fault.every is not None:
        return poll % fault.every == 0
    return fault.at_s is not None and since_s < fault.at_s <= now_s


@given(
    st.lists(
        st.builds(Fault, st.just("500"), at_poll=st.integers(1, 6))
        | st.builds(Fault, st.just("503"), every=st.integers(1, 30))
        | st.builds(Fault, st.just("html"), at_s=st.integers(0, 30)),
        max_size=8,
    ),
    st.lists(st.integers(0, 3), min_size=1, max_size=40),
)
def test_a_strike_is_that_of_a_plain_search(faults: list[Fault], steps: list[int]) -> None:
    schedule = Faults(faults)
    since_s, now_s = -1.0, 0.0
    for poll, step in enumerate(steps, start=1):
        since_s, now_s = (now_s if poll > 1 else since_s), now_s + step
        plain = next((fault for fault in faults if plainly_struck(fault, poll, since_s, now_s)), None)
        assert schedule.strike(poll, since_s, now_s) is plain


@pytest.mark.parametrize("when", ["at_poll", "every", "at_s"])
def test_of_a_long_schedule_a_poll_looks_at_few(when: str) -> None:
    schedule = Faults([{"kind": "500", when: 1000 + number} for number in range(2000)])
    looked: list[int] = []
    rows = [*schedule.schedule]

    class Watched(tuple[Fault, ...]):
        def __getitem__(self, place: Any) -> Any:
            looked.append(place)
            return rows[place]

    object.__setattr__(schedule, "schedule", Watched())
    for poll in range(1, 4000):
        schedule.strike(poll, poll - 1, poll)
    assert len(looked) <= 4000


# what -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "status", "begins"),
    [(Fault("429", at_poll=1), 429, f"{SLOW_DOWN} You must wait 60 second"),
     (Fault("429", at_poll=1, seconds=7), 429, f"{SLOW_DOWN} You must wait 7 "),
     (Fault("500", at_poll=1), 500, "Internal server error"),
     (Fault("503", at_poll=1), 503, "Service Unavailable"),
     (Fault("html", at_poll=1), 502, "<html>")],
)  # fmt: skip
def test_an_error_status_is_a_refusal(fault: Fault, status: int, begins: str) -> None:
    service = service_with(fault)
    with pytest.raises(OperationError) as caught:
        service.status()
    error = caught.value
    assert (error.http_status, error.operation, error.state) == (status, "import.status", "importing")
    assert error.body["error"].startswith(begins)
    assert "\n" not in str(error)
    assert "what can be called" not in str(error)
    assert service.status()["state"] == "importing"


def test_503_says_when_to_come_again() -> None:
    assert service_with(Fault("503", at_poll=1)).answer("import.status").headers == {"Retry-After": "5"}
    fault = Fault("503", at_poll=1, seconds=1.2)
    assert service_with(fault).answer("import.status").headers == {"Retry-After": "2"}


def test_a_reset() -> None:
    service = service_with(Fault("reset", at_poll=1))
    with pytest.raises(ConnectionResetError, match=r"import\.status: the connection was reset"):
        service.status()
    service = service_with(Fault("reset", at_poll=1))
    assert service.answer("import.status").reset


@pytest.mark.parametrize("kind", ["truncated", "garbage"])
@pytest.mark.parametrize("endpoint", ["import.status", "getImportProgress", "getCurrentImportOperation"])
def test_a_body_that_is_no_json(kind: str, endpoint: str) -> None:
    service = service_with(Fault(kind, every=1))
    with pytest.raises(ValueError, match=f"{endpoint}: the body is no JSON"):
        service[endpoint]()
    answer = service.answer(endpoint)
    assert answer.http_status == 200
    with pytest.raises(ValueError):  # noqa: PT011 - of the JSON or of the encoding
        json.loads(answer.raw)


def test_a_truncated_body_is_its_beginning() -> None:
    service = service_with(Fault("truncated", at_poll=2))
    good, bad = (service.answer("import.status").raw for _ in range(2))
    assert good.startswith(bad)
    assert len(good) / 2 < len(bad) < len(good)


def test_late_is_said_and_in_process_the_clock_moves_on() -> None:
    service = service_with(Fault("latency", at_poll=2, seconds=3), Fault("latency", at_poll=3))
    answers = [service.answer("import.status") for _ in range(4)]
    assert [answer.delay_s for answer in answers] == [0, 3, 1, 0]
    assert len({answer.raw for answer in answers}) == 1
    assert service.clock.now() == 0
    service.faults = Faults([Fault("latency", every=1, seconds=3600)])
    # it is of the instant at which it was asked for
    assert service.status()["state"] == "importing"
    assert (service.clock.now(), service.state) == (3600, "done")
    service.clock.jump(999_999_999)
    service.status()
    assert service.clock.now() == 1e9


def test_a_stale_answer_is_the_one_to_the_poll_before() -> None:
    service = service_with(Fault("stale", at_poll=2), Fault("stale", at_poll=3), Fault("stale", at_poll=5))
    completed = []
    for _ in range(5):
        completed.append(service.status()["operation"]["count"]["completed"])
        service.advance(1.8)
    # the true ones: 0, 50, 100, 100, 100 — a stale answer is what the poll before was to be told
    assert completed == [0, 0, 50, 100, 100]


def test_each_endpoint_is_stale_by_itself_and_the_first_poll_cannot_be() -> None:
    service = service_with(Fault("stale", every=1))
    assert service["getImportProgress"]()["step"] == "importer_importing_started"
    assert service.status()["state"] == "importing"
    service.run_until("done")
    assert service["getImportProgress"]()["step"] == "importer_importing_started"
    assert service["getImportProgress"]()["step"] == "importer_done"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_wrong_type(dialect: str) -> None:
    service = service_with(Fault("wrong_type", every=1), dialect=dialect)
    service.run_until("done")
    body = service.status()
    assert (body["success"], body["operation"]["valid"], body["state"]) == ("true", "true", "done")
    assert {type(value) for value in body["operation"]["count"].values()} == {str}
    assert body["operation"]["count"]["completed"] == "100"
    progress = service["getImportProgress"]()
    assert progress["count"] == {"completed": "100", "total": "100", "error": "0"}
    assert service["getCurrentImportOperation"]()["operation"]["count"]["total"] == "100"
    service.reset()
    assert service.status() in ({"success": "true", "state": "none"}, {"state": "none", "success": "true"})
    assert service["getCurrentImportOperation"]() == {"success": "true"}


def test_a_fault_leaves_the_import_as_it_was() -> None:
    plain, faulty = service_with(), service_with(*(Fault(kind, every=1) for kind in KINDS))
    for _ in range(30):
        plain.advance(0.3)
        faulty.advance(0.3)
        faulty.answer("import.status")
    faulty.faults = Faults()
    assert faulty.status() == plain.status()


# random -----------------------------------------------------------------------------------------------


@given(st.floats(0, 1), st.floats(0, 1), st.integers(0, 2**32))
def test_a_higher_rate_keeps_the_faults_of_a_lower_one(one: float, other: float, seed: int) -> None:
    low, high = (Faults.random(rate, seed=seed, polls=60) for rate in sorted([one, other]))
    assert set(low) <= set(high)
    short, long = (Faults.random(one, seed=seed, polls=polls) for polls in (60, 90))
    assert long.schedule[: len(short)] == short.schedule


def test_the_share_and_the_kinds_of_random_faults() -> None:
    faults = Faults.random(0.3, seed=1, polls=10_000)
    assert len(faults) / 10_000 == pytest.approx(0.3, abs=0.02)
    shares = {kind: sum(fault.kind == kind for fault in faults) / len(faults) for kind in KINDS}
    assert list(shares.values()) == [pytest.approx(0.1, abs=0.025)] * len(KINDS)
    assert {fault.kind for fault in Faults.random(1, seed=1, kinds=["500", "reset"])} == {"500", "reset"}
    assert {fault.kind for fault in Faults.random(1, seed=1, kinds="stale")} == {"stale"}
    assert [fault.at_poll for fault in Faults.random(1, seed=1, polls=4)] == [1, 2, 3, 4]
    assert len(Faults.random(0, seed=1)) == 0
    assert Faults.random(0.5) != Faults.random(0.5)


# as text ----------------------------------------------------------------------------------------------


_WHEN = st.one_of(
    st.fixed_dictionaries({"at_poll": st.integers(1, 10**9)}),
    st.fixed_dictionaries({"every": st.integers(1, 10**9)}),
    st.fixed_dictionaries({"at_s": st.floats(0, 1e9) | st.integers(0, 10**9)}),
)
_FAULTS = st.builds(lambda kind, when: Fault(kind, **when), st.sampled_from(list(KINDS)), _WHEN) | st.builds(
    lambda kind, when, seconds: Fault(kind, **when, seconds=seconds),
    st.sampled_from(TIMED), _WHEN, st.floats(0, 86_400),
)  # fmt: skip


@given(st.lists(_FAULTS, max_size=5))
def test_a_schedule_prints_as_the_code_that_makes_it(faults: list[Fault]) -> None:
    schedule = Faults(faults)
    text = repr(schedule)
    assert "\n" not in text
    assert eval(text, {"Fault": Fault, "Faults": Faults}) == schedule  # noqa: S307 - that is what it is for
    assert hash(schedule) == hash(Faults(faults))


def test_any_kind_of_number_makes_the_same_faults() -> None:
    at_poll, every = Fault("503", at_poll=np.int64(3), seconds=np.float32(2)), Fault("500", every=np.int32(2))
    assert repr([at_poll, every]) == "[Fault('503', at_poll=3, seconds=2.0), Fault('500', every=2)]"
    assert repr(Fault("500", at_s=np.float32(0.5))) == "Fault('500', at_s=0.5)"
    drawn = Faults.random(np.float32(0.5), seed=np.int64(1), polls=np.int64(9))
    assert drawn == Faults.random(0.5, seed=1, polls=9)


def test_faults_show_how_they_are_made() -> None:
    shown = [{name for name in dir(thing) if not name.startswith("_")}
             for thing in (Fault("500", at_poll=1), Faults())]  # fmt: skip
    assert shown == [{"kind", "at_poll", "every", "at_s", "seconds", "endpoint", "retry_after", "wait_s"},
                     {"schedule", "random", "unstruck"}]


def test_a_schedule_may_come_as_mappings() -> None:
    plain = [{"kind": "503", "at_poll": 3, "seconds": 2}, {"kind": "reset", "every": 10}]
    assert Faults(plain) == Faults([Fault("503", at_poll=3, seconds=2), Fault("reset", every=10)])


@pytest.mark.parametrize(
    ("fields", "message"),
    [({"kind": "504", "at_poll": 1}, "kind is '504'; allowed: latency, 429, .* Did you mean '50"),
     ({"kind": "500"}, "when is {}; allowed: one of at_poll, every and at_s"),
     ({"kind": "500", "at_poll": 1, "every": 2}, "when is .*; allowed: one of"),
     ({"kind": "500", "at_poll": 0}, "at_poll is 0; allowed: a whole number from 1"),
     ({"kind": "500", "at_poll": True}, "at_poll is True"),
     ({"kind": "500", "at_s": np.True_}, "at_s is .*True"),
     ({"kind": "500", "every": 1.5}, "every is 1.5"),
     ({"kind": "500", "at_s": -1}, r"at_s is -1; allowed: a number of seconds from 0 to 1e\+09"),
     ({"kind": "500", "at_s": float("nan")}, "at_s is nan"),
     ({"kind": "latency", "every": 1, "seconds": 86_401}, "seconds is 86401; allowed: .* from 0 to 86400"),
     ({"kind": "reset", "every": 1, "seconds": 1}, "seconds is 1; allowed: None, but for latency, 429, 503"),
     ({"kind": [], "every": 1}, r"kind is \[\]")],
)  # fmt: skip
def test_faults_that_are_none(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        Fault(**fields)
    with pytest.raises(ParameterError, match=message):
        Faults([fields])


@pytest.mark.parametrize(
    ("schedule", "message"),
    [([{"kind": "500", "at": 3}], "field 'at' is 3; allowed: at_poll, at_s, endpoint, every, kind, retry_a"),
     ([{"at_poll": 3}], "an entry of the schedule is {'at_poll': 3}; allowed: a Fault, or a mapping"),
     (["500"], "an entry of the schedule is '500'"),
     ({"kind": "500", "at_poll": 3}, "schedule is {'kind': .*; allowed: several Fault"),
     ("500", "schedule is '500'"),
     (5, "schedule is 5")],
)  # fmt: skip
def test_schedules_that_are_none(schedule: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        Faults(schedule)


@pytest.mark.parametrize(
    ("fields", "message"),
    [({"rate": 1.5}, "rate is 1.5; allowed: a number from 0 to 1"), ({"rate": True}, "rate is True"),
     ({"rate": float("nan")}, "rate is nan"), ({"rate": 0.5, "polls": -1}, "polls is -1"),
     ({"rate": 0.5, "kinds": ["504"]}, "kinds is '504'"), ({"rate": 0.5, "kinds": []}, "at least one of"),
     ({"rate": 0.5, "kinds": "504"}, "kinds is '504'"), ({"rate": 0.5, "seed": -1}, "seed is -1")],
)  # fmt: skip
def test_random_schedules_that_are_none(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        Faults.random(**fields)


def test_a_fault_is_documented_with_every_kind() -> None:
    about = (Fault.__doc__ or "").partition("at_poll : int")[0]
    assert [kind for kind in KINDS if f"``{kind}``" not in about] == []
