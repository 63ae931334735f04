"""Clients without a socket get what clients of a server get: every answer, every refusal, every fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from typing import Any, NamedTuple

import anyio.from_thread
import httpx
import pytest
import requests

from simimport import Fault, Faults, ImportService
from simimport.service.faults import KINDS
from simimport.service.http.in_process.exchange import URL
from tests.service.contract.surface import WHO, everything, places, service_of
from tests.service.http.clients import DIALECTS, PREFIX, headers_of, people


class Got(NamedTuple):
    """What came: the status, the headers in order but for the date, and the body."""

    status_code: int
    headers: list[tuple[str, str]]
    content: bytes

    def json(self) -> Any:
        return httpx.Response(200, content=self.content).json()


#: Asks as `httpx.Client.request` does.
Ask = Callable[..., Got]
Door = Callable[[ImportService], AbstractContextManager[Ask]]


def got(status: int, headers: Any, content: bytes) -> Got:
    listed = [(name, value) for name, value in headers if name != "date"]
    assert len(listed) == len(list(headers)) - 1, "one date"
    return Got(status, listed, content)


def of_httpx(answer: httpx.Response) -> Got:
    return got(answer.status_code, answer.headers.multi_items(), answer.content)


def of_requests(answer: requests.Response) -> Got:
    return got(answer.status_code, list(answer.raw.headers.items()), answer.content)


@contextmanager
def socket(service: ImportService) -> Iterator[Ask]:
    with service.serve(accounts=WHO) as serving, httpx.Client(base_url=serving.url) as client:
        yield lambda method, path, **given: of_httpx(client.request(method, path, **given))


@contextmanager
def requests_over_a_socket(service: ImportService) -> Iterator[Ask]:
    with service.serve(accounts=WHO) as serving, requests.Session() as session:
        yield lambda method, path, **given: of_requests(session.request(method, serving.url + path, **given))


@contextmanager
def client(service: ImportService) -> Iterator[Ask]:
    with service.client(accounts=WHO) as client:
        client.headers = httpx.Headers()
        yield lambda method, path, **given: of_httpx(client.request(method, path, **given))


@contextmanager
def async_client(service: ImportService) -> Iterator[Ask]:
    client = service.async_client(accounts=WHO)
    client.headers = httpx.Headers()

    async def ask(method: str, path: str, given: dict[str, Any]) -> Got:
        return of_httpx(await client.request(method, path, **given))

    with anyio.from_thread.start_blocking_portal() as portal:
        yield lambda method, path, **given: portal.call(ask, method, path, given)


@contextmanager
def session(service: ImportService) -> Iterator[Ask]:
    with service.session(accounts=WHO) as session:
        session.headers.clear()
        yield lambda method, path, **given: of_requests(session.request(method, URL + path, **given))


DOORS: dict[str, Door] = {"client": client, "async_client": async_client, "session": session}


def answers(door: Door, dialect: str) -> list[tuple[str, Got]]:
    """Make every call there is, and return what came."""
    service = service_of(dialect)
    with door(service) as ask:

        def call(name: str, who: str | None = "boss", **given: Any) -> tuple[str, Any]:
            method, path = places(dialect)[name]
            headers = {} if who is None else headers_of(who)
            return name, ask(given.pop("method", method.upper()), path, headers=headers, **given)

        found: Any = everything(call, service, dialect)
        return list(found)


@cache
def over_a_socket(dialect: str) -> list[tuple[str, Got]]:
    return answers(socket, dialect)


@pytest.mark.parametrize(
    ("door", "dialect"), [("client", "docs"), ("async_client", "server-6.3"), ("session", "server-8.3")]
)
def test_every_answer_is_that_of_a_server(door: str, dialect: str) -> None:
    assert answers(DOORS[door], dialect) == over_a_socket(dialect)


@pytest.mark.long
@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("door", DOORS)
def test_so_it_is_at_every_door_and_in_every_dialect(door: str, dialect: str) -> None:
    assert answers(DOORS[door], dialect) == over_a_socket(dialect)


#: What is asked beside the endpoints, and in other forms.
ODD: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/", {}), ("GET", "/api/v1/import.nothing", {}), ("HEAD", PREFIX + "import.status", {}),
    ("OPTIONS", PREFIX + "import.status", {}), ("DELETE", PREFIX + "import.status", {}),
    ("GET", PREFIX + "import%2Estatus?any=%C3%BC&any", {}), ("GET", PREFIX + "import.stätus", {}),
    ("GET", "/_simimport/health", {}), ("GET", "/_simimport/journal?last=3", {}),
    ("GET", "/_simimport/nothing", {}), ("POST", "/_simimport/clock", {"json": {"advance_s": 5}}),
    ("POST", "/_simimport/clock", {"data": b"{"}), ("POST", PREFIX + "login", {"json": {"user": "boss"}}),
    ("POST", PREFIX + "import.new", {"data": b""}), ("POST", PREFIX + "import.addUsers", {"data": b"no"}),
    ("POST", PREFIX + "import.addUsers", {"json": people(3000)}),
    ("POST", PREFIX + "uploadImportFile", {"files": {"file": ("users.csv", b"a,b,c", "text/csv")}}),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
@pytest.mark.parametrize("door", DOORS)
def test_so_is_what_is_asked_beside_the_endpoints(door: str) -> None:
    def asked(door: Door) -> list[Got]:
        with door(ImportService(seed=1)) as ask:
            return [ask(method, path, headers=headers_of("boss"), **given) for method, path, given in ODD]

    assert asked(DOORS[door]) == asked(requests_over_a_socket if door == "session" else socket)


@pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
@pytest.mark.parametrize("door", DOORS)
def test_a_body_may_come_in_pieces(door: str) -> None:
    async def slowly() -> Any:
        for piece in (b'{"user', b's": [{"emails": ["a@example.com"], "importIds": ["1"]}]}'):
            yield piece

    def pieces() -> Iterator[bytes]:
        yield from (b'{"user', b's": [{"emails": ["a@example.com"], "importIds": ["1"]}]}')

    service = ImportService(seed=1)
    service.new()
    headers = {**headers_of("boss"), "Content-Type": "application/json"}
    key = "data" if door == "session" else "content"
    body = slowly() if door == "async_client" else pieces()
    with DOORS[door](service) as ask:
        assert ask("POST", PREFIX + "import.addUsers", headers=headers, **{key: body}).status_code == 200
    assert list(service.staging["email"]) == ["a@example.com"]


def outcome(ask: Ask, name: str) -> Any:
    """Return what a call gives, or how it fails: the kind of the error, and what it says."""
    method, path = places("docs")[name]
    # what is still being sent when the connection is reset fails in one of several ways
    body = {"json": {"user": "boss", "password": "no"}} if method == "post" else {}
    try:
        answer = ask(method.upper(), path, headers=headers_of("boss"), **body)
    except (httpx.HTTPError, requests.RequestException) as error:
        return type(error), str(error)
    return answer


@pytest.mark.parametrize("door", DOORS)
def test_so_is_what_faults_make_of_it(door: str) -> None:
    kinds = [kind for kind in KINDS if kind != "latency"]
    faults = Faults([Fault(kind, at_poll=2 * poll) for poll, kind in enumerate(kinds, 1)])

    def polled(door: Door) -> list[Any]:
        service = ImportService(seed=1, faults=faults)
        service.new()
        with door(service) as ask:
            return [outcome(ask, "import.status") for _ in range(2 * len(kinds) + 1)]

    mine = polled(DOORS[door])
    assert mine == polled(requests_over_a_socket if door == "session" else socket)
    reset = mine[2 * kinds.index("reset") + 1]
    assert reset[0] is (requests.ConnectionError if door == "session" else httpx.ReadError)


@pytest.mark.parametrize("door", DOORS)
def test_so_is_what_faults_make_of_other_calls(door: str) -> None:
    kinds = ("429", "500", "503", "reset", "truncated", "garbage", "html", "wrong_type")
    names = ("import.run", "login", "me", "info", "import.addUsers")
    faults = [
        Fault(kind, at_poll=turn, endpoint=name, retry_after="date" if kind in ("429", "503") else None)
        for name in names
        for turn, kind in enumerate(kinds, 1)
    ]

    def called(door: Door) -> list[Any]:
        service = ImportService(seed=1, faults=Faults(faults))
        with door(service) as ask:
            return [outcome(ask, name) for name in names for _ in range(len(kinds) + 1)]

    assert called(DOORS[door]) == called(requests_over_a_socket if door == "session" else socket)
