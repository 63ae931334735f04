"""What an ASGI application does beside answering: wait, reset, live, let pages in, show a path to people.

Knows nothing of imports; the application is in `app`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from simimport.errors import MissingExtraError
from simimport.show.words import printable

__all__ = [
    "LATE", "MAX_BODY", "MAX_UNKNOWN", "RESET", "Asgi", "ClientGoneError", "Receive", "Scope", "Send",
    "address_of", "late", "live", "missing", "reset", "shown", "with_cors",
]  # fmt: skip

#: The ASGI extension by which a server lets a connection be reset: its ``reset`` takes no arguments.
RESET = "simimport.reset"

#: The one by which no real time passes: its ``late`` takes seconds, and raises where the client goes.
LATE = "simimport.late"

#: The largest body that is read, in bytes, unless somebody says otherwise.
MAX_BODY = 16_000_000

#: How much is kept of what somebody without an account sends, in bytes: of a body, and of requests that wait.
MAX_UNKNOWN = 65_536

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

_SHOWN = 200


class ClientGoneError(Exception):
    """The client went before its request was whole, or its answer on its way."""


def address_of(scope: Scope) -> str:
    """Return the address that a request comes from; an empty text where a server tells none."""
    client = scope.get("client")
    return client[0] if client else ""


def shown(scope: Scope) -> str:
    """Return the path as it came, without the query, for people: no control characters, not endless."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode("utf-8", "replace")
    text = printable(raw.decode("ascii", "backslashreplace"))
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


async def late(delay_s: float, scope: Scope, receive: Receive) -> None:
    """Wait as long as a fault says, or until the client goes."""
    extension = (scope.get("extensions") or {}).get(LATE)
    if extension is not None:
        extension["late"](delay_s)
        return
    try:
        async with asyncio.timeout(delay_s):
            while (await receive())["type"] != "http.disconnect":
                continue
    except TimeoutError:
        return
    raise ClientGoneError


async def reset(scope: Scope, receive: Receive) -> None:
    """Reset the connection; where the server has no way to, the error says so to it, or to the caller."""
    extension = (scope.get("extensions") or {}).get(RESET)
    if extension is None:
        raise ConnectionResetError("the connection was reset (a fault of the schedule)")
    extension["reset"]()
    # until the server has seen it: it takes an application that returns at once for a broken one
    while (await receive())["type"] != "http.disconnect":
        continue


async def live(receive: Receive, send: Send) -> None:
    """Say yes to a server's questions of starting and stopping: there is nothing to do."""
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return


def with_cors(app: Asgi) -> Asgi:
    """Return an application that lets pages of other origins in."""
    try:
        from starlette.middleware.cors import CORSMiddleware
    except ModuleNotFoundError as error:
        raise missing(error) from None
    # a token is needed all the same, and is no cookie: any origin may ask
    return CORSMiddleware(
        app,
        allow_origins=("*",),
        allow_methods=("GET", "POST", "PUT"),
        allow_headers=("X-User-Id", "X-Auth-Token", "Content-Type"),
        expose_headers=("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Retry-After"),
    )


def missing(error: ModuleNotFoundError) -> Exception:
    """Return the error for a library that is not there; for a module of ours, the error itself."""
    foreign = error.name is not None and error.name.partition(".")[0] != "simimport"
    return MissingExtraError("serving over HTTP", "http") if foreign else error
