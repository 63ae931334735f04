"""Recording: in virtual time against scripted servers and our own, over sockets, and through a SIGKILL."""

from __future__ import annotations

import errno
import io
import json
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from simimport import (
    Faults,
    FetchError,
    ImportService,
    MissingExtraError,
    ParameterError,
    PollClock,
    Scenario,
    WallClock,
    create_app,
    read_trace,
    record,
)  # fmt: skip
from simimport.model.dialects import DIALECTS
from simimport.service.http.app import App
from simimport.testing.recording.fetch import (
    LARGEST,
    REDACTED,
    Asker,
    Fetched,
    Redactor,
    address,
    asked_wait_s,
)
from simimport.testing.recording.record import Recorder, RecordingError
from simimport.testing.recording.until import Lines
from simimport.testing.traces import Recorded, Trace
from tests.service.http.clients import ACCOUNTS, Chat, headers_of

URL = "http://chat.example"
TOKEN = "s3cr3t-t0ken/with+signs=="  # noqa: S105 - of nobody
HEADERS = {"X-User-Id": "boss", "X-Auth-Token": TOKEN}
DATE = datetime(2026, 1, 1, tzinfo=UTC)
NONE = {"success": True, "state": "none"}
DONE = {"success": True, "state": "done", "operation": {"status": "importer_done"}}
Reply = httpx.Response | Exception | dict[str, Any] | str


class Script:
    """A server that answers from a list, the last again and again, in time that only waiting moves."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.now_s = 1000.0
        self.requests: list[httpx.Request] = []
        self.pauses: list[float] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        reply = self.replies[min(len(self.requests), len(self.replies)) - 1]
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, str):
            return httpx.Response(200, content=reply)
        return reply if isinstance(reply, httpx.Response) else httpx.Response(200, json=reply)

    def pause(self, seconds: float) -> None:
        self.pauses.append(round(seconds, 6))
        self.now_s += seconds

    def recorder(self, **given: Any) -> Recorder:
        return Recorder(
            given.pop("url", URL), headers=given.pop("headers", HEADERS),
            transport=httpx.MockTransport(self.answer), clock=lambda: self.now_s, pause=self.pause,
            date=lambda: DATE + timedelta(seconds=self.now_s - 1000), **given,
        )  # fmt: skip


class InProcess(httpx.BaseTransport):
    """Our own server without a socket."""

    def __init__(self, app: App) -> None:
        self._app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        try:
            got = Chat(self._app, None).ask(request.method, str(request.url), headers=dict(request.headers))
        except ConnectionResetError as error:
            raise httpx.ReadError(str(error)) from None
        return httpx.Response(got.status_code, headers=got.headers, content=got.content)


def recorder_of(service: ImportService, name: str = "boss", **given: Any) -> Recorder:
    """Return a recorder for whom time goes as for the service."""
    return Recorder(
        URL, headers=headers_of(name), transport=InProcess(create_app(service, accounts=ACCOUNTS)),
        clock=service.clock.now, **{"pause": service.advance, **given},
    )  # fmt: skip


def importing(users: int = 300, **given: Any) -> ImportService:
    fields = {name: given.pop(name) for name in tuple(given) if name in ("crash_at", "crash_rate")}
    service = ImportService(Scenario(users=users, **fields), **{"seed": 5, **given})
    service.new()
    service.add_users()
    service.run()
    return service


def states(trace: Trace) -> list[str]:
    """Return what it tells, without repetitions."""
    told = [answer.state or str(answer.http_status) for answer in trace]
    return [state for place, state in enumerate(told) if place == 0 or told[place - 1] != state]


# whole operations in virtual time -----------------------------------------------------------------


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_whole_import_is_recorded_to_its_end_and_nothing_else_is_asked(
    dialect: str, tmp_path: Path
) -> None:
    service = importing(dialect=dialect)
    before = len(service.journal)
    recorder = recorder_of(service, every_s=2, path=tmp_path / "night.jsonl")
    trace = recorder.run()
    asked = service.journal[before:]
    assert set(asked["endpoint"]) == {"import.status"}
    assert len(asked) == len(trace) > 4
    assert recorder.ended == trace[-1].state == "done"
    assert [answer.at_s for answer in trace] == [2.0 * place for place in range(len(trace))]
    assert service.current is not None
    truth = service.current
    assert [a.body for a in trace] == [truth.status(at_s, dialect=dialect) for at_s in asked["at_s"]]
    assert read_trace(tmp_path / "night.jsonl") == trace


def test_it_waits_through_all_that_comes_before_the_import() -> None:
    service = ImportService(Scenario(users=100), seed=5)
    calls = iter([service.new, service.add_users, service.run])

    def pause(seconds: float) -> None:
        service.advance(seconds)
        next(calls, lambda: None)()

    trace = recorder_of(service, every_s=1, pause=pause).run()
    assert states(trace) == ["none", "new", "ready", "importing", "done"]


@pytest.mark.parametrize("wait", [False, True])
def test_an_import_that_is_over_already_is_the_one_unless_it_is_to_wait(wait: bool) -> None:
    service = importing()
    service.run_until("done")
    calls = iter([lambda: None, service.new, service.add_users, service.run])

    def pause(seconds: float) -> None:
        service.advance(seconds)
        next(calls, lambda: None)()

    trace = recorder_of(service, every_s=1, pause=pause, wait=wait).run()
    assert states(trace) == (["done", "new", "ready", "importing", "done"] if wait else ["done"])
    assert len(trace) > 8 if wait else len(trace) == 1


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_interrupted_import_is_followed_to_where_it_really_ends(dialect: str) -> None:
    service = importing(users=600, dialect=dialect)
    service.advance(5)
    polls = 0

    def pause(seconds: float) -> None:
        nonlocal polls
        service.advance(seconds)
        polls += 1
        if polls == 4:
            service.clear()

    recorder = recorder_of(service, every_s=0.25, pause=pause)
    told = states(recorder.run())
    if dialect == "docs":
        assert told == ["importing", "canceled"]
    else:
        # noticed after a full batch, it walks on
        assert told == ["importing", "error", "done"]
    assert recorder.ended == told[-1]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_after_a_crash_the_page_ends_at_once_and_a_server_when_it_stands_still(dialect: str) -> None:
    service = importing(crash_at=0.5, crash_rate=1, dialect=dialect)
    trace = recorder_of(service, every_s=2, settle_s=30).run()
    assert states(trace) == ["importing", "error"]
    errors = [answer.at_s for answer in trace if answer.state == "error"]
    assert errors[-1] - errors[0] == (0 if dialect == "docs" else 30)


def test_an_error_that_moves_is_not_still_and_three_answers_are_the_least() -> None:
    still = {"state": "error", "operation": {"status": "importer_importing_users", "count": {"error": 1}}}
    moved = {"state": "error", "operation": {"status": "importer_importing_users", "count": {"error": 2}}}
    script = Script(still, still, moved, httpx.Response(503), moved)
    recorder = script.recorder(every_s=40, settle_s=60)
    assert [answer.http_status for answer in recorder.run()] == [200, 200, 200, 503, 200, 200]
    assert recorder.ended == "error"
    assert len(Script(still).recorder(every_s=100, settle_s=0).run()) == 3
    # what is no operation is no end either, before it stands still
    assert len(Script({"state": "error", "operation": None}).recorder(every_s=10, settle_s=60).run()) == 7


def test_it_ends_when_it_was_told_to() -> None:
    for given, polls, ended in (
        ({"until_s": 20}, 5, "until_s"), ({"until_s": 0}, 1, "until_s"), ({"max_polls": 3}, 3, "max_polls"),
    ):  # fmt: skip
        script = Script(NONE)
        recorder = script.recorder(**given)
        assert (len(recorder.run()), recorder.ended) == (polls, ended)
        assert script.pauses == [5.0] * (polls - 1)  # and does not wait for nothing


def test_requests_are_apart_by_the_given_time_whatever_the_answers_take() -> None:
    script = Script(NONE)

    def slow(request: httpx.Request) -> httpx.Response:
        script.now_s += 7 if len(script.requests) == 1 else 2
        return Script.answer(script, request)

    recorder = Recorder(
        URL, headers=HEADERS, transport=httpx.MockTransport(slow), max_polls=4,
        clock=lambda: script.now_s, pause=script.pause,
    )  # fmt: skip
    assert [answer.at_s for answer in recorder.run()] == [2, 12, 14, 19]
    assert script.pauses == [3, 0, 3]


def test_who_listens_is_told_each_answer_and_when_the_next_comes() -> None:
    heard: list[tuple[int, float]] = []
    script = Script(NONE, httpx.Response(503), DONE)
    script.recorder(tell=lambda answer, wait_s: heard.append((answer.http_status, wait_s))).run()
    assert heard == [(200, 5.0), (503, 5.0), (200, 0.0)]


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
    with pytest.raises(FetchError, match=r"has told a state for 140 s; the last: HTTP 503: Service") as gone:
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


# secrets ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reply",
    [
        {"state": "none", "you sent": {TOKEN: [f"a {TOKEN} b", TOKEN]}},
        f"<html>{TOKEN}</html>",
        "x" * (LARGEST - 5) + TOKEN,
        httpx.Response(500, text=TOKEN * 3),
        httpx.ReadError(f"bad header {TOKEN}"),
    ],
)
def test_a_token_that_is_echoed_is_replaced(reply: Reply, tmp_path: Path) -> None:
    trace = Script(reply, reply, DONE).recorder(path=tmp_path / "a.jsonl").run()
    raw = (tmp_path / "a.jsonl").read_text()
    assert TOKEN not in raw
    assert TOKEN[:8] not in raw
    assert TOKEN not in str([answer.body for answer in trace])
    assert REDACTED[:5] in raw


@pytest.mark.parametrize("status", [301, 401, 403, 404])
def test_no_error_tells_the_token(status: int) -> None:
    reply = httpx.Response(status, json={"error": TOKEN}, headers={"Location": TOKEN, "X-Echo": TOKEN})
    recorder = Script(reply).recorder()
    with pytest.raises(RecordingError) as refused:
        recorder.run()
    error = refused.value
    told = [str(error), repr(error), str(vars(error)), repr(recorder), str(error.trace[0])]
    assert not [text for text in told if TOKEN in text]
    assert refused.value.__cause__ is None
    again = pickle.loads(pickle.dumps(refused.value))  # noqa: S301 - our own
    assert str(again) == str(refused.value)
    assert again.trace == refused.value.trace


def test_all_that_is_secret_is_known_and_the_user_id_is_not() -> None:
    redact = Redactor({
        "X-User-Id": "boss", "Authorization": "Bearer abcd1234", "Cookie": "rc_token=ef56; lang=x",
        "X-Pin": "123", "X-Number": "98765", "Content-Type": "application/json",
    })  # fmt: skip
    told = ["abcd1234", "a ef56 b", "boss", "123", "1234", 98765, 1.5, True, None, "application/json", "x"]
    assert redact(told) == [
        REDACTED, f"a {REDACTED} b", "boss", REDACTED, "1234", REDACTED, 1.5, True, None, "application/json",
        REDACTED,
    ]  # fmt: skip
    assert "abcd" not in repr(redact)


def test_the_operations_of_the_recording_user_keep_their_user() -> None:
    service = importing()
    assert recorder_of(service).run()[0].body["operation"]["user"] == service.status()["operation"]["user"]


# the file -----------------------------------------------------------------------------------------


def test_each_answer_is_in_the_file_before_the_next_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "night.jsonl"
    script = Script(NONE, "garbage", httpx.Response(503), httpx.ReadError("reset"), DONE)
    there: list[int] = []

    def pause(seconds: float) -> None:
        there.append(len(read_trace(path)))
        script.now_s += seconds

    recorder = Recorder(URL, headers=HEADERS, path=path, transport=httpx.MockTransport(script.answer),
                        clock=lambda: script.now_s, pause=pause)  # fmt: skip
    assert len(recorder.run()) == 5
    assert there == [1, 2, 3, 4]


def test_a_file_that_is_there_is_kept_unless_replaced_and_a_dead_server_replaces_nothing(
    tmp_path: Path,
) -> None:
    path = tmp_path / "night.jsonl"
    path.write_text("precious\n")
    script = Script(DONE)
    with pytest.raises(ParameterError, match="allowed: a new file; force replaces"):
        script.recorder(path=path)
    assert script.requests == []
    for reply in (httpx.ConnectError("refused"), httpx.Response(401)):
        with pytest.raises(FetchError):
            Script(reply).recorder(path=path, force=True).run()
        assert path.read_text() == "precious\n"
    Script(DONE).recorder(path=path, force=True).run()
    assert [answer.body for answer in read_trace(path)] == [DONE]


def test_a_file_that_comes_in_the_meantime_is_kept_too(tmp_path: Path) -> None:
    recorder = Script(DONE).recorder(path=tmp_path / "a.jsonl")
    (tmp_path / "a.jsonl").write_text("precious\n")
    with pytest.raises(ParameterError, match="force replaces"):
        recorder.run()
    assert (tmp_path / "a.jsonl").read_text() == "precious\n"


def test_tries_before_the_server_was_there_are_in_the_file_once_it_is(tmp_path: Path) -> None:
    script = Script(httpx.ConnectError("refused"), httpx.ConnectError("refused"), DONE)
    trace = script.recorder(path=tmp_path / "a.jsonl").run()
    assert [answer.http_status for answer in read_trace(tmp_path / "a.jsonl")] == [0, 0, 200]
    assert read_trace(tmp_path / "a.jsonl") == trace


def test_each_line_is_on_the_disk_before_the_next_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    script = Script(NONE, NONE, DONE)
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(len(script.requests)))
    script.recorder(path=tmp_path / "a.jsonl").run()
    assert synced == [1, 2, 3]


def test_a_full_disk_leaves_whole_lines(tmp_path: Path) -> None:
    class Full(io.FileIO):
        room = 100

        def write(self, data: Any) -> int:
            if not self.room:
                raise OSError(errno.ENOSPC, "No space left on device")
            wrote = super().write(bytes(data)[: self.room])
            self.room -= wrote
            return wrote

    path = tmp_path / "a.jsonl"
    lines = Lines(path, force=False)
    lines._file = Full(path, "wb")
    lines.append(Recorded(0.0, 200, NONE), alone=True)
    with pytest.raises(OSError, match="No space"):
        lines.append(Recorded(5.0, 200, NONE), alone=True)
    lines.close()
    assert list(read_trace(path)) == [Recorded(0.0, 200, NONE)]


@pytest.mark.parametrize("path", ["", ".", "nowhere/a.jsonl", os.devnull])
def test_a_path_that_cannot_be_a_file_is_refused_at_once(path: str) -> None:
    with pytest.raises(ParameterError, match="path is"):
        Script(DONE).recorder(path=path, force=True)


@pytest.mark.parametrize("moment", ["asking", "waiting"])
def test_an_interruption_keeps_what_is_there(moment: str, tmp_path: Path) -> None:
    script = Script(NONE)

    def interrupt(now: str) -> None:
        if now == moment and len(script.requests) >= 3:
            raise KeyboardInterrupt

    def answer(request: httpx.Request) -> httpx.Response:
        interrupt("asking")
        return script.answer(request)

    recorder = Recorder(
        URL, headers=HEADERS, path=tmp_path / "a.jsonl", transport=httpx.MockTransport(answer),
        clock=lambda: script.now_s, pause=lambda seconds: interrupt("waiting"),
    )  # fmt: skip
    trace = recorder.run()
    assert recorder.ended == "Ctrl-C"
    assert len(trace) == 3
    assert read_trace(tmp_path / "a.jsonl") == trace


# bodies -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        (b"", ""),
        (b"garbage \xff", "garbage \ufffd"),
        (b'{"state": NaN}', '{"state": NaN}'),
        (b'{"state": "none", "a": 1e999}', '{"state": "none", "a": 1e999}'),
        (b'{"state": "no', '{"state": "no'),
        ('{"state": "none"}'.encode("utf-16"), {"state": "none"}),
        (b'{"a": "\\ud800"}', {"a": "\ud800"}),
        (b'"text"', "text"),
        (b"[" * 50_000, "[" * 50_000),
        (b"x" * (LARGEST + 1), "x" * LARGEST),
        (b'["' + b"y" * LARGEST + b'"]', '["' + "y" * (LARGEST - 2)),
        (b'["' + b"y" * (LARGEST - 4) + b'"]', ["y" * (LARGEST - 4)]),
    ],
    ids=range(12),
)  # fmt: skip
def test_whatever_is_answered_is_kept_and_read_again(raw: bytes, kept: Any, tmp_path: Path) -> None:
    script = Script(NONE, httpx.Response(200, content=raw), DONE)
    trace = script.recorder(path=tmp_path / "a.jsonl").run()
    assert trace[1].body == kept
    assert read_trace(tmp_path / "a.jsonl") == trace


def test_an_answer_without_end_is_cut() -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while True:
            sent += 100_000
            yield b"z" * 100_000

    trace = Script(NONE, httpx.Response(200, content=endless()), DONE).recorder().run()
    assert trace[1].body == "z" * LARGEST
    assert sent < 5_000_000


def test_an_answer_that_drips_is_not_waited_for() -> None:
    script = Script()

    def drip() -> Iterator[bytes]:
        while True:
            script.now_s += 4
            yield b"z"

    script.replies = [NONE, httpx.Response(200, content=drip()), DONE]
    answer = script.recorder(timeout_s=10).run()[1]
    assert (answer.at_s, answer.http_status, answer.body) == (17.0, 0, "the answer took longer than 10 s")


# arguments ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "full"),
    [
        ("http://localhost:3000", "http://localhost:3000/api/v1/import.status"),
        ("http://localhost:3000/", "http://localhost:3000/api/v1/import.status"),
        ("https://a.example/chat/", "https://a.example/chat/api/v1/import.status"),
        ("https://a.example/chat/api/v1", "https://a.example/chat/api/v1/import.status"),
        ("https://a.example/api/v1/import.status", "https://a.example/api/v1/import.status"),
        ("http://[::1]:3000", "http://[::1]:3000/api/v1/import.status"),
    ],
)
def test_a_server_is_named_by_its_base_or_its_endpoint(url: str, full: str) -> None:
    assert address(url) == full
    assert Script(DONE).recorder(url=url).address == full


@pytest.mark.parametrize(
    "url",
    ["", "localhost:3000", "ftp://a.example", "http://", "http://a b", "http://[::1", "http://a:99999", "http://a:x",
     "http://ä.example", "http://a\n.example", "http://a.example/?token=hush", "http://a.example/#hush",
     "http://user:hush@a.example", "http://user:hush@[::1", 7, None],
)  # fmt: skip
def test_what_is_no_address_is_refused_and_no_password_is_shown(url: Any) -> None:
    with pytest.raises(ParameterError, match=r"url is") as refused:
        Script(DONE).recorder(url=url)
    assert "hush" not in str(refused.value)
    assert "hush" not in str(refused.value.value)


@pytest.mark.parametrize(
    "headers",
    [None, "hush", [("X-Auth-Token", "hush")], {"X-Auth-Token": "hush\n"}, {"X-Auth-Token": b"hush"},
     {"X-Auth-Token": "hush hüsh"}, {"X-Auth-Token": " hush"}, {"X Auth": "hush"}, {5: "hush"}],
)  # fmt: skip
def test_headers_that_cannot_be_sent_are_refused_without_their_values(headers: Any) -> None:
    with pytest.raises(ParameterError) as refused:
        Script(DONE).recorder(headers=headers)
    assert "hush" not in str(refused.value)
    assert "hush" not in str(refused.value.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("every_s", 0), ("every_s", -1), ("every_s", "5"), ("every_s", True), ("every_s", float("nan")),
     ("every_s", 1e6), ("until_s", -1), ("until_s", float("inf")), ("max_polls", 0), ("max_polls", 1.5),
     ("max_polls", True), ("settle_s", -1), ("patience_s", None), ("timeout_s", 0)],
)  # fmt: skip
def test_numbers_out_of_range_are_refused(name: str, value: Any) -> None:
    with pytest.raises(ParameterError, match=f"^{name} is"):
        Script(DONE).recorder(**{name: value})


def test_without_httpx_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(MissingExtraError, match=r'pip install "simimport\[http\]"'):
        record(URL, headers=HEADERS)


@pytest.mark.parametrize("proxy", ["gopher://user:hush@a", "http://[::1"])
def test_a_proxy_that_cannot_be_used_is_told_without_its_address(
    proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", proxy)
    with pytest.raises(ParameterError, match="the environment's proxy is") as refused:
        record(URL, headers=HEADERS)
    assert "hush" not in str(refused.value)


def test_who_asks_shows_no_headers() -> None:
    with Asker(URL, HEADERS, timeout_s=1, clock=lambda: 0.0) as asker:
        assert repr(asker) == "<Asker of http://chat.example/api/v1/import.status>"


# real sockets and real time -----------------------------------------------------------------------


def test_over_a_socket_with_faults(tmp_path: Path) -> None:
    schedule = [
        {"kind": "reset", "at_poll": 2}, {"kind": "garbage", "at_poll": 4},
        {"kind": "503", "at_poll": 6, "seconds": 0}, {"kind": "429", "at_poll": 8, "seconds": 0},
        {"kind": "truncated", "at_poll": 10}, {"kind": "latency", "at_poll": 12, "seconds": 0.3},
    ]  # fmt: skip
    service = importing(users=1000, clock=PollClock(2.5), faults=Faults(schedule))
    with service.serve() as server:
        trace = record(
            server.url, headers=server.headers, every_s=0.01, timeout_s=5, path=tmp_path / "a.jsonl"
        )
    assert [a.http_status for a in trace][:9] == [200, 0, 200, 200, 200, 503, 200, 429, 200]
    assert trace[11].at_s - trace[10].at_s > 0.3
    assert trace[-1].state == "done"
    assert service.log.polls == len(trace)
    assert read_trace(tmp_path / "a.jsonl") == trace
    assert server.headers["X-Auth-Token"] not in (tmp_path / "a.jsonl").read_text()


def test_over_a_socket_a_late_answer_is_given_up_and_asked_for_again() -> None:
    faults = Faults([{"kind": "latency", "at_poll": 2, "seconds": 60}])
    with importing(clock=PollClock(1), faults=faults).serve() as server:
        trace = record(server.url, headers=server.headers, every_s=0.01, timeout_s=0.3)
    assert trace[1].http_status == 0
    assert trace[1].body.startswith("ReadTimeout")
    assert trace[-1].state == "done"


PROGRAM = """
import json, sys
from simimport import record
url, path, headers = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
def tell(answer, wait_s):
    print(answer.at_s, flush=True)
record(url, headers=headers, every_s=0.02, path=path, tell=tell)
"""


def test_a_recorder_that_is_killed_loses_no_answer(tmp_path: Path) -> None:
    path = tmp_path / "night.jsonl"
    with importing(users=100_000, clock=WallClock()).serve() as server:
        words = [sys.executable, "-c", PROGRAM, server.url, str(path), json.dumps(server.headers)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            told = [float(process.stdout.readline()) for _ in range(10)]
            process.send_signal(signal.SIGKILL)
            told += map(float, process.stdout.read().split())
        assert process.returncode == -signal.SIGKILL
    kept = [answer.at_s for answer in read_trace(path)]
    # one more may be in the file that had not been told yet
    assert kept[: len(told)] == told
    assert len(kept) - len(told) in (0, 1)
