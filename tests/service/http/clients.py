"""What the tests of the HTTP shim share: an application in process, raw sockets, and accounts."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import httpx

from simimport import ImportService, create_app
from simimport.service.http.app import App

IMPORT, VIEW, BYPASS = "run-import", "view-import-operations", "api-bypass-rate-limit"
ACCOUNTS: dict[str, dict[str, Any]] = {
    "boss": {
        "token": "boss-token", "permissions": [IMPORT, VIEW, BYPASS], "username": "boss", "password": "pw",
    },
    "limited": {"token": "limited-token", "permissions": [IMPORT]},
    "guest": {"token": "guest-token", "permissions": []},
    "fast-guest": {"token": "fast-guest-token", "permissions": [BYPASS]},
}  # fmt: skip
PREFIX = "/api/v1/"
LOGIN = PREFIX + "login"
JSON = "application/json"
ROUTES = {
    "import.status": "GET", "import.new": "POST", "import.addUsers": "POST", "import.run": "POST",
    "import.clear": "POST", "importers.list": "GET", "getImportProgress": "GET",
    "getCurrentImportOperation": "GET", "getLatestImportOperations": "GET",
    "getImportFileData": "GET", "startImport": "POST", "uploadImportFile": "POST",
    "downloadPublicImportFile": "POST", "downloadPendingFiles": "POST", "downloadPendingAvatars": "POST",
}  # fmt: skip
DIALECTS = ("docs", "server-6.3", "server-7.4", "server-8.3")


def headers_of(name: str) -> dict[str, str]:
    return {"X-User-Id": name, "X-Auth-Token": str(ACCOUNTS[name]["token"])}


def people(number: int, *, first: int = 1) -> dict[str, Any]:
    """Return a body of import.addUsers."""
    numbers = range(first, first + number)
    return {"users": [{"emails": [f"user{n}@example.com"], "importIds": [str(n)]} for n in numbers]}


class Chat:
    """An application in process, asked as one account; nobody's socket is opened."""

    def __init__(self, app: App, name: str | None = "boss") -> None:
        self._app = app
        self._headers = {} if name is None else headers_of(name)

    def ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        headers = {**self._headers, **given.pop("headers", {})}
        address = given.pop("address", "127.0.0.1")

        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(self._app, client=(address, 1))
            async with httpx.AsyncClient(transport=transport, base_url="http://chat") as client:
                return await client.request(method, path, headers=headers, **given)

        return asyncio.run(once())

    def call(self, endpoint: str, **given: Any) -> httpx.Response:
        return self.ask(ROUTES[endpoint], PREFIX + endpoint, **given)


def app_of(dialect: str = "docs", **given: Any) -> App:
    return create_app(ImportService(seed=1, dialect=dialect), **{"accounts": ACCOUNTS, **given})


def calls_of(service: ImportService) -> list[tuple[str, str | None, int]]:
    """Return what the journal has of each call: endpoint, account, status."""
    return [(call.endpoint, call.account, call.http_status) for call in service.log.last(1000)]


class Reply(NamedTuple):
    """One answer as it came over a raw socket."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def replies(data: bytes) -> list[Reply]:
    """Return the answers that a server sent, one after another."""
    found = []
    while data:
        head, separator, rest = data.partition(b"\r\n\r\n")
        assert separator, f"a head that does not end: {data[:200]!r}"
        line, *fields = head.decode("latin-1").split("\r\n")
        assert line.startswith("HTTP/1.1 "), line
        headers = {name.lower(): value for name, _, value in (field.partition(": ") for field in fields)}
        length = int(headers.get("content-length", 0))
        if line.split()[1] != "100":
            found.append(Reply(int(line.split()[1]), headers, rest[:length]))
        data = rest[length:]
    return found


def exchange(port: int, *parts: bytes, timeout_s: float = 10.0, end: bool = True) -> bytes:
    """Send bytes, say that there are no more, and return what comes until the server closes.

    A reset after an answer is how TCP says that not all was read.
    """
    received = bytearray()
    with socket.create_connection(("127.0.0.1", port), timeout=timeout_s) as client:
        with suppress(ConnectionResetError, BrokenPipeError):
            for part in parts:
                client.sendall(part)
            if end:
                client.sendall(request("GET", PREFIX + "the-end", {"Connection": "close"}))
        # what came before the reset is still there
        with suppress(ConnectionResetError, BrokenPipeError):
            while chunk := client.recv(65536):
                received += chunk
    return bytes(received)


def request(method: str, path: str, headers: Mapping[str, str], body: bytes = b"", **more: str) -> bytes:
    """Return a request as it goes over a socket."""
    fields = {"Host": "localhost", **headers}
    fields |= {name.replace("_", "-"): value for name, value in more.items()}
    if body and "Transfer-Encoding" not in fields:
        fields.setdefault("Content-Length", str(len(body)))
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def as_json(body: Any) -> bytes:
    return json.dumps(body).encode()
