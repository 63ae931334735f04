"""Recordings of whole exchanges, HAR and cassettes: the answers of ``import.status`` among them.

Cassettes are those of vcrpy, and of its sisters for Ruby and Go, which differ in a few keys. Whatever else
was asked is left out and counted.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from simimport.errors import TraceError, brief
from simimport.show.words import counted, number
from simimport.testing.json_lines import body_of
from simimport.testing.reading.bodies import Bodies
from simimport.testing.reading.budget import Budget
from simimport.testing.reading.dates import Date, parsed_date
from simimport.testing.reading.labels import Label
from simimport.testing.reading.places import Reading
from simimport.testing.reading.yaml_cassette import CASSETTES, yaml_exchanges

__all__ = ["is_exchanges", "is_yaml_cassette", "of_exchanges", "of_yaml_cassette"]

_ENDPOINT = "import.status"
_YAML = re.compile(r"^(?:http_)?interactions:", re.MULTILINE)
# where each exchange begins, to name the line
_ADDRESS = re.compile(r'"ur[il]":')
_MOST_OF_BODY = 2**24


class _Exchange(NamedTuple):
    """What was asked, and what came: no body where it was not recorded; plain where it stands as it was."""

    method: str
    url: str
    date: Date | None
    http_status: int
    raw: bytes | None
    is_plain: bool


def is_exchanges(content: Any) -> bool:
    """Return whether a JSON value is a HAR or a cassette."""
    return isinstance(content, dict) and (
        (isinstance(content.get("log"), dict) and isinstance(content["log"].get("entries"), list))
        or any(isinstance(content.get(name), list) for name in CASSETTES)
    )


def is_yaml_cassette(text: str) -> bool:
    """Return whether a text looks like a cassette in YAML."""
    return text.lstrip()[:1] not in ("{", "[") and _YAML.search(text, 0, 2**12) is not None


def of_yaml_cassette(text: str, path: Path) -> Reading:
    """Return the answers in a cassette of YAML.

    Raises
    ------
    MissingExtraError
        If PyYAML is not there.
    TraceError
        If it is no cassette, or none of it asked for the status.
    """
    return _of_entries(yaml_exchanges(text, path), path, Budget(len(text), path), har=False, streamed=True)


def of_exchanges(content: Mapping[str, Any], text: str, path: Path) -> Reading:
    """Return the answers of ``import.status`` in a HAR or a cassette; `text` is the file's, for the lines.

    Raises
    ------
    TraceError
        If an exchange is none, or none of them asked for the status.
    """
    har = "log" in content
    entries = content["log"]["entries"] if har else next(content[n] for n in CASSETTES if n in content)
    lines = list(_lines_of_addresses(text))
    # a header or a body may hold an address too
    of_entries = lines if len(lines) == len(entries) else [1] * len(entries)
    budget = Budget(len(text), path)
    budget.take_recording(text)
    return _of_entries(zip(of_entries, entries, strict=True), path, budget, har=har)


def _lines_of_addresses(text: str) -> Iterator[int]:
    line, begin = 1, 0
    for found in _ADDRESS.finditer(text):
        line += text.count("\n", begin, found.start())
        begin = found.start()
        yield line


def _of_entries(
    entries: Iterable[tuple[int, Any]], path: Path, budget: Budget, *, har: bool, streamed: bool = False
) -> Reading:
    kept: list[tuple[_Exchange, int]] = []
    others = 0
    for place, (line, entry) in enumerate(entries, 1):
        try:
            exchange = _har_exchange(entry) if har else _cassette_exchange(entry)
        except KeyError as error:
            raise TraceError(path, line, f"entry {number(place)} has no {error}") from None
        except (TypeError, AttributeError):
            problem = f"entry {number(place)} is no exchange with a request and a response"
            raise TraceError(path, line, problem) from None
        except ValueError as error:
            raise TraceError(path, line, f"entry {number(place)}: {error}") from None
        if exchange.method == "GET" and _path_of(exchange.url).endswith(f"/{_ENDPOINT}"):
            budget.take_exchange(exchange.raw if not exchange.is_plain or streamed else None, line)
            kept.append((exchange, line))
        else:
            others += 1
    return _reading("HAR" if har else "a cassette", kept, others, path)


def _reading(form: str, kept: list[tuple[_Exchange, int]], others: int, path: Path) -> Reading:
    bodies, unrecorded = Bodies(path, form, dates="when they came"), 0
    if not kept:
        asked = f"with {counted(others, 'request')}, and no GET of …/api/v1/{_ENDPOINT} among them"
        raise TraceError(path, 0, f"this is {form} {asked}")
    # tools list requests by when they were sent; answers come in another order where they overlap
    if all(exchange.date for exchange, _ in kept):
        kept.sort(key=lambda pair: pair[0].date.seconds if pair[0].date else 0.0)
    for exchange, line in kept:
        if exchange.raw is None and exchange.http_status:
            unrecorded += 1
            continue
        body = body_of(exchange.raw) if exchange.raw is not None else ""
        bodies.add_body(body, line, Label(exchange.date, exchange.http_status))
    if unrecorded == len(kept):
        raise TraceError(path, 0, f"this is {form} without the bodies of answers; export it with content")
    left_out = [
        f"{counted(others, 'other request')} left out" if others else "",
        f"{counted(unrecorded, 'answer')} without a recorded body left out" if unrecorded else "",
    ]
    reading = bodies.reading()
    return reading._replace(read_as=", ".join(filter(None, [reading.read_as, *left_out])))


def _path_of(url: str) -> str:
    # of an address that is none too: it may have been typed
    return re.split("[?#]", url, maxsplit=1)[0].rstrip("/")


def _har_exchange(entry: Any) -> _Exchange:
    request, response = entry["request"], entry["response"]
    content = response.get("content") or {}
    text = content.get("text")
    sent, took_ms = parsed_date(entry.get("startedDateTime")), entry.get("time")
    if sent and isinstance(took_ms, (int, float)) and 0 < took_ms < 1e9:
        sent = sent._replace(seconds=sent.seconds + took_ms / 1000)
    packed = content.get("encoding") == "base64"
    raw = None if text is None else _bytes_of(text, packed)
    method, url = str(request["method"]).upper(), str(request["url"])
    return _Exchange(method, url, sent, _status(response["status"]), raw, not packed)


def _cassette_exchange(entry: Any) -> _Exchange:
    request, response = entry["request"], entry["response"]
    headers = {str(name).lower(): value for name, value in (response.get("headers") or {}).items()}
    status, body = response.get("status", response.get("code")), response.get("body")
    if isinstance(status, dict):
        status = status["code"]
    elif not isinstance(status, int):
        status = response["code"]
    packed = isinstance(body, dict) and "base64_string" in body
    if isinstance(body, dict):
        body = body.get("base64_string") if packed else body.get("string", body.get("text"))
    encoding = _first(headers.get("content-encoding"))
    kept = None if body is None else _bytes_of(body, packed)
    raw = None if kept is None else _unpacked(kept, encoding)
    date = parsed_date(entry.get("recorded_at")) or parsed_date(_first(headers.get("date")))
    method, url = str(request.get("method") or "GET").upper(), str(request.get("uri") or request["url"])
    return _Exchange(method, url, date, _status(status), raw, not packed and raw is kept)


def _status(value: Any) -> int:
    if type(value) is not int or not (value == 0 or 100 <= value <= 999):
        raise ValueError(f"the status is {brief(value)}")
    return value


def _first(value: Any) -> Any:
    """Return the value of a header, which may stand in a list."""
    return value[0] if isinstance(value, list) and value else value


def _bytes_of(text: Any, encoded: bool) -> bytes:
    if isinstance(text, bytes) and not encoded:
        return text
    if not isinstance(text, (str, bytes)):
        raise ValueError("the body is no text")  # noqa: TRY004 - of a file, not of a call
    if not encoded:
        return text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    try:
        return base64.b64decode(text)
    except binascii.Error as error:
        raise ValueError(f"the body is no base64: {error}") from None


def _unpacked(raw: bytes, encoding: object) -> bytes:
    """Return a body as it was before it was packed; recorders keep it packed, or not, and say it was."""
    if encoding not in ("gzip", "deflate") or raw[:1] in (b"{", b"[", b"<", b""):
        return raw
    try:
        made = zlib.decompressobj(wbits=47)
        plain = made.decompress(raw, _MOST_OF_BODY)
    except zlib.error as error:
        raise ValueError(f"the body is no {encoding}: {error}") from None
    if made.unconsumed_tail:
        raise ValueError(f"the body is larger than {number(_MOST_OF_BODY)} bytes")
    return plain
