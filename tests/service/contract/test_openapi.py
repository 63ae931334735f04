"""The OpenAPI document holds for whatever is sent: no server error, no status and no body that it has not."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

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

from simimport import ImportService, ParameterError, create_app, openapi, response_schema
from simimport.service.operations import ENDPOINTS
from tests.everyday import thinned
from tests.service.contract.bodies import check_schema
from tests.service.contract.surface import (
    AROUND,
    DOWNLOAD,
    FILE,
    NAMES,
    WHO,
    asked,
    document,
    fits,
    media,
    operation,
    places,
    response,
    said,
    schema_of,
    service_of,
)
from tests.service.http.clients import DIALECTS, PREFIX, Chat, headers_of, people

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance,
          response_headers_conformance, response_schema_conformance]  # fmt: skip
ROOT = Path(__file__).parents[3]
#: The first and the last, and in the long run those between.
EVERYDAY = thinned(DIALECTS, (DIALECTS[0], DIALECTS[-1]))


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
    wanted = {endpoint: (method.lower(), PREFIX + endpoint) for endpoint, method in ENDPOINTS.items()}
    assert places(dialect) == {**wanted, **AROUND}
    assert [name for name in NAMES if operation(dialect, name).get("security") == []] == ["login", "info"]
    assert [name for name in NAMES if "deprecated" in operation(dialect, name)] == ["logoutByGet"]
    tags = [tag["name"] for tag in document(dialect)["tags"]]
    for name in NAMES:
        assert set(operation(dialect, name)["tags"]) <= set(tags)
        assert operation(dialect, name)["description"].endswith(".")
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
    assert used == parts


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


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_status_that_it_has_is_answered_and_no_other(dialect: str) -> None:
    seen = set()
    for endpoint, answer in asked(dialect):
        assert fits(said(answer), schema_of(dialect, endpoint, answer), dialect), (endpoint, answer.text)
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
    assert len(examples) > 20
    assert [body for body in examples if body not in refusals] == []


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", ["WrongMethod", "UnknownPath"])
def test_other_methods_and_paths_are_answered_as_it_says(name: str, dialect: str) -> None:
    contract = document(dialect)
    shown = {**contract["components"]["responses"], "UnknownPath": contract["x-unknown-path"]}[name]
    ((kind, content),) = shown["content"].items()
    chat = Chat(create_app(service_of(dialect), accounts=WHO))
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


def _loading(service: ImportService) -> None:
    service.answer("uploadImportFile", FILE)
    service.answer("getImportFileData")


def _loaded(service: ImportService) -> None:
    _loading(service)
    service.advance(60.0)


def _fetched(service: ImportService) -> None:
    service.answer("downloadPendingFiles", {})


#: How far an import has come when a case is sent.
LIVES: dict[str, Callable[[ImportService], object]] = {
    "none": lambda service: None,
    "new": ImportService.new,
    "ready": _ready,
    "importing": _importing,
    "cleared": _cleared,
    "done": _done,
    "downloading": lambda service: service.answer("downloadPublicImportFile", DOWNLOAD),
    "loading": _loading,
    "loaded": _loaded,
    "fetched": _fetched,
}
STRANGER = {"X-User-Id": "boss", "X-Auth-Token": "guessed"}
CALLERS = st.sampled_from(["boss", "boss", "boss", "limited", "guest", "stranger", None])


@cache
def api(dialect: str) -> tuple[ImportService, Any]:
    service = service_of(dialect)
    return service, schemathesis.openapi.from_dict(openapi(dialect))


def send(data: st.DataObject, dialect: str, endpoint: str, mode: GenerationMode) -> None:
    """Send a generated case to an import somewhere in its life, and hold the answer against the document."""
    service, schema = api(dialect)
    service.reset()
    # whoever logged out may enter again
    schema.app = create_app(service, accounts=WHO)
    LIVES[data.draw(st.sampled_from(list(LIVES)))](service)
    caller = data.draw(CALLERS)
    headers = STRANGER if caller == "stranger" else headers_of(caller) if caller else {}
    method, path = places(dialect)[endpoint]
    case = data.draw(schema[path][method].as_strategy(generation_mode=mode))
    for _ in range(11 if caller == "limited" and data.draw(st.booleans()) else 1):
        answer = case.call(headers=headers)
    case.validate_response(answer, checks=CHECKS)
    if caller == "boss" and mode is GenerationMode.POSITIVE and endpoint == "import.addUsers":
        assert "errorType" not in answer.json()


@pytest.mark.parametrize("endpoint", NAMES)
@pytest.mark.parametrize("dialect", EVERYDAY)
@settings(deadline=None, derandomize=True, max_examples=4)
@given(data=st.data())
def test_whatever_fits_is_answered_as_it_says(dialect: str, endpoint: str, data: st.DataObject) -> None:
    send(data, dialect, endpoint, GenerationMode.POSITIVE)


@pytest.mark.parametrize("endpoint", [name for name in NAMES if "requestBody" in operation("docs", name)])
@pytest.mark.parametrize("dialect", EVERYDAY)
@settings(deadline=None, derandomize=True, max_examples=4)
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
    schema.app = create_app(service_of("docs"), accounts=WHO)
    case = schema[PREFIX + "import.status"]["get"].Case()
    with pytest.raises(FailureGroup):
        case.validate_response(case.call(headers=STRANGER), checks=CHECKS)


@pytest.mark.long
def test_the_command_passes_and_leaves_nothing_that_git_would_see(tmp_path: Path) -> None:
    shutil.copy(ROOT / "schemathesis.toml", tmp_path)
    (tmp_path / "openapi.json").write_text(json.dumps(openapi()), encoding="utf-8")
    with service_of("docs").serve(accounts=WHO) as server:
        options = ["--url", server.url, "--include-path", PREFIX + "import.status", "--max-examples", "2"]
        command = [sys.executable, "-m", "schemathesis.cli", "run", "openapi.json", *options]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout
    assert "passed" in done.stdout
    ignored = {".hypothesis"}
    assert {path.name for path in tmp_path.iterdir()} - ignored == {"openapi.json", "schemathesis.toml"}
