"""Bodies of requests: bounded while they arrive, and read as a server reads them.

A body that cannot be read is an empty object, as the server's router has it; nothing here refuses.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from simimport.service.http.asgi import ClientGoneError, Receive

if TYPE_CHECKING:
    from simimport.model.dialects import Dialect

__all__ = ["TooLargeError", "object_of", "parsed", "received"]

Headers = Iterable[tuple[bytes, bytes]]

# from here on a whole number may be one that JavaScript reads as Infinity
_DIGITS = 309
# values that the decoder reads in a few milliseconds
_MANY = 300


class TooLargeError(Exception):
    """The body is larger than allowed."""


async def received(receive: Receive, headers: Headers, limit: int) -> bytes:
    """Return the whole body.

    Raises
    ------
    TooLargeError
        As soon as it is known, from the length declared or from what has arrived.
    ClientGoneError
        If it never becomes whole.
    """
    declared = _header(headers, b"content-length")
    if declared.isdigit() and int(declared[:20]) > limit:
        raise TooLargeError
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        body += message.get("body", b"")
        if len(body) > limit:
            raise TooLargeError
        if not message.get("more_body", False):
            return bytes(body)


def object_of(raw: bytes, headers: Headers, dialect: Dialect, *, forms: bool = False) -> Any:
    """Return what a body says: JSON where its content type says so; else, or if malformed, an empty object.

    Parameters
    ----------
    forms : bool, default False
        Whether a form (``user=…&password=…``) is read also where a router reads JSON only.
    """
    kind = _header(headers, b"content-type")
    if dialect.typed_routes:
        return _spread(raw, kind)
    kind = kind.split(b";")[0].strip().lower()
    if kind == b"application/json":
        try:
            body = parsed(raw)
        except ValueError:
            return {}
        # null and the like are no body at all to a router written in JavaScript
        return {} if body is None else body
    if forms and kind == b"application/x-www-form-urlencoded":
        return _form(raw)
    return {}


def _spread(raw: bytes, kind: bytes) -> Any:
    """Return a body as typed routes read it, which spread what it is into an object (`Router.ts` @ 05360738).

    Content types are found by a part of them, as it is written. Of a number or a truth value nothing is left;
    of a text there is a key for each letter, of which one says as much as all.
    """
    body: Any = {}
    if b"multipart/form-data" in kind:
        return body
    if b"application/json" in kind:
        try:
            body = parsed(raw)
        except ValueError:
            return {}
    elif b"application/x-www-form-urlencoded" in kind:
        body = _form(raw)
    elif raw:
        body = raw[:1].decode("latin-1")
    if isinstance(body, str):
        return {"0": body[0]} if body else {}
    return body if isinstance(body, (dict, list)) else {}


def _form(raw: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=100)
    except ValueError:
        return {}
    return dict(pairs)


def parsed(raw: bytes) -> Any:
    """Return a JSON text as JavaScript reads it.

    Raises
    ------
    ValueError
        If it is malformed, or nested too deeply.
    """
    text = raw.decode("utf-8-sig", "replace")
    try:
        return _decoder(text).decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _decoder(text: str) -> Any:
    # While the decoder written in C is at work no other thread is, but where it calls Python: so it is made
    # to for each object and number. A long text of something else is for the one that is written in Python.
    decoder: Any = json.JSONDecoder(
        parse_constant=_refused, parse_int=_whole, parse_float=_fraction, object_hook=_object
    )
    if text.count(",") > _MANY * (text.count("{") + _MANY):
        written: Any = json.decoder
        decoder.parse_object, decoder.parse_array = written.JSONObject, written.JSONArray
        decoder.scan_once = written.scanner.py_make_scanner(decoder)
    return decoder


def _object(members: dict[str, Any]) -> dict[str, Any]:
    return members


def _fraction(digits: str) -> float:
    return float(digits)


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) < _DIGITS else float(digits)


def _refused(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _header(headers: Headers, wanted: bytes) -> bytes:
    return next((value for name, value in headers if name == wanted), b"")
