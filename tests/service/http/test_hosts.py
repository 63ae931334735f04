"""Which hosts a server at a loopback address is: names that lead to this machine, and no others."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simimport import ImportService, ParameterError
from simimport.service.http.server import Serving, serve
from tests.service.http.clients import (
    ACCOUNTS,
    DIALECTS,
    PREFIX,
    Chat,
    app_of,
    exchange,
    headers_of,
    replies,
    request,
)

STATUS = PREFIX + "import.status"
BOSS = headers_of("boss")
OWN = [
    "localhost", "localhost:80", "LOCALHOST:8080", "localhost.", "localhost.:8080", "localhost:",
    "a.localhost", "Some-Thing.localhost:1", "127.0.0.1", "127.0.0.1:65535", "127.0.0.1.", "127.255.3.4:9",
    "[::1]", "[::1]:80", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]:8080", "my-laptop.local",
    "MY-LAPTOP.local:8080", "10.1.2.3:80", "[fe80::1]",
]  # fmt: skip
FOREIGN = [
    "evil.example", "evil.example:80", "localhost.evil.com", "localhost.evil.com:8080", "127.0.0.1.nip.io",
    "127.0.0.1.evil.com", "evil-localhost", "evillocalhost", ".localhost", "a..localhost", "localhost..",
    "[::1", "::1", "[::1]x", "[::1]:x", "[::1]:80:80", "[127.0.0.1]", "[localhost]", "user@localhost",
    "localhost@evil.com", "localhost:80@evil.com", "localhost/evil", "localhost#", "localhost?",
    "http://localhost", "localhost,evil.com", "localhost evil.com", "localhost:port", "localhost:-1",
    "localhost:999999", "", ":80", ".", "[]", "127.1", "2130706433", "0x7f.0.0.1", "0177.0.0.1",
    "127.0.0.1%00", "[::1%25lo]", "[::]", "[::2]", "[::ffff:10.0.0.1]", "192.168.0.1", "10.1.2.4",
    "my-laptop.local.evil.com", "notmy-laptop.local", "l\xf6calhost", "localhost\x00",
    "0.0.0" + ".0", "x" * 300, "x" * 300 + ".localhost",
]  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[Serving]:
    service = ImportService(seed=1)
    names = ["my-laptop.local", "10.1.2.3", "[fe80::1]"]
    with service.serve(accounts=ACCOUNTS, allow_hosts=names) as serving:
        yield serving


def raw_request(*hosts: bytes, version: bytes = b"1.1") -> bytes:
    lines = [b"GET %b HTTP/%b" % (STATUS.encode(), version), b"Connection: close"]
    lines += [b"Host: " + host for host in hosts]
    lines += [f"{name}: {value}".encode() for name, value in BOSS.items()]
    return b"\r\n".join([*lines, b"", b""])


def status_of(server: Serving, *hosts: bytes, version: bytes = b"1.1") -> int:
    found = replies(exchange(server.port, raw_request(*hosts, version=version), end=False))
    return found[0].status


@pytest.mark.parametrize("host", OWN)
def test_names_of_this_machine_are_let_in(server: Serving, host: str) -> None:
    assert status_of(server, host.encode()) == 200


@pytest.mark.parametrize("host", FOREIGN)
def test_names_of_others_are_refused(server: Serving, host: str) -> None:
    # what is no header at all has been refused before
    assert status_of(server, host.encode("latin-1")) in ((403,) if host.isprintable() else (400,))


def test_the_refusal_says_what_to_do(server: Serving) -> None:
    told: list[tuple[str, str, int]] = []
    server.app.tell = lambda *line: told.append(line)
    calls = server.app.service.log.calls
    for path in (STATUS, "/_simimport/health", PREFIX + "login", "/nothing", "/_simimport/health/"):
        response = httpx.get(server.url + path, headers={**BOSS, "Host": "evil.example"})
        assert response.status_code == 403
        assert "location" not in response.headers
        error = response.json()["error"]
        assert "--allow-host NAME" in error
        assert "allow_hosts=" in error
        assert "evil" not in response.text
    server.app.tell = None
    assert told[0] == ("GET", STATUS, 403)
    assert len(told) == 5
    # it has not reached the service
    assert server.app.service.log.calls == calls


def test_there_is_one_host(server: Serving) -> None:
    assert status_of(server, b"localhost", b"localhost") == 403
    assert status_of(server, b"localhost", b"evil.example") == 403
    assert status_of(server) == 403
    # HTTP/1.0 has none
    assert status_of(server, version=b"1.0") == 200
    assert status_of(server, b"evil.example", version=b"1.0") == 403


def test_each_request_of_a_connection_is_looked_at(server: Serving) -> None:
    hosts = ["localhost", "evil.example", "127.0.0.1", "evil.example", "localhost"] * 3
    data = b"".join(request("GET", STATUS, {**BOSS, "Host": host}) for host in hosts)
    found = [reply.status for reply in replies(exchange(server.port, data))]
    assert found == [200, 403, 200, 403, 200] * 3 + [404]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=20),
    st.sampled_from(["localhost", "127.0.0.1", "[::1]", "my-laptop.local"]),
    st.booleans(),
)
def test_what_is_added_to_a_name_makes_another(server: Serving, more: str, name: str, before: bool) -> None:
    host = more + name if before else name + more
    own = not more or more in (":", ".") or (more[0] == ":" and more[1:].isdecimal() and len(more) < 7)
    if (before and more) or not own:
        below = before and more.endswith(".") and name == "localhost"
        numbers = name == "127.0.0.1" and more.replace(".", "").isdecimal()
        assert status_of(server, host.encode("latin-1")) in ((200, 403) if below or numbers else (400, 403))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_it_may_be_asked_as_it_listens(host: str) -> None:
    with serve(ImportService(), host=host, accounts=ACCOUNTS) as server:
        assert status_of(server, f"{host}:{server.port}".encode()) == 200
        assert status_of(server, b"my-laptop.local") == 403
        assert httpx.get(server.url + STATUS, headers=BOSS).status_code == 200


def test_the_name_it_listens_at_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up = socket.getaddrinfo

    def my_laptop(host: str, *given: Any, **more: Any) -> Any:
        return looked_up("127.0.0.1" if host == "my-laptop.local" else host, *given, **more)

    monkeypatch.setattr(socket, "getaddrinfo", my_laptop)
    with serve(ImportService(), host="my-laptop.local", accounts=ACCOUNTS) as server:
        assert status_of(server, b"my-laptop.local:80") == 200
        assert status_of(server, b"other.local") == 403


@pytest.mark.parametrize("dialect", DIALECTS)
def test_in_process_and_beyond_this_machine_all_names_lead_to_it(dialect: str) -> None:
    response = Chat(app_of(dialect)).ask("GET", STATUS, headers={"Host": "evil.example"})
    assert response.status_code == 200
    service = ImportService(dialect=dialect)
    with serve(service, host="0.0.0.0", accounts=ACCOUNTS, warn=False) as server:  # noqa: S104 - what is tested
        assert status_of(server, b"a-server.example") == 200


@pytest.mark.parametrize(
    "bad",
    ["my-laptop.local", b"x", None, 5, [5], [""], ["a:80"], ["a b"], ["*"], ["http://a"], ["a/"], ["[::1"],
     ["[a]"], [None], ["a@b"], ["x" * 300], ["ö.local"], ["::g"], {"a:1": 1}],
)  # fmt: skip
def test_hosts_that_are_none_are_refused(bad: Any) -> None:
    with pytest.raises(ParameterError, match="allow_hosts is "):
        ImportService().serve(allow_hosts=bad)


@pytest.mark.parametrize(
    "good", [[], (), {"a.local"}, ["::1", "[fe80::1]", "10.0.0.1", "A_b-c.d."], iter(["a"])]
)
def test_hosts_are_any_collection(good: Any) -> None:
    with ImportService().serve(accounts=ACCOUNTS, allow_hosts=good) as server:
        assert status_of(server, b"localhost") == 200
