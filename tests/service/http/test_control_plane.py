"""The control plane: what it changes, who may, and that whatever is wrong is said and changes nothing."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from simimport import PRESETS, Fault, Faults, ImportService, PollClock, Scenario, WallClock, create_app
from simimport import __version__ as version
from simimport.service.http.control.document import index
from tests.service.http.clients import ACCOUNTS, DIALECTS, Chat, app_of, people

PLANE = "/_simimport/"


def put(chat: Chat, path: str, body: Any = None, *, method: str = "POST") -> tuple[int, Any]:
    """Send a body; return the status and what is said."""
    content = None if body is None else json.dumps(body)
    response = chat.ask(method, PLANE + path, content=content)
    assert response.headers["content-type"] == "application/json"
    return response.status_code, response.json()


def got(chat: Chat, path: str) -> Any:
    status, body = put(chat, path, method="GET")
    assert status == 200
    return body


def test_health_says_what_is_served() -> None:
    app = app_of("server-7.4")
    Chat(app).call("import.new")
    assert got(Chat(app), "health") == {
        "status": "ok", "version": version, "dialect": "server-7.4", "seed": 1, "clock": "ManualClock",
        "now_s": 0.0, "state": "new", "calls": 1,
    }  # fmt: skip


def test_the_clock_moves_in_three_ways() -> None:
    app = app_of()
    chat = Chat(app)
    chat.call("import.new")
    assert put(chat, "clock", {"advance_s": 1.5}) == (200, {"now_s": 1.5, "state": "new"})
    assert put(chat, "clock", {"jump_s": 4}) == (200, {"now_s": 4.0, "state": "new"})
    chat.call("import.addUsers", json=people(120))
    chat.call("import.run")
    status, body = put(chat, "clock", {"run_until": "done"})
    assert (status, body["state"]) == (200, "done")
    assert body["now_s"] == app.service.clock.now() > 4


@pytest.mark.parametrize("clock", [WallClock, PollClock])
def test_other_clocks_move_too(clock: type[WallClock | PollClock]) -> None:
    chat = Chat(create_app(ImportService(clock=clock(1)), accounts=ACCOUNTS))
    status, body = put(chat, "clock", {"advance_s": 10_000})
    assert status == 200
    assert 10_000 <= body["now_s"] < 10_100


def test_a_reset_begins_anew() -> None:
    app = app_of()
    chat = Chat(app)
    made = app.service.scenario
    first = chat.call("import.new").content
    assert put(chat, "clock", {"advance_s": 9})[0] == 200
    faults = [{"kind": "500", "every": 2}]
    for body in (None, {}, {"preset": "flaky"}, {"scenario": {"users": 3}}, {"faults": faults}):
        status, health = put(chat, "reset", body)
        assert (status, health["state"], health["now_s"], health["calls"]) == (200, "none", 0.0, 0)
        if "scenario" in (body or {}):
            assert app.service.scenario == Scenario(users=3)
    # what another reset named is gone
    assert app.service.scenario == made
    assert app.service.faults == Faults([Fault("500", every=2)])
    assert put(chat, "reset", {"preset": "flaky", "faults": []})[0] == 200
    assert app.service.scenario == PRESETS["flaky"]
    assert len(app.service.faults) == 0
    assert got(chat, "scenario") == PRESETS["flaky"].to_dict()
    assert chat.call("import.new").content == first


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_faults_are_put_and_got(method: str) -> None:
    app = app_of()
    chat = Chat(app)
    schedule = [{"kind": "503", "at_poll": 2, "seconds": 7}, {"kind": "reset", "at_s": 1.5}]
    assert put(chat, "faults", schedule, method=method) == (200, schedule)
    assert got(chat, "faults") == schedule
    assert [chat.call("import.status").status_code for _ in range(3)] == [200, 503, 200]
    assert put(chat, "faults", [], method=method) == (200, [])


def test_the_journal_is_told() -> None:
    app = app_of()
    chat = Chat(app)
    assert got(chat, "journal") == {
        "calls": 0, "polls": 0, "polls_after_end": 0, "shortest_poll_s": None, "last": []
    }  # fmt: skip
    for _ in range(3):
        chat.call("import.status")
        put(chat, "clock", {"advance_s": 5})
    Chat(app, None).call("import.run")
    journal = got(chat, "journal?last=2")
    assert (journal["calls"], journal["polls"], journal["shortest_poll_s"]) == (4, 3, 5.0)
    names = ("call", "at_s", "account", "endpoint", "http_status", "state", "fault", "payload")
    assert journal["last"] == [
        dict(zip(names, (3, 10.0, "boss", "import.status", 200, "none", None, None), strict=True)),
        dict(zip(names, (4, 15.0, None, "import.run", 401, "none", None, None), strict=True)),
    ]
    assert len(got(chat, "journal")["last"]) == 4
    assert got(chat, "journal?last=0")["last"] == []


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("clock", {}, "advance_s, jump_s, run_until"),
        ("clock", {"advance_s": 1, "jump_s": 2}, "one of advance_s"),
        ("clock", {"advance": 1}, "Did you mean 'advance_s'?"),
        ("clock", {"advance_s": -1}, "advance_s is -1; allowed: a number of seconds from 0"),
        ("clock", {"advance_s": "1"}, 'advance_s is "1"'),
        ("clock", {"advance_s": None}, "advance_s is null"),
        ("clock", {"jump_s": -1}, "jump_s is -1"),
        ("clock", {"run_until": "done"}, "cannot come by waiting"),
        ("clock", {"run_until": "finished"}, "none, new, loading"),
        ("clock", {"run_until": []}, "run_until is []; allowed: none, new"),
        ("clock", [], "an object"),
        ("clock", 1, "an object"),
        ("reset", {"preset": "calmm"}, "Did you mean 'calm'?"),
        ("reset", {"preset": {}}, "preset is "),
        ("reset", {"scenario": {"user": 3}}, "Did you mean 'users'?"),
        ("reset", {"scenario": {"users": -3}}, "users is -3"),
        ("reset", {"scenario": []}, "an object"),
        ("reset", {"scenario": {}, "preset": "calm"}, "one of them"),
        ("reset", {"faults": {}}, "a list"),
        ("reset", {"preset": "calm", "faults": [{"kind": "on fire", "every": 1}]}, 'kind is "on fire"'),
        ("reset", {"preset": None}, "preset is null; allowed: page_example, "),
        ("reset", {"dialect": True}, "dialect is true; allowed: docs, "),
        ("reset", {"dialect": "server-9"}, 'dialect is "server-9"'),
        ("reset", {"seed": None}, "seed is null"),
        ("reset", {"seed": -1}, "seed is -1; allowed: a whole number from 0 to"),
        ("reset", {"seed": True}, "seed is true"),
        ("reset", {"autostart": None}, "autostart is null; allowed: true or false"),
        ("reset", {"autostart": 1}, "autostart is 1"),
        ("reset", {"preset": "empty", "autostart": True}, "no calls can run an import of nobody: give it"),
        ("reset", {"scenario": {"cancel_at": {"x": True}}}, 'is {"x": true}; allowed: null, or a number'),
        ("start", {"users": 5}, 'the body is {"users": 5}; allowed: an empty object, or no body'),
        ("reset", {"x\ud800": 1}, "scenario, preset, seed, dialect, faults, autostart"),
        ("faults", {}, "a list"),
        ("faults", [{"kind": "500"}], "one of at_poll, every and at_s"),
        ("faults", [[]], "an entry of the schedule is []; allowed: an object with a kind and one of"),
        ("faults", None, "JSON"),
    ],
)
def test_what_is_wrong_is_said_and_changes_nothing(path: str, body: Any, message: str) -> None:
    app = app_of()
    chat = Chat(app)
    chat.call("import.new")
    before = (repr(app.service), app.service.scenario, app.service.faults)
    status, answer = put(chat, path, body)
    assert status == 400
    assert list(answer) == ["error"]
    assert message in answer["error"]
    assert (repr(app.service), app.service.scenario, app.service.faults) == before


@pytest.mark.parametrize("content", [b"{", b"\xff", b"[" * 100_000, b'{"advance_s": NaN}', b"{}" * 2])
def test_a_body_that_is_no_json_is_refused(content: bytes) -> None:
    response = Chat(app_of()).ask("POST", PLANE + "clock", content=content)
    assert (response.status_code, "JSON" in response.json()["error"]) == (400, True)


@pytest.mark.parametrize(
    "last",
    ["-1", "x", "1.5", "1" * 30, "0" * 9 + "9" * 20, "100001", "1" * 5000, "٣", "٣x", "²", "1_0", "+5", " 5",
     "", "\x00", "\ud83d"],
)  # fmt: skip
def test_a_number_of_calls_that_is_none_is_refused(last: str) -> None:
    asked = quote(last.encode("utf-8", "surrogatepass"))
    response = Chat(app_of()).ask("GET", f"{PLANE}journal?last={asked}")
    assert (response.status_code, "last is " in response.json()["error"]) == (400, True)


def test_zeros_before_a_number_are_none() -> None:
    chat = Chat(app_of())
    for _ in range(3):
        chat.call("import.status")
    assert len(got(chat, "journal?last=" + "0" * 5000 + "2")["last"]) == 2
    assert got(chat, "journal?last=" + "0" * 5000)["last"] == []


@pytest.mark.parametrize(
    ("query", "message"),
    [("lst=5", "Did you mean 'last'?"), ("last=1&last=2", "one number"), ("last=1&x", 'the key is "x"')],
)
def test_a_query_that_is_none_is_refused(query: str, message: str) -> None:
    status, answer = put(Chat(app_of()), f"journal?{query}", method="GET")
    assert (status, list(answer)) == (400, ["error"])
    assert message in answer["error"]


def test_a_body_is_bounded_here_too() -> None:
    response = Chat(app_of(max_body=100)).ask("POST", PLANE + "reset", content=b" " * 101)
    assert (response.status_code, response.json()) == (413, {"error": "the body is too large"})


def test_unknown_paths_and_other_methods_are_told_in_words() -> None:
    chat = Chat(app_of())
    assert put(chat, "rest", {}) == (
        404, {"error": "there is no /_simimport/rest; GET /_simimport/ tells what there is."}
    )  # fmt: skip
    assert put(chat, "reset", method="GET") == (
        405, {"error": "/_simimport/reset is not asked with GET; allowed: POST."}
    )  # fmt: skip


@pytest.mark.parametrize("path", ["health/", "/health", "journal/?last=1", "clock/", "%2e%2e/health"])
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "DELETE"])
def test_nothing_leads_elsewhere(path: str, method: str) -> None:
    response = Chat(app_of()).ask(method, PLANE + path, headers={"Host": "evil.example"})
    assert response.status_code == 404
    assert "location" not in response.headers
    assert response.headers["content-type"] == "application/json"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_it_needs_the_same_headers_and_names_them(dialect: str) -> None:
    app = app_of(dialect)
    for path in ("journal", "rest", "openapi.json"):
        response = Chat(app, None).ask("GET", PLANE + path)
        assert response.status_code == 401
        answer = response.json()
        assert answer["error"] == answer["message"]
        assert all(name in answer["error"] for name in ("X-User-Id", "X-Auth-Token"))
    # the vendor's endpoints keep the vendor's words
    assert "You must be logged in to do this." in Chat(app, None).call("import.status").text


@pytest.mark.parametrize("path", [PLANE, PLANE.rstrip("/")])
@pytest.mark.parametrize("name", [None, "guest", "boss"])
def test_anybody_may_ask_what_is_here_with_a_slash_at_the_end_or_without(
    name: str | None, path: str
) -> None:
    app = app_of()
    response = Chat(app, name).ask("GET", path)
    assert (response.status_code, response.json()) == (200, index())
    assert Chat(app, name).ask("HEAD", path).content == b""
    assert Chat(app, name).ask("POST", path).status_code == {None: 401, "guest": 403, "boss": 405}[name]
    assert app.service.log.calls == 0
    off = app_of(control=False)
    assert Chat(off, name).ask("GET", path).content == Chat(off, name).ask("GET", "/nothing").content


def test_the_faults_that_have_not_struck_are_told() -> None:
    app = app_of()
    chat, faults = Chat(app), [{"kind": "503", "at_poll": 1}, {"kind": "reset", "at_poll": 9}]
    assert put(chat, "faults", faults, method="PUT")[0] == 200
    assert got(chat, "faults?unstruck=true") == got(chat, "faults") == got(chat, "faults?unstruck=false")
    assert chat.call("import.status").status_code == 503
    assert [fault["at_poll"] for fault in got(chat, "faults?unstruck=true")] == [9]
    assert len(got(chat, "faults")) == 2
    for query, message in {
        "unstruck=yes": 'unstruck is "yes"; allowed: true or false.', "unstruck": 'unstruck is "";',
        "unstruck=true&unstruck=true": 'unstruck is ["true", "true"];', "last=5": "the key is",
    }.items():  # fmt: skip
        response = chat.ask("GET", f"{PLANE}faults?{query}")
        assert (response.status_code, message in response.json()["error"]) == (400, True), response.text


@pytest.mark.parametrize("path", ["clock", "reset", "start", "faults", "journal", "scenario", "rest"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_it_needs_a_permission_of_its_own(path: str, method: str) -> None:
    app = app_of()
    before = (repr(app.service), app.service.scenario, app.service.faults)
    told: list[int] = []
    app.tell = lambda method, path, status: told.append(status)
    for name in ("limited", "guest", "fast-guest"):
        status, answer = put(Chat(app, name), path, {"advance_s": 5}, method=method)
        assert (status, list(answer)) == (403, ["error"])
        assert "simimport-control" in answer["error"]
    assert told == [403] * 3
    assert (repr(app.service), app.service.scenario, app.service.faults) == before


def test_who_has_the_permission_is_let_in() -> None:
    accounts: dict[str, Any] = {
        "boss": {"token": "boss-token", "permissions": []},
        "limited": {"token": "limited-token", "permissions": ["simimport-control"]},
    }
    app = app_of(accounts=accounts)
    assert got(Chat(app, "limited"), "health")["status"] == "ok"
    # the first account may whatever its permissions are, but is let in nowhere else by that
    assert got(Chat(app), "health")["status"] == "ok"
    assert [Chat(app, name).call("import.status").status_code for name in ("boss", "limited")] == [403, 403]
    alone = create_app(ImportService(seed=1))
    assert Chat(alone, None).ask("GET", PLANE + "health", headers=alone.headers).status_code == 200


@pytest.mark.parametrize("dialect", DIALECTS)
def test_it_is_off_when_asked_to_be(dialect: str) -> None:
    chat = Chat(app_of(dialect, control=False))
    assert chat.ask("GET", PLANE + "health").content == chat.ask("GET", "/nothing").content


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_anybody_may_ask_how_it_is(dialect: str, method: str) -> None:
    app = app_of(dialect)
    for chat in (Chat(app, None), Chat(app, "guest")):
        assert chat.ask(method, PLANE + "health").status_code == 200
        assert chat.ask("POST", PLANE + "health").status_code in (401, 403)
    assert app.service.log.calls == 0
    plain = create_app(app.service, accounts=ACCOUNTS, control=False)
    assert Chat(plain, None).ask(method, PLANE + "health").content == Chat(plain, None).ask(
        method, "/none"
    ).content


def test_an_import_is_started() -> None:
    app = app_of()
    chat = Chat(app)
    for body in (None, {}):
        status, health = put(chat, "start", body)
        assert (status, health["state"]) == (200, "importing")
    assert got(chat, "journal")["last"][-1]["endpoint"] == "import.run"
    assert put(chat, "reset", {"preset": "empty"})[0] == 200
    before = repr(app.service)
    status, answer = put(chat, "start", None)
    assert (status, "no calls can run an import of nobody" in answer["error"]) == (400, True)
    assert repr(app.service) == before


def test_a_life_that_is_named_by_a_reset() -> None:
    app = app_of()
    chat = Chat(app)
    made = got(chat, "health")
    faults = [{"kind": "503", "at_poll": 1, "endpoint": "login", "retry_after": "date"}]
    named = {"preset": "calm", "seed": 5, "dialect": "server-8.3", "autostart": True, "faults": faults}
    status, health = put(chat, "reset", named)
    assert (status, health["seed"], health["dialect"], health["state"]) == (200, 5, "server-8.3", "importing")
    assert got(chat, "faults") == faults
    # what stands before the endpoints speaks its words, too
    assert "cache-control" in chat.call("import.new").headers
    assert Chat(app, None).call("import.status").json()["success"] is False
    assert put(chat, "reset", None)[1] == made
    assert Chat(app, None).call("import.status").json() == {
        "status": "error", "message": "You must be logged in to do this.",
    }  # fmt: skip


@pytest.mark.parametrize("isolate", [False, True])
def test_a_reset_lets_who_logged_out_in_again(isolate: bool) -> None:
    named = {**ACCOUNTS["limited"], "username": "l", "password": "pw"}
    accounts: dict[str, Any] = {**ACCOUNTS, "limited": named}
    app = create_app(ImportService(seed=1), accounts=accounts, isolate=isolate)
    boss, limited = Chat(app), Chat(app, "limited")
    assert limited.ask("POST", "/api/v1/logout").status_code == 200
    assert limited.call("import.status").status_code == 401
    assert put(boss, "reset", None)[0] == 200
    # an account with an import of its own is not touched by the reset of another
    assert limited.call("import.status").status_code == (401 if isolate else 200)
    entered = limited.ask("POST", "/api/v1/login", json={"user": "l", "password": "pw"}).json()["data"]
    assert boss.ask("POST", "/api/v1/logout").status_code == 200
    headers = {"X-User-Id": "limited", "X-Auth-Token": entered["authToken"]}
    status = Chat(app, None).ask("POST", PLANE + "reset", headers=headers).status_code
    assert status == (200 if isolate else 403)
    assert limited.call("import.status").status_code == 200
    assert boss.call("import.status").status_code == 401
