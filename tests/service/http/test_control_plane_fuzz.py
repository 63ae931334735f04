"""The control plane asked by somebody who knows its schema and means no good: it refuses, in words."""

from __future__ import annotations

import asyncio
import json
import math
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from simimport import PRESETS, Fault, Faults, ImportService, Scenario, create_app
from simimport.model.scenario import FIELDS
from simimport.service.faults import KINDS
from simimport.service.http.app import App
from tests.service.http.clients import ACCOUNTS, headers_of

PLANE = "/_simimport/"
ROUTES = ("health", "reset", "start", "clock", "faults", "journal", "scenario", "openapi.json", "")
SMALL = Scenario(users=60)
HEADERS = [(name.lower().encode(), value.encode()) for name, value in headers_of("boss").items()]


class Reply(NamedTuple):
    status: int
    kind: bytes
    body: bytes


class Plane:
    """A service with an import that runs, and its control plane, asked without a socket."""

    def __init__(self) -> None:
        self.service = ImportService(SMALL, seed=1)
        self.app: App = create_app(self.service, accounts=ACCOUNTS)
        self.begin()

    def begin(self) -> None:
        self.service.reset(scenario=SMALL, faults=Faults())
        self.service.new()
        self.service.add_users()
        self.service.run()

    def state(self) -> tuple[Any, ...]:
        service = self.service
        return (repr(service), service.scenario, service.faults, service.clock.now_us(), service.log.calls)

    def ask(self, method: str, path: str, query: str = "", body: bytes = b"") -> Reply:
        answer: list[Any] = []
        scope = {
            "type": "http", "method": method, "path": PLANE + path, "raw_path": (PLANE + path).encode(),
            "query_string": query.encode("ascii"), "headers": HEADERS, "http_version": "1.1", "root_path": "",
            "scheme": "http", "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1),
        }  # fmt: skip

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            answer.append(message)

        asyncio.run(self.app(scope, receive, send))
        start, *rest = answer
        kind = dict(start["headers"])[b"content-type"]
        return Reply(start["status"], kind, b"".join(part["body"] for part in rest))


@pytest.fixture(scope="module")
def plane() -> Plane:
    return Plane()


def refused(text: str) -> Any:
    raise ValueError(text)


def checked(plane: Plane, method: str, path: str, query: str = "", body: bytes = b"") -> Reply:
    """Ask, and check what holds of every answer."""
    before = plane.state()
    reply = plane.ask(method, path, query, body)
    assert reply.status in (200, 400, 404, 405, 413)
    assert reply.kind == b"application/json"
    if method != "HEAD":
        answer = json.loads(reply.body, parse_constant=refused)
        if reply.status != 200:
            assert list(answer) == ["error"]
            assert answer["error"].isprintable()
            assert len(answer["error"]) < 2000
    if reply.status != 200 or method in ("GET", "HEAD"):
        assert plane.state() == before
    else:
        assert math.isfinite(plane.service.clock.now())
        assert plane.ask("GET", "health").status == 200
        plane.begin()
    return reply


# pieces of JSON as they stand in a text: what a client's own library would never write, too
numbers = st.sampled_from([
    "0", "1", "-1", "5", "1.5", "50.0", "-0", "-0.0", "1e3", "1e-3", "1e400", "-1e400", "1e-400", "1e308",
    "5e-324", "9" * 30, "-" + "9" * 30, "9" * 308, "9" * 309, "9" * 5000, "1000000000", "1000000001", "0.1",
    "2", "NaN", "Infinity", "-Infinity", "true", "false", "null", "01", "+1", ".5", "5.", "0x10", "1_0", "٣",
    "²", "½",
]) | st.integers().map(str) | st.floats().map(json.dumps)  # fmt: skip
texts = st.sampled_from([
    '""', '"5"', '"٣"', '"²"', '"1e400"', '"now"', '"done"', '"importing"', '"\\ud800"', '"a\\udc00b"',
    '"\\u0000"', '"\\u202e\\u001b[31m"', '"<script>"', '"2016-09-13T14:57:56.037Z"', '"de_DE"', '"csv"',
    '"9999-12-31T23:59:59Z"',
    '"' + "x" * 3000 + '"', '"\\', "'x'", '"\\x41"', '"\n"',
]) | st.text(max_size=12).map(json.dumps)  # fmt: skip
nested = '{"a":' * 5000 + "1" + "}" * 5000
deep = st.sampled_from(["[" * 30 + "]" * 30, "[" * 100_000, nested, "[[]", "{}", "[]"])
odd_keys = st.sampled_from(["", "advance", "Scenario", "\\ud800", "__class__", "kind ", "last", "x" * 3000])


def objects(keys: Any, values: Any, most: int = 3) -> Any:
    """Return objects, as texts, in which a key may come again."""
    named = st.tuples(st.sampled_from(sorted(keys)) | odd_keys, values)
    pairs = named.map(lambda pair: f'"{pair[0]}":{pair[1]}')
    return st.lists(pairs, max_size=most).map(lambda found: "{" + ",".join(found) + "}")


def lists(values: Any) -> Any:
    return st.lists(values, max_size=3).map(lambda found: "[" + ",".join(found) + "]")


anything = numbers | texts | deep
names = st.sampled_from([json.dumps(name) for name in (*PRESETS, "calmm")])
kinds = st.sampled_from([json.dumps(kind) for kind in KINDS])
# one that is nearly right, and one of anything
faults = st.builds(
    lambda kind, key, value, more: f'{{"kind":{kind},"{key}":{value}{more}}}',
    kinds | anything, st.sampled_from(["at_poll", "every", "at_s"]), anything,
    st.just("") | st.builds(lambda key, value: f',"{key}":{value}', st.sampled_from(
        ["seconds", "endpoint", "retry_after"]
    ), anything | st.sampled_from(['"login"', '"date"', '"import.new"'])),
) | objects(Fault.__dataclass_fields__, kinds | anything, 4)  # fmt: skip
schedules = lists(faults) | anything
scenarios = objects(FIELDS, anything) | anything
clocks = objects({"advance_s", "jump_s", "run_until"}, anything, 2)
resets = st.builds(
    lambda parts: "{" + ",".join(parts) + "}",
    st.lists(
        scenarios.map(lambda value: f'"scenario":{value}')
        | (names | anything).map(lambda value: f'"preset":{value}')
        | schedules.map(lambda value: f'"faults":{value}')
        | (anything | st.just("7")).map(lambda value: f'"seed":{value}')
        | (anything | st.just('"server-8.3"')).map(lambda value: f'"dialect":{value}')
        | anything.map(lambda value: f'"autostart":{value}'),
        max_size=3,
    ),
)
bodies = (clocks | resets | schedules | anything).map(lambda text: text.encode("utf-8", "surrogatepass"))
counts = st.sampled_from(["", "5", "0", "-1", "٣", "²", "1e2", "NaN", "0" * 40 + "7", "0" * 9 + "9" * 20])
asked = st.tuples(
    st.sampled_from(["last", "Last", "lst", "", "last\u0663", "\x00"]),
    counts | st.integers().map(str) | st.text(max_size=5),
)
queries = st.lists(asked, max_size=3).map(
    lambda found: "&".join(f"{quote(key)}={quote(value, errors='surrogatepass')}" for key, value in found)
)
fuzzed = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


@fuzzed
@given(clocks)
@example('{"advance_s":1,"advance_s":-1}')
@example('{"jump_s":1e400}')
def test_any_move_of_the_clock(plane: Plane, body: str) -> None:
    checked(plane, "POST", "clock", body=body.encode("utf-8", "surrogatepass"))


@fuzzed
@given(resets)
@example('{"scenario":{"users":' + "9" * 308 + "}}")
def test_any_reset(plane: Plane, body: str) -> None:
    checked(plane, "POST", "reset", body=body.encode("utf-8", "surrogatepass"))


@fuzzed
@given(schedules, st.sampled_from(["PUT", "POST"]))
@example('[{"kind":"500","at_poll":' + "9" * 308 + "}]", "PUT")
def test_any_faults(plane: Plane, body: str, method: str) -> None:
    checked(plane, method, "faults", body=body.encode("utf-8", "surrogatepass"))


@fuzzed
@given(queries)
@example("last=00000000099999999999999999999")
@example("last=" + "0" * 5000)
def test_any_number_of_calls(plane: Plane, query: str) -> None:
    checked(plane, "GET", "journal", query)


@fuzzed
@given(
    st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"]),
    st.sampled_from([*ROUTES, "", "/", "health/", "clock//", "٣", "journal\x00", "../health"]),
    queries,
    bodies,
)
def test_any_method_at_any_route(plane: Plane, method: str, path: str, query: str, body: bytes) -> None:
    checked(plane, method, path, query, body)
