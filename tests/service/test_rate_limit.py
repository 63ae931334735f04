"""The rate limiter: alone, and in the order in which each dialect asks it."""

from __future__ import annotations

import math
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simimport import Scenario
from simimport.service.http.app import App
from simimport.service.rate_limit import CALLS, WINDOW_S, Limiter
from tests.service.http.clients import DIALECTS, PREFIX, ROUTES, Chat, app_of, people

EPOCH_MS = int(datetime.fromisoformat(Scenario().epoch).timestamp() * 1000)
HEADERS = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")


def limits(app: App, name: str = "limited", endpoint: str = "import.status", **given: str) -> list[object]:
    """Return the status of a call and what its headers say."""
    response = Chat(app, name).ask(ROUTES[endpoint], PREFIX + endpoint, **given)
    return [response.status_code, *(response.headers.get(header) for header in HEADERS)]


calls_made = st.lists(st.tuples(st.integers(0, 40_000_000), st.sampled_from("ab"), st.sampled_from("xy")))


@given(calls_made)
def test_it_keeps_to_its_definition(made: list[tuple[int, str, str]]) -> None:
    limiter, now_us = Limiter(), 0
    began = {"x": 0, "y": 0}
    counts: dict[tuple[str, str], int] = {}
    for step_us, address, endpoint in made:
        now_us += step_us
        if now_us >= began[endpoint] + WINDOW_S * 1_000_000:
            began[endpoint] = now_us
            counts = {key: count for key, count in counts.items() if key[1] != endpoint}
        count = counts[address, endpoint] = counts.get((address, endpoint), 0) + 1
        taken = limiter.take(address, endpoint, now_us)
        assert taken.allowed is (count <= CALLS)
        assert taken.remaining == max(CALLS - count, 0)
        assert taken.reset_us == began[endpoint] + WINDOW_S * 1_000_000 == now_us + taken.wait_us


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_eleventh_call_is_refused(dialect: str) -> None:
    app = app_of(dialect)
    app.service.advance(1.5)
    reset = str(EPOCH_MS + 60_000)
    for left in range(9, -1, -1):
        assert limits(app) == [200, "10", str(left), reset]
    response = Chat(app, "limited").call("import.status")
    assert response.status_code == 429
    assert [response.headers[name] for name in HEADERS] == ["10", "0", reset]
    assert response.json() == {
        "success": False,
        "error": "Error, too many requests. Please slow down. You must wait 59 seconds before trying this "
        "endpoint again. [error-too-many-requests]",
    }
    assert math.ceil(60 - 1.5) == 59
    assert [call.http_status for call in app.service.log.last(2)] == [200, 429]
    # each endpoint and each address has a count of its own, and who may bypass has none
    assert limits(app, endpoint="getImportProgress")[1:3] == ["10", "9"]
    assert limits(app, address="10.0.0.1")[:3] == [200, "10", "9"]
    assert limits(app, "boss") == [200, None, None, None]
    app.service.advance(58.5)
    assert limits(app) == [200, "10", "9", str(EPOCH_MS + 120_000)]
    assert limits(app, address="10.0.0.1")[2] == "9"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_refused_calls_count_and_are_told(dialect: str) -> None:
    app = app_of(dialect)
    for _ in range(30):
        limits(app)
    app.service.advance(59.999)
    assert limits(app)[0] == 429
    app.service.advance(0.001)
    assert limits(app)[0] == 200


@pytest.mark.parametrize("dialect", DIALECTS)
def test_who_may_not_enter_is_not_counted(dialect: str) -> None:
    app = app_of(dialect)
    for _ in range(12):
        response = Chat(app, None).call("import.status", headers={"X-User-Id": "limited"})
        assert (response.status_code, response.headers.get(HEADERS[0])) == (401, None)
    assert limits(app)[2] == "9"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_order_of_checks(dialect: str) -> None:
    app = app_of(dialect)
    first = dialect != "server-8.3"
    for name, body, status, late in (
        ("limited", {}, 400, 400),
        ("guest", {}, 400 if first else 403, 403),
        ("guest", people(1), 403, 403),
    ):
        for turn in range(12):
            response = Chat(app, name).call("import.addUsers", json=body, address=f"{name} {len(body)}")
            # where the limiter comes first it counts these calls; where it comes last they never reach it
            expected = (429 if first else late) if turn >= CALLS else status
            assert response.status_code == expected
            assert response.headers.get(HEADERS[1]) == (str(max(9 - turn, 0)) if first else None)


def test_in_later_servers_an_error_of_the_service_was_counted() -> None:
    app = app_of("server-8.3")
    assert limits(app, endpoint="import.run")[:3] == [400, "10", "9"]


def test_a_reset_service_begins_new_windows() -> None:
    app = app_of()
    for _ in range(11):
        limits(app)
    app.service.reset()
    assert limits(app)[:3] == [200, "10", "9"]
