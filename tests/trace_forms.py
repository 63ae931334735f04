"""Small files of every form of trace, read and refused: one import, told as people and programs tell it.

Made from a simulation by `tests.make_traces`, which also writes the table of them; tests hold `read_trace`
against both.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from simimport import simulate

#: When the answers came, in seconds after the first; the documents alone tell other instants.
INSTANTS = (0.0, 5.0, 10.0, 15.0)
_BEGIN = datetime(2026, 3, 11, 22, 0, 3, tzinfo=UTC)
_RUN = simulate(users=120, seed=1, epoch="2026-03-11T22:00:03.218Z")
_ANSWERS = tuple(_RUN.responses(dialect="server-8.3"))
#: Four bodies of one import: new, ready, a batch, the end.
BODIES: tuple[dict[str, Any], ...] = tuple(_ANSWERS[place][1] for place in (0, 1, 4, -1))
_URL = "https://chat.example/api/v1/import.status"
_REFUSED_AT = "Too many requests"


class Form(NamedTuple):
    """A file, how it comes about, and its content."""

    file: str
    about: str
    content: bytes


def _joined(body: Callable[[int, dict[str, Any]], str], between: str = "\n") -> str:
    return between.join(body(place, content) for place, content in enumerate(BODIES)) + "\n"


def _compact(body: Any) -> str:
    return json.dumps(body, separators=(",", ":"))


def _date(place: int, form: str) -> str:
    return (_BEGIN + timedelta(seconds=INSTANTS[place])).strftime(form)


def _dated(form: str, between: str = " ") -> str:
    return _joined(lambda place, body: f"{_date(place, form)}{between}{_compact(body)}")


def _headed() -> str:
    date = "%a, %d %b %Y %H:%M:%S GMT"
    answers = _joined(
        lambda place, body: f"HTTP/1.1 200 OK\nDate: {_date(place, date)}\n\n{_compact(body)}"
    )
    busy = _compact({"success": False, "error": _REFUSED_AT})
    late = _BEGIN + timedelta(seconds=INSTANTS[-1] + 5)
    return f"{answers}HTTP/1.1 429 Too Many Requests\nDate: {late.strftime(date)}\n\n{busy}\n"


def _har() -> dict[str, Any]:
    entries = [_har_entry(0, "{}", "https://chat.example/logo.png")]
    entries += [_har_entry(place, _compact(body), _URL) for place, body in enumerate(BODIES)]
    content = entries[-1]["response"]["content"]
    content |= {"encoding": "base64", "text": base64.b64encode(content["text"].encode()).decode()}
    return {"log": {"version": "1.2", "creator": {"name": "example", "version": "1"}, "entries": entries}}


def _har_entry(place: int, text: str, url: str) -> dict[str, Any]:
    return {
        "startedDateTime": _date(place, "%Y-%m-%dT%H:%M:%S.000Z"),
        "time": 40,
        "request": {"method": "GET", "url": url},
        "response": {"status": 200, "content": {"mimeType": "application/json", "text": text}},
    }


def cassette() -> dict[str, Any]:
    """Return what vcrpy keeps of the polls, and of a login before them."""
    login = {"method": "POST", "uri": "https://chat.example/api/v1/login", "body": "x", "headers": {}}
    return {"version": 1, "interactions": [
        {"request": login, "response": _cassette_answer(0, "{}")},
        *({"request": {"method": "GET", "uri": _URL, "body": None, "headers": {}},
           "response": _cassette_answer(place, _compact(body))} for place, body in enumerate(BODIES)),
    ]}  # fmt: skip


def _cassette_answer(place: int, text: str) -> dict[str, Any]:
    date = _date(place, "%a, %d %b %Y %H:%M:%S GMT")
    return {
        "status": {"code": 200, "message": "OK"}, "headers": {"Date": [date]}, "body": {"string": text},
    }  # fmt: skip


def _yaml_cassette() -> str:
    """Return the cassette as vcrpy's YAML has it; by hand, so that the file is the same everywhere."""
    lines = ["interactions:"]
    for exchange in cassette()["interactions"]:
        request, response = exchange["request"], exchange["response"]
        lines += [
            "- request:", f"    body: {request['body'] or 'null'}", "    headers: {}",
            f"    method: {request['method']}", f"    uri: {request['uri']}",
            "  response:", "    body:", f"      string: '{response['body']['string']}'",
            "    headers:", "      Date:", f"      - {response['headers']['Date'][0]}",
            "    status:", "      code: 200", "      message: OK",
        ]  # fmt: skip
    return "\n".join([*lines, "version: 1", ""])


def _pretty(body: Any) -> str:
    return json.dumps(body, indent=2)


def read_forms() -> list[Form]:
    """Return the files that are read."""
    pairs = zip(INSTANTS, BODIES, strict=True)
    own = [{"at_s": at_s, "http_status": 200, "body": body} for at_s, body in pairs]
    lines = _joined(lambda _, body: _compact(body))
    pretty = _joined(lambda _, body: _pretty(body))
    texts = (
        ("own.jsonl", "`Trace.save`, `record`, `simimport run --out`",
         _joined(lambda place, _: _compact(own[place]))),
        ("one_body.json", "`simimport run -q > own.json`, or one call of curl", f"{_pretty(BODIES[-1])}\n"),
        ("bodies.jsonl", "curl in a loop, with `echo`", lines),
        ("pretty_bodies.json", "curl in a loop, through `jq .`", pretty),
        ("unseparated.json", "curl in a loop, and nothing between", lines.replace("\n", "")),
        ("array.json", "a list of bodies, as `json.dump` writes it", f"{json.dumps(BODIES, indent=1)}\n"),
        ("array_of_answers.json", "a list of answers with their instants", f"{json.dumps(own, indent=1)}\n"),
        ("iso_dates.log", "a date before each, ISO 8601", _dated("%Y-%m-%dT%H:%M:%SZ")),
        ("logger.log", "a program's log", _dated("%Y-%m-%d %H:%M:%S,000 INFO poller:")),
        ("brackets.log", "dates in brackets, and each body on many lines", _joined(
            lambda place, body: f"[{_date(place, '%Y-%m-%d %H:%M:%S')}]\n{_pretty(body)}")),
        ("date_command.log", "`date -u; curl …` in a loop", _dated("%a %b %d %H:%M:%S UTC %Y", "\n")),
        ("mail_dates.log", "`date -R; curl …` in a loop", _dated("%a, %d %b %Y %H:%M:%S +0000", "\n")),
        ("syslog.log", "`logger`, or a container's log", _dated("%b %d %H:%M:%S host poll[7]:")),
        ("epoch.log", "`date +%s; curl …` in a loop", _joined(
            lambda place, body: f"{int(_BEGIN.timestamp() + INSTANTS[place])}\n{_compact(body)}")),
        ("heads.log", "`curl -i` in a loop, the last of them refused", _headed()),
        ("browser.har", "a browser's or a proxy's export, with another request", f"{_pretty(_har())}\n"),
        ("cassette.json", "a cassette of vcrpy in JSON, with a login", f"{_pretty(cassette())}\n"),
        ("cassette.yaml", "the same in YAML, which needs the extra `yaml`", _yaml_cassette()),
    )  # fmt: skip
    return [
        *(Form(file, about, text.encode()) for file, about, text in texts),
        Form("windows.json", "UTF-16 and CRLF, as PowerShell's `>` writes it",
             b"\xff\xfe" + pretty.replace("\n", "\r\n").encode("utf-16-le")),
        Form("marked.jsonl", "UTF-8 with a byte-order mark, and CRLF",
             b"\xef\xbb\xbf" + lines.replace("\n", "\r\n").encode()),
    ]  # fmt: skip


def refused_forms() -> list[Form]:
    """Return the files that are refused."""
    operations = [body["operation"] for body in BODIES]
    progress = {"key": "api", "name": "API", "step": "importer_done", "count": {"completed": 2, "total": 2}}
    login = {"status": "success", "data": {"userId": "u", "authToken": "secret"}}
    unrecorded = _har()
    for entry in unrecorded["log"]["entries"]:
        del entry["response"]["content"]["text"]
    first, second = map(_compact, BODIES[:2])
    lines = _joined(lambda _, body: _compact(body))
    texts = (
        ("history.json", "getLatestImportOperations", _pretty(operations)),
        ("progress.json", "getImportProgress", _compact(progress | {"success": True})),
        ("current.json", "getCurrentImportOperation",
         _compact({"operation": operations[1], "success": True})),
        ("operation.json", "a document from the database", _compact(operations[1])),
        ("importers.json", "importers.list", _compact([{"key": "csv", "name": "CSV"}])),
        ("file_data.json", "getImportFileData", _compact({"waiting": True, "success": True})),
        ("login.json", "login", _compact(login)),
        ("done.json", "import.run", _compact({"success": True})),
        ("error.json", "an error without its status",
         _compact({"success": False, "error": "You must be logged in to do this."})),
        ("people.json", "people to import", _compact([{"emails": ["ann@example.com"], "importIds": ["1"]}])),
        ("newman.json", "a report of Newman", _compact({"collection": {}, "run": {"executions": []}})),
        ("page.html", "a page of a proxy or the web app", "<!DOCTYPE html>\n<title>Rocket.Chat</title>\n"),
        ("not_found.txt", "an unknown address on a new server", "404 Not Found"),
        ("frame.csv", "a frame", "at_s,state\n0,new\n"),
        ("empty.jsonl", "nothing", "\n"),
        ("empty_array.json", "an empty list", "[]\n"),
        ("python.log", "dicts that Python printed", f"{BODIES[0]}\n"),
        ("flat.jsonl", "an instant beside the state", _compact({"at_s": 0.0, **BODIES[0]})),
        ("cut.json", "a body that was cut", _pretty(BODIES[-1])[:200]),
        ("cut_array.json", "a list that was cut", f"[{first},\n{second}"),
        ("twice.json", "a key that stands twice", '{"state":"new","state":"ready"}\n'),
        ("page_between.log", "a page among bodies", f"{first}\n<html>Bad Gateway</html>\n{second}\n"),
        ("dates_missing.log", "a date before some bodies only", f"2026-03-11T22:00:03Z {first}\n{second}\n"),
        ("two_zones.log", "local dates over the end of summer time",
         f"Sun Oct 25 02:59:58 CEST 2026\n{first}\nSun Oct 25 02:00:03 CET 2026\n{second}\n"),
        ("no_content.har", "an export without content", _pretty(unrecorded)),
        ("elsewhere.har", "an export of other requests",
         _pretty({"log": {"entries": [_har_entry(0, "{}", "https://chat.example/")]}})),
        ("latin1.log", "another encoding", None),
        ("packed.gz", "a packed file", None),
    )  # fmt: skip
    raw = {
        "latin1.log": lines.encode() + "2026-03-11 Zürich".encode("latin-1"),
        # the beginning of any such file: what follows differs between versions of zlib
        "packed.gz": b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff",
    }
    return [Form(file, about, raw[file] if text is None else text.encode()) for file, about, text in texts]
