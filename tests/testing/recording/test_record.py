"""Recording whole operations: in virtual time, over sockets, and through a SIGKILL."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from simimport import (
    Faults,
    ImportService,
    MissingExtraError,
    ParameterError,
    PollClock,
    Scenario,
    WallClock,
    read_trace,
    record,
)  # fmt: skip
from simimport.model.dialects import DIALECTS
from simimport.testing.recording.record import Recorder
from simimport.testing.traces import Trace
from tests.testing.recording.servers import DONE, HEADERS, NONE, URL, Script, importing, recorder_of


def states(trace: Trace) -> list[str]:
    """Return what it tells, without repetitions."""
    states_seen = [answer.state or str(answer.http_status) for answer in trace]
    return [state for place, state in enumerate(states_seen) if place == 0 or states_seen[place - 1] != state]


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
    followed = states(recorder.run())
    if dialect == "docs":
        assert followed == ["importing", "canceled"]
    else:
        # noticed after a full batch, it walks on
        assert followed == ["importing", "error", "done"]
    assert recorder.ended == followed[-1]


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


@pytest.mark.parametrize(
    ("name", "value"),
    [("every_s", 0), ("every_s", -1), ("every_s", "5"), ("every_s", True), ("every_s", float("nan")),
     ("every_s", 1e6), ("until_s", -1), ("until_s", float("inf")), ("max_polls", 0), ("max_polls", 1.5),
     ("max_polls", True), ("settle_s", -1), ("patience_s", None), ("timeout_s", 0)],
)  # fmt: skip
def test_numbers_out_of_range_are_refused(name: str, value: Any) -> None:
    with pytest.raises(ParameterError, match=f"^{name} is"):
        Script(DONE).recorder(**{name: value})


@pytest.mark.parametrize("every_s", [5, np.int64(5), np.float32(5)])
@pytest.mark.parametrize("max_polls", [2, np.int64(2)])
def test_numbers_of_any_type_are_taken(every_s: Any, max_polls: Any) -> None:
    script = Script({"state": "new"})
    recorder = script.recorder(every_s=every_s, max_polls=max_polls, until_s=every_s * 9, timeout_s=every_s)
    assert [answer.at_s for answer in recorder.run()] == [0.0, 5.0]
    assert recorder.ended == "max_polls"


def test_without_httpx_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(MissingExtraError, match=r'pip install "simimport\[http\]"'):
        record(URL, headers=HEADERS)


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
    assert trace[1].body == "the answer took longer than 0.3 s"
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
            reported = [float(process.stdout.readline()) for _ in range(10)]
            process.send_signal(signal.SIGKILL)
            reported += map(float, process.stdout.read().split())
        assert process.returncode == -signal.SIGKILL
    kept = [answer.at_s for answer in read_trace(path)]
    # one more may be in the file that had not been reported yet
    assert kept[: len(reported)] == reported
    assert len(kept) - len(reported) in (0, 1)
