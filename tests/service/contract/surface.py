"""Where each call stands in the document, and every call that can be made, made once."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from jsonschema_rs import Draft202012Validator

from simimport import ImportService, Scenario, create_app, openapi
from simimport.service.operations import ENDPOINTS
from tests.service.http.clients import ACCOUNTS, IMPORT, VIEW, Chat, people

if TYPE_CHECKING:
    import httpx

#: How `asked` calls: the name of a call, who calls, and what httpx takes.
Call = Callable[..., "tuple[str, httpx.Response]"]
_ROWS = base64.b64encode(b"ann,ann@example.com,Ann Lee\nbob,bob@example.com,Bob\n").decode()
FILE = {"binaryContent": _ROWS, "contentType": "text/csv", "fileName": "users.csv", "importerKey": "csv"}
DOWNLOAD = {"fileUrl": "https://example.com/a.zip", "importerKey": "csv"}
LIMITED = {"username": "limited", "password": "pw"}
#: The calls around an import, and where they are.
AROUND = {
    "login": ("post", "/api/v1/login"),
    "logout": ("post", "/api/v1/logout"),
    "logoutByGet": ("get", "/api/v1/logout"),
    "me": ("get", "/api/v1/me"),
    "info": ("get", "/api/info"),
}
NAMES = [*ENDPOINTS, *AROUND]


def _all_of(permissions: list[str]) -> list[str]:
    return [*permissions, VIEW] if IMPORT in permissions else permissions


#: Whoever may import may look at all operations here.
WHO = {name: {**fields, "permissions": _all_of(fields["permissions"])} for name, fields in ACCOUNTS.items()}
WHO["limited"] |= LIMITED
POLLED = ("import.status", "getImportProgress", "getCurrentImportOperation", "getLatestImportOperations")


@cache
def document(dialect: str, flavour: str = "exact") -> dict[str, Any]:
    return openapi(dialect, flavour=flavour)


@cache
def validator(dialect: str, schema: str) -> Draft202012Validator:
    """Return the validator of a schema, given as JSON, whose references are the document's."""
    components = document(dialect)["components"]
    return Draft202012Validator({**json.loads(schema), "components": components})


def fits(body: Any, schema: dict[str, Any], dialect: str) -> bool:
    return validator(dialect, json.dumps(schema)).is_valid(body)


@cache
def places(dialect: str) -> dict[str, tuple[str, str]]:
    """Return the method and the path of each operation, by its id."""
    return {
        each["operationId"]: (method, path)
        for path, item in document(dialect)["paths"].items()
        for method, each in item.items()
    }


def operation(dialect: str, name: str, flavour: str = "exact") -> dict[str, Any]:
    method, path = places(dialect)[name]
    found: dict[str, Any] = document(dialect, flavour)["paths"][path][method]
    return found


def response(dialect: str, endpoint: str, status: int, flavour: str = "exact") -> dict[str, Any]:
    referred: dict[str, Any] = operation(dialect, endpoint, flavour)["responses"][str(status)]
    shared: dict[str, Any] = document(dialect, flavour)["components"]["responses"]
    return shared[referred["$ref"].rpartition("/")[2]] if "$ref" in referred else referred


def schema_of(dialect: str, name: str, answer: httpx.Response, flavour: str = "exact") -> dict[str, Any]:
    """Return the schema that the document has for an answer."""
    content = response(dialect, name, answer.status_code, flavour)["content"]
    found: dict[str, Any] = content[answer.headers["content-type"].partition(";")[0]]["schema"]
    return found


def said(answer: httpx.Response) -> Any:
    return answer.json() if answer.headers["content-type"].startswith("application/json") else answer.text


def service_of(dialect: str) -> ImportService:
    scenario = Scenario(users=120, failure_rate=0.2, importer="csv", loading_s=3.0)
    return ImportService(scenario, seed=1, dialect=dialect)


def media(node: Any) -> Iterator[dict[str, Any]]:
    """Return every media type object of a document."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name == "content":
                yield from value.values()
            yield from media(value)


# every call that can be made ------------------------------------------------------------------------


@cache
def asked(dialect: str) -> list[tuple[str, httpx.Response]]:
    """Drive imports through everything that can be answered; return each call and its answer."""
    service = service_of(dialect)
    app = create_app(service, accounts=WHO, max_body=100_000)

    def call(name: str, who: str | None = "boss", **given: Any) -> tuple[str, httpx.Response]:
        method, path = places(dialect)[name]
        return name, Chat(app, who).ask(given.pop("method", method.upper()), path, **given)

    return [*everything(call, service, dialect), *_entered(call)]


def everything(call: Call, service: ImportService, dialect: str) -> Iterator[tuple[str, httpx.Response]]:
    """Make every call of an endpoint, and of what is around it but logins."""
    yield from _refused(call, dialect)
    yield from _imported(call, service)
    yield from _loaded(call, service)


def _refused(call: Call, dialect: str) -> Iterator[tuple[str, httpx.Response]]:
    """Call as nobody, as somebody without permissions, too often, with too much, and with what none knows."""
    for name in NAMES:
        yield call(name, None)
        # who logs out cannot call again
        if name in ENDPOINTS or name == "me":
            body = sent(dialect, name)
            yield call(name, "guest", json=body)
            yield call(name)
            yield from [call(name, "limited", json=body) for _ in range(11)][-2:]
            if body is not None:
                yield call(name, json={"any": "x" * 100_000})
                yield call(name, json={**body, "any": 1})
        if ENDPOINTS.get(name) == "GET":
            yield call(name, params={"any": "test"})
    yield call("info", None, method="POST")


def sent(dialect: str, name: str) -> Any:
    """Return the body that the document shows for a call; None for one without."""
    content = operation(dialect, name).get("requestBody", {}).get("content")
    return None if content is None else content["application/json"]["example"]


def _imported(call: Call, service: ImportService) -> Iterator[tuple[str, httpx.Response]]:
    """Drive an import, and ask everything of it on the way."""
    service.reset()
    (ann,) = people(1)["users"]
    steps: list[tuple[str, list[Any] | None]] = [
        ("import.run", None), ("import.addUsers", [ann]), ("import.new", None), ("import.run", None),
        ("import.addUsers", [{"emails": [], "importIds": []}]), ("import.addUsers", [{}]),
        ("import.addUsers", [{**ann, "roles": ["king"]}]), ("import.addUsers", [{**ann, "name": "\0"}]),
        ("import.addUsers", people(120)["users"]), ("import.run", None), ("import.addUsers", [ann]),
        ("import.run", None), ("importers.list", None), ("import.addUsers", [ann]), ("import.clear", None),
        ("import.status", None), ("import.addUsers", people(1)["users"]),
    ]  # fmt: skip
    for name, users in steps:
        yield call(name, **({} if users is None else {"json": {"users": users}}))
        yield from _polled(call)
        service.advance(1.5)


def _polled(call: Call) -> Iterator[tuple[str, httpx.Response]]:
    yield from map(call, POLLED)


def _loaded(call: Call, service: ImportService) -> Iterator[tuple[str, httpx.Response]]:
    """Drive imports of files, good ones and bad ones, and what else makes operations."""
    service.reset()
    yield call("getImportFileData")
    yield call("startImport", json={"input": {"users": {"all": True}}})
    file, url, everybody = FILE, DOWNLOAD, {"users": {"all": True}}
    ann = {**people(1)["users"][0], "avatarUrl": "https://example.com/a.png"}
    steps: list[tuple[str, Any]] = [
        ("uploadImportFile", {**file, "binaryContent": "%"}),
        ("uploadImportFile", {**file, "importerKey": "png"}),
        ("uploadImportFile", {**file, "importerKey": "api"}),
        ("uploadImportFile", {}), ("uploadImportFile", file), ("import.clear", None),
        ("uploadImportFile", file), ("getImportFileData", None),
        ("startImport", {"input": {"users": {"list": []}}}), ("startImport", {}),
        ("startImport", {"input": 5}), ("uploadImportFile", file), ("getImportFileData", None),
        ("getImportFileData", None), ("startImport", {"input": everybody}), ("import.clear", None),
        ("downloadPublicImportFile", url), ("import.clear", None), ("getImportFileData", None),
        ("downloadPublicImportFile", {**url, "fileUrl": "http://127.0.0.1/a.zip"}),
        ("downloadPublicImportFile", {**url, "fileUrl": "/etc/a.zip"}), ("downloadPublicImportFile", {}),
        ("downloadPublicImportFile", {**url, "importerKey": "png"}), ("import.new", None),
        ("import.addUsers", {"users": [ann]}), ("import.run", None),
        ("downloadPendingFiles", {}), ("downloadPendingAvatars", {}),
        ("downloadPendingAvatars", {"any": 1}), ("downloadPendingFiles", []), ("import.clear", None),
    ]  # fmt: skip
    for name, body in steps:
        yield call(name, **({} if body is None else {"json": body}))
        yield from _polled(call)
        service.advance(2.0)
        yield from _polled(call)


def _entered(call: Call) -> Iterator[tuple[str, httpx.Response]]:
    """Log in in every form, out, in too often, and with too much."""
    right = {"user": "boss", "password": "pw"}
    for way in ("logout", "logoutByGet"):
        name, answer = call("login", None, json=right)
        yield name, answer
        data = answer.json()["data"]
        headers = {"X-User-Id": data["userId"], "X-Auth-Token": data["authToken"]}
        yield call(way, None, headers=headers)
    for login in ({"username": "boss"}, {"resume": "guessed"}, {"user": "x" * 100_000}):
        yield call("login", None, json=login)
        yield call("login", None, data=login)
    yield from [call("login", None, json=right, address="10.0.0.1") for _ in range(11)][-1:]
    for number, way in enumerate(("logout", "logoutByGet"), 2):
        for client in range(11):
            # too often from one address are also logins; and who has logged out cannot do so again
            _, answer = call("login", None, json=LIMITED, address=f"10.0.{number}.{client}")
            data = answer.json()["data"]
            headers = {"X-User-Id": data["userId"], "X-Auth-Token": data["authToken"]}
            yield call(way, None, headers=headers, address=f"10.0.0.{number}")
