"""How long a recorder waits after trouble, and when it gives a server up."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from simimport import Faults, FetchError, read_trace
from simimport.testing.recording.asked_wait import asked_wait_s
from simimport.testing.recording.fetch import Fetched
from simimport.testing.recording.record import RecordingError
from tests.testing.recording.servers import DATE, DONE, NONE, URL, Reply, Script, importing, recorder_of

# backing off --------------------------------------------------------------------------------------


def test_it_backs_off_twice_as_long_each_time_to_a_minute_and_comes_back() -> None:
    broken: list[Reply] = [httpx.Response(500), httpx.Response(502, text="<html>"), httpx.ReadError("reset"),
                           "garbage", httpx.Response(503), httpx.ReadTimeout("late"), httpx.Response(429)]
    script = Script(NONE, *broken, NONE, httpx.Response(500), DONE)
    trace = script.recorder().run()
    assert script.pauses == [5, 5, 10, 20, 40, 60, 60, 60, 5, 5]
    assert [a.http_status for a in trace] == [200, 500, 502, 0, 200, 503, 0, 429, 200, 500, 200]
    assert trace[3].body == "ReadError: reset"
    # who polls more rarely than that anyway goes on so
    script = Script(httpx.Response(500), httpx.Response(500), DONE)
    script.recorder(every_s=300).run()
    assert script.pauses == [300, 300]


SAYS = "Error, too many requests. Please slow down. You must wait 42 seconds before trying this endpoint"
RESET = str(round(DATE.timestamp() * 1000) + 33_500)


@pytest.mark.parametrize(
    ("status", "headers", "body", "wait_s"),
    [
        (429, {"Retry-After": "17"}, SAYS, 17),
        (429, {"X-RateLimit-Reset": RESET}, SAYS, 42),
        (429, {"X-RateLimit-Reset": RESET}, "", 33.5),
        (503, {"Retry-After": "Thu, 01 Jan 2026 00:01:30 GMT"}, "", 90),
        (503, {"Retry-After": "Thu, 01 Jan 2026 00:01:30 -0000"}, "", 90),
        (503, {"Retry-After": "999999999"}, "", 3600),
        (429, {"X-RateLimit-Reset": "999999999999999"}, "", 3600),
        # not sooner than it would have asked anyway
        (429, {"Retry-After": "1"}, "", 5),
        (503, {"Retry-After": "0"}, "", 5),
        # what cannot be meant
        (429, {"X-RateLimit-Reset": "1473778676037"}, "", 5),
        (429, {"Retry-After": "-5", "X-RateLimit-Reset": "soon"}, "", 5),
        (503, {"Retry-After": "Mon, 01 Jan 2001 00:00:00 GMT"}, "", 5),
        (503, {"Retry-After": "tomorrow", "X-RateLimit-Reset": RESET}, "", 5),
    ],
)
def test_it_waits_as_long_as_the_server_asks(
    status: int, headers: dict[str, str], body: str, wait_s: float
) -> None:
    refusal = httpx.Response(status, headers=headers, json={"success": False, "error": body})
    script = Script(refusal, DONE)
    script.recorder().run()
    assert script.pauses == [wait_s]


def test_what_asks_for_no_wait_is_told_from_no_word() -> None:
    assert asked_wait_s(Fetched(503, {"retry-after": "0"}, ""), DATE) == 0
    assert asked_wait_s(Fetched(503, {}, {"error": ["must wait 5 seconds"]}), DATE) is None


def test_the_limiter_of_our_own_server_is_respected() -> None:
    service = importing(users=3000)
    trace = recorder_of(service, "limited", every_s=1).run()
    counts = [answer.http_status for answer in trace]
    assert counts[:12] == [200] * 10 + [429, 200]
    # ten a minute; a window may have begun before the first request
    assert counts.count(429) <= 1 + trace[-1].at_s / 60
    assert trace[-1].state == "done"


def test_every_fault_of_the_schedule_is_survived(tmp_path: Path) -> None:
    kinds = ["429", "500", "503", "reset", "truncated", "garbage", "html", "stale", "wrong_type"]
    faults = Faults([{"kind": kind, "at_poll": 2 + 2 * place} for place, kind in enumerate(kinds)])
    trace = recorder_of(importing(users=6000, faults=faults), every_s=3, path=tmp_path / "a.jsonl").run()
    assert [a.http_status for a in trace][:16] == [200, 429, 200, 500, 200, 503, 200, 0, 200, 200,
                                                   200, 200, 200, 502, 200, 200]  # fmt: skip
    assert trace[-1].state == "done"
    assert read_trace(tmp_path / "a.jsonl") == trace


def test_patience_ends(tmp_path: Path) -> None:
    script = Script(NONE, httpx.Response(503, text="Service Unavailable"))
    with pytest.raises(FetchError, match=r"has told a state for 2 min 20 s; the last: HTTP 503: ") as gone:
        script.recorder(patience_s=100, path=tmp_path / "a.jsonl").run()
    assert gone.value.http_status == 503
    assert isinstance(gone.value, RecordingError)
    assert read_trace(tmp_path / "a.jsonl") == gone.value.trace
    assert len(gone.value.trace) == len(script.requests) == 7


def test_patience_is_no_shorter_than_three_tries() -> None:
    script = Script(NONE, httpx.Response(503), httpx.Response(503), DONE)
    assert script.recorder(every_s=1000, patience_s=1).run()[-1].state == "done"


# what it gives up on ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "tries", "why"),
    [
        (httpx.Response(401, json={"status": "error", "message": "You must be logged in to do this."}), 1,
         "check the user id and the token (HTTP 401: You must be logged in to do this.)"),
        (httpx.Response(403, json={"success": False, "error": "no [error-unauthorized]"}), 1,
         "it needs the permission run-import (HTTP 403: no [error-unauthorized])"),
        (httpx.Response(404, text="404 Not Found"), 1, "there is no import.status at http://chat.example/api"),
        (httpx.Response(405, text="\x1b[2J"), 1, "(HTTP 405: '\\x1b[2J')"),
        (httpx.Response(301, headers={"Location": "https://other.example/"}), 1, "leads on to 'https://other"),
        (httpx.Response(204), 3, "does not tell the state of an import: HTTP 204"),
        ("<!DOCTYPE html><title>Chat</title>", 3, "does not tell the state of an import: HTTP 200: <!D"),
        (httpx.ConnectError("Connection refused"), 3, "cannot be reached: ConnectError: Connection refused"),
    ],
)  # fmt: skip
def test_a_server_that_is_not_the_right_one_is_soon_given_up(
    reply: Reply, tries: int, why: str, tmp_path: Path
) -> None:
    script = Script(reply)
    path = tmp_path / "a.jsonl"
    with pytest.raises(FetchError) as refused:
        script.recorder(path=path).run()
    assert why in str(refused.value)
    assert "\n" not in str(refused.value)
    assert len(script.requests) == tries
    assert isinstance(refused.value, RecordingError)
    assert len(refused.value.trace) == tries
    # three pages of something else have been answered, the others leave no file
    assert path.exists() == (tries == 3 and not isinstance(reply, Exception))


def test_a_server_that_was_right_may_lose_its_way_but_a_token_that_is_refused_is_the_end(
    tmp_path: Path,
) -> None:
    script = Script(NONE, httpx.Response(404), "page", "page", "page", httpx.Response(302), NONE,
                    httpx.Response(401, json={"message": "no"}))  # fmt: skip
    with pytest.raises(FetchError, match="check the user id and the token"):
        script.recorder(path=tmp_path / "a.jsonl").run()
    kept = [answer.http_status for answer in read_trace(tmp_path / "a.jsonl")]
    assert kept == [200, 404, 200, 200, 200, 302, 200, 401]


def test_a_redirect_is_never_followed() -> None:
    script = Script(NONE, httpx.Response(302, headers={"Location": "https://evil.example/"}), DONE)
    script.recorder().run()
    assert {str(request.url) for request in script.requests} == {URL + "/api/v1/import.status"}
    assert {request.method for request in script.requests} == {"GET"}
