"""The OpenAPI document holds for whatever is sent: no server error, no status and no body that it has not."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from simimport import ImportService, ParameterError, Scenario, create_app, openapi, response_schema
from simimport.service.operations import ENDPOINTS
from tests.service.contract.bodies import check_schema
from tests.service.http.clients import ACCOUNTS, DIALECTS, PREFIX, Chat, headers_of, people

if TYPE_CHECKING:
    import httpx

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance,
          response_headers_conformance, response_schema_conformance]  # fmt: skip
NAMES = [*ENDPOINTS, "login"]
ROOT = Path(__file__).parents[3]


@cache
def document(dialect: str) -> dict[str, Any]:
    return openapi(dialect)


@cache
def validator(dialect: str, schema: str) -> Draft202012Validator:
    """Return the validator of a schema, given as JSON, whose references are the document's."""
    components = document(dialect)["components"]
    return Draft202012Validator({**json.loads(schema), "components": components})


def fits(body: Any, schema: dict[str, Any], dialect: str) -> bool:
    return validator(dialect, json.dumps(schema)).is_valid(body)


def operation(dialect: str, endpoint: str) -> dict[str, Any]:
    found: dict[str, Any]
    (found,) = document(dialect)["paths"][PREFIX + endpoint].values()
    return found


def response(dialect: str, endpoint: str, status: int) -> dict[str, Any]:
    referred: dict[str, Any] = operation(dialect, endpoint)["responses"][str(status)]
    shared: dict[str, Any] = document(dialect)["components"]["responses"]
    return shared[referred["$ref"].rpartition("/")[2]] if "$ref" in referred else referred


def service_of(dialect: str) -> ImportService:
    return ImportService(Scenario(users=120, failure_rate=0.2), seed=1, dialect=dialect)


# the document itself --------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", DIALECTS)
def test_it_is_openapi(dialect: str) -> None:
    schemathesis.openapi.from_dict(document(dialect)).validate()
    broken = {**document(dialect), "paths": {"import.status": {}}}
    with pytest.raises(Exception, match=r"import\.status"):
        schemathesis.openapi.from_dict(broken).validate()
    for schema in document(dialect)["components"]["schemas"].values():
        check_schema(schema)


def test_an_unknown_dialect_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"dialect is 'server-9'; allowed: docs, server-6\.3"):
        openapi("server-9")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_it_has_the_vendors_surface_and_no_more(dialect: str) -> None:
    methods = {path: list(item) for path, item in document(dialect)["paths"].items()}
    wanted = {**ENDPOINTS, "login": "POST"}
    assert methods == {PREFIX + endpoint: [method.lower()] for endpoint, method in wanted.items()}
    assert [operation(dialect, name)["operationId"] for name in NAMES] == NAMES
    assert operation(dialect, "login")["security"] == []
    assert document(dialect)["security"] == [{"authToken": [], "userId": []}]
    assert {scheme["name"] for scheme in document(dialect)["components"]["securitySchemes"].values()} == {
        "X-Auth-Token", "X-User-Id",
    }  # fmt: skip


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_reference_leads_somewhere_and_every_part_is_used(dialect: str) -> None:
    contract = document(dialect)
    parts = {
        f"#/components/{kind}/{name}"
        for kind in ("schemas", "responses", "headers")
        for name in contract["components"][kind]
    }
    used = set(re.findall(r'"(#/[^"]+)"', json.dumps(contract)))
    assert used <= parts
    assert {part.rpartition("/")[2] for part in parts - used} == {"WrongMethod", "UnknownPath"}


def media(node: Any) -> Iterator[dict[str, Any]]:
    """Return every media type object of a document."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name == "content":
                yield from value.values()
            yield from media(value)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_example_keeps_the_schema_beside_it(dialect: str) -> None:
    found = 0
    for kind in media(document(dialect)):
        examples = [kind["example"]] if "example" in kind else [e["value"] for e in kind["examples"].values()]
        assert examples
        assert [body for body in examples if not fits(body, kind["schema"], dialect)] == []
        found += len(examples)
    assert found > 30


@pytest.mark.parametrize("dialect", DIALECTS)
def test_there_is_an_example_of_each_state(dialect: str) -> None:
    examples = response(dialect, "import.status", 200)["content"]["application/json"]["examples"]
    assert list(examples) == response_schema(dialect)["properties"]["state"]["enum"]
    assert {name: example["value"]["state"] for name, example in examples.items()} == {n: n for n in examples}
    schema = Draft202012Validator(response_schema(dialect))
    assert all(schema.is_valid(example["value"]) for example in examples.values())
    assert examples["importing"]["value"]["operation"]["count"]["completed"] > 0


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_schema_of_the_status_is_the_response_schema(dialect: str) -> None:
    schemas = document(dialect)["components"]["schemas"]
    here = {name: json.dumps(schemas[name]) for name in response_schema(dialect)["$defs"]}
    there = {name: json.dumps(part) for name, part in response_schema(dialect)["$defs"].items()}
    assert here == {name: text.replace("#/$defs/", "#/components/schemas/") for name, text in there.items()}
    assert [part["$ref"].rpartition("/")[2] for part in schemas["Status"]["oneOf"]] == [
        part["$ref"].rpartition("/")[2] for part in response_schema(dialect)["oneOf"]
    ]


# every status that it has is answered, and every body keeps it ---------------------------------------


@cache
def asked(dialect: str) -> list[tuple[str, httpx.Response]]:
    """Drive an import through everything that can be answered; return each endpoint and its answer."""
    return list(_asking(dialect))


def _asking(dialect: str) -> Iterator[tuple[str, httpx.Response]]:
    service = service_of(dialect)
    app = create_app(service, accounts=ACCOUNTS, max_body=100_000)
    boss = Chat(app)

    def call(chat: Chat, endpoint: str, body: Any = None) -> tuple[str, httpx.Response]:
        return endpoint, chat.call(endpoint, **({} if body is None else {"json": body}))

    for endpoint in ENDPOINTS:
        yield call(Chat(app, None), endpoint)
        yield call(Chat(app, "guest"), endpoint, people(1) if endpoint == "import.addUsers" else None)
        yield call(boss, endpoint)
        limited = [call(Chat(app, "limited"), endpoint, {"users": []}) for _ in range(11)]
        yield from limited[-2:]
    service.reset()
    (ann,) = people(1)["users"]
    steps: list[tuple[str, list[Any] | None]] = [
        ("import.run", None), ("import.addUsers", [ann]), ("import.new", None), ("import.run", None),
        ("import.addUsers", [{"emails": [], "importIds": []}]), ("import.addUsers", [{}]),
        ("import.addUsers", [{**ann, "roles": ["king"]}]), ("import.addUsers", [{**ann, "emails": ["a,b"]}]),
        ("import.addUsers", people(120)["users"]), ("import.run", None), ("import.addUsers", [ann]),
        ("import.run", None), ("importers.list", None), ("import.addUsers", [ann]), ("import.clear", None),
        ("import.status", None), ("import.addUsers", people(5000)["users"]),
    ]  # fmt: skip
    for endpoint, users in steps:
        yield call(boss, endpoint, None if users is None else {"users": users})
        for poll in ("import.status", "getImportProgress", "getCurrentImportOperation"):
            yield call(boss, poll)
        service.advance(1.5)
    for login in ({"user": "boss", "password": "pw"}, {"username": "boss"}, {"user": "x" * 100_000}):
        yield "login", boss.ask("POST", PREFIX + "login", json=login)
        yield "login", boss.ask("POST", PREFIX + "login", data=login)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_status_that_it_has_is_answered_and_no_other(dialect: str) -> None:
    seen = set()
    for endpoint, answer in asked(dialect):
        content = response(dialect, endpoint, answer.status_code)["content"]
        assert fits(answer.json(), content["application/json"]["schema"], dialect), (endpoint, answer.text)
        seen.add((endpoint, str(answer.status_code)))
    assert seen == {(name, status) for name in NAMES for status in operation(dialect, name)["responses"]}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_example_of_a_refusal_is_what_is_said(dialect: str) -> None:
    refusals = [answer.json() for _, answer in asked(dialect) if answer.status_code == 400]
    examples = [
        example["value"]
        for name in NAMES
        if "400" in operation(dialect, name)["responses"]
        for example in response(dialect, name, 400)["content"]["application/json"]["examples"].values()
    ]
    assert len(examples) == 9
    assert [body for body in examples if body not in refusals] == []


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", ["WrongMethod", "UnknownPath"])
def test_other_methods_and_paths_are_answered_as_it_says(name: str, dialect: str) -> None:
    shown = document(dialect)["components"]["responses"][name]
    ((kind, content),) = shown["content"].items()
    chat = Chat(create_app(service_of(dialect), accounts=ACCOUNTS))
    asked = [("GET", PREFIX + "import.stats"), ("POST", "/api/v2/import.run"), ("GET", PREFIX)]
    if name == "WrongMethod":
        asked = [(method, PREFIX + endpoint) for endpoint, own in ENDPOINTS.items()
                 for method in ("GET", "POST", "PUT", "DELETE", "PATCH") if method != own]  # fmt: skip
    for method, path in asked:
        answer = chat.ask(method, path)
        assert f"Status {answer.status_code}." in shown["description"]
        assert answer.headers["content-type"].partition(";")[0] == kind
        body = answer.json() if kind == "application/json" else answer.text
        assert body == content["example"]
        assert fits(body, content["schema"], dialect)
        assert ("allow" in answer.headers) == ("Allow" in shown.get("headers", {}))


# whatever is sent -----------------------------------------------------------------------------------


def _cleared(service: ImportService) -> None:
    _importing(service)
    service.clear()


def _ready(service: ImportService) -> None:
    service.new()
    service.add_users(people(60)["users"])


def _importing(service: ImportService) -> None:
    _ready(service)
    service.run()
    service.advance(2.5)


def _done(service: ImportService) -> None:
    _importing(service)
    service.run_until("done")


#: How far an import has come when a case is sent.
LIVES: dict[str, Callable[[ImportService], object]] = {
    "none": lambda service: None,
    "new": ImportService.new,
    "ready": _ready,
    "importing": _importing,
    "cleared": _cleared,
    "done": _done,
}
STRANGER = {"X-User-Id": "boss", "X-Auth-Token": "guessed"}
CALLERS = st.sampled_from(["boss", "boss", "boss", "limited", "guest", "stranger", None])


@cache
def api(dialect: str) -> tuple[ImportService, Any]:
    service = service_of(dialect)
    schema = schemathesis.openapi.from_dict(openapi(dialect))
    schema.app = create_app(service, accounts=ACCOUNTS)
    return service, schema


def send(data: st.DataObject, dialect: str, endpoint: str, mode: GenerationMode) -> None:
    """Send a generated case to an import somewhere in its life, and hold the answer against the document."""
    service, schema = api(dialect)
    service.reset()
    LIVES[data.draw(st.sampled_from(list(LIVES)))](service)
    caller = data.draw(CALLERS)
    headers = STRANGER if caller == "stranger" else headers_of(caller) if caller else {}
    (method,) = schema[PREFIX + endpoint]
    case = data.draw(schema[PREFIX + endpoint][method].as_strategy(generation_mode=mode))
    for _ in range(11 if caller == "limited" and data.draw(st.booleans()) else 1):
        answer = case.call(headers=headers)
    case.validate_response(answer, checks=CHECKS)
    if caller == "boss" and mode is GenerationMode.POSITIVE and endpoint == "import.addUsers":
        assert "errorType" not in answer.json()


@pytest.mark.parametrize("endpoint", NAMES)
@pytest.mark.parametrize("dialect", DIALECTS)
@settings(deadline=None, derandomize=True, max_examples=10)
@given(data=st.data())
def test_whatever_fits_is_answered_as_it_says(dialect: str, endpoint: str, data: st.DataObject) -> None:
    send(data, dialect, endpoint, GenerationMode.POSITIVE)


@pytest.mark.parametrize("endpoint", ["import.addUsers", "login"])
@pytest.mark.parametrize("dialect", DIALECTS)
@settings(deadline=None, derandomize=True, max_examples=10)
@given(data=st.data())
def test_whatever_does_not_fit_is_answered_as_it_says(
    dialect: str, endpoint: str, data: st.DataObject
) -> None:
    send(data, dialect, endpoint, GenerationMode.NEGATIVE)


@pytest.mark.long
@pytest.mark.parametrize("endpoint", NAMES)
@pytest.mark.parametrize("dialect", DIALECTS)
@settings(deadline=None, derandomize=True, max_examples=300)
@given(data=st.data(), fitting=st.booleans())
def test_much_more_of_it(dialect: str, endpoint: str, data: st.DataObject, fitting: bool) -> None:
    # a call without a body cannot be misfitting
    fitting |= "requestBody" not in operation(dialect, endpoint)
    send(data, dialect, endpoint, GenerationMode.POSITIVE if fitting else GenerationMode.NEGATIVE)


def _without(responses: dict[str, Any]) -> None:
    del responses["401"]


def _other_words(responses: dict[str, Any]) -> None:
    schema = {"required": ["reason"]}
    responses["401"] = {"description": "", "content": {"application/json": {"schema": schema}}}


def _other_kind(responses: dict[str, Any]) -> None:
    responses["401"] = {"description": "", "content": {"text/html": {}}}


def _other_header(responses: dict[str, Any]) -> None:
    responses["401"] = {"description": "", "headers": {"Retry-After": {"required": True, "schema": {}}}}


@pytest.mark.parametrize("fault", [_without, _other_words, _other_kind, _other_header])
def test_the_checks_find_a_planted_fault(fault: Callable[[dict[str, Any]], None]) -> None:
    contract = openapi()
    fault(contract["paths"][PREFIX + "import.status"]["get"]["responses"])
    schema = schemathesis.openapi.from_dict(contract)
    schema.app = create_app(service_of("docs"), accounts=ACCOUNTS)
    case = schema[PREFIX + "import.status"]["get"].Case()
    with pytest.raises(FailureGroup):
        case.validate_response(case.call(headers=STRANGER), checks=CHECKS)


@pytest.mark.long
def test_the_command_passes_and_leaves_nothing_that_git_would_see(tmp_path: Path) -> None:
    shutil.copy(ROOT / "schemathesis.toml", tmp_path)
    (tmp_path / "openapi.json").write_text(json.dumps(openapi()), encoding="utf-8")
    with service_of("docs").serve(accounts=ACCOUNTS) as server:
        options = ["--url", server.url, "--include-path", PREFIX + "import.status", "--max-examples", "2"]
        command = [sys.executable, "-m", "schemathesis.cli", "run", "openapi.json", *options]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout
    assert "passed" in done.stdout
    ignored = {".hypothesis"}
    assert {path.name for path in tmp_path.iterdir()} - ignored == {"openapi.json", "schemathesis.toml"}
