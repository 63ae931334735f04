"""The document of the control plane: it says what is there, all of it and nothing else, and holds."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
import schemathesis
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.routing import Route

from simimport import PRESETS, Fault, Faults, ImportService, Scenario, create_app
from simimport.model.scenario import FIELDS
from simimport.service.http.control.document import document, index
from simimport.service.http.control.schemas import QUERIES, schemas
from simimport.service.http.control.table import ROOT, TABLE
from simimport.service.http.control_plane import control_plane
from simimport.service.schedule.fault import KINDS
from tests.service.contract.bodies import check_schema
from tests.service.http.clients import ACCOUNTS, Chat, headers_of

FEW = Scenario(users=60)
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance,
          response_schema_conformance, response_headers_conformance]  # fmt: skip


def described(document: dict[str, Any]) -> set[tuple[str, str]]:
    return {(path, method.upper()) for path, item in document["paths"].items() for method in item}


def schema_of(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}", "components": document()["components"]}


def test_a_scenario_of_a_reset_is_the_whole_scenario() -> None:
    app = create_app(ImportService(FEW.replace(failure_rate=0.5)), accounts=ACCOUNTS)
    assert Chat(app).ask("POST", ROOT + "reset", json={"scenario": {"users": 3}}).status_code == 200
    assert app.service.scenario == Scenario(users=3)
    about = document()["components"]["schemas"]["Reset"]["properties"]["scenario"]["description"]
    assert about.startswith("Replaces the whole scenario: a field that it leaves out is the default one")


# what is there -----------------------------------------------------------------------------------------


def test_the_routes_and_the_document_are_equal_both_ways() -> None:
    plane = control_plane(ImportService(), 100, lambda headers: None)
    routes = [route for route in plane.routes if isinstance(route, Route)]
    there = {(route.path, method) for route in routes for method in route.methods or () if method != "HEAD"}
    assert described(document()) == there
    assert {tuple(reversed(name.split(" "))) for name in index()["endpoints"]} == there
    assert len({operation.name for operation in TABLE}) == len(TABLE) == len(there)


def test_it_is_answered_and_is_a_document() -> None:
    chat = Chat(create_app(ImportService(FEW), accounts=ACCOUNTS))
    answered = chat.ask("GET", ROOT + "openapi.json").json()
    assert answered == document()
    schemathesis.openapi.from_dict(answered).validate()
    assert chat.ask("GET", ROOT).json() == index()
    for name, schema in schemas().items():
        check_schema(schema)
        # nothing is described that nothing leads to
        used = f'"#/components/schemas/{name}"' in json.dumps(answered)
        assert used or name in QUERIES, name


# what it says of bodies --------------------------------------------------------------------------------


@pytest.mark.parametrize("preset", PRESETS)
def test_a_scenario_fits(preset: str) -> None:
    assert Draft202012Validator(schema_of("Scenario")).is_valid(PRESETS[preset].to_dict())


@pytest.mark.parametrize(
    "fields",
    [{"users": -1}, {"users": True}, {"users": 1.5}, {"users": None}, {"failure_rate": 2},
     {"cancel_at": "x"}, {"importer": "xls"}, {"locale": "xx"}, {"epoch": 5}, {"user": 1},
     {"loading_s": 3}, {"users_per_s": 0}, {"batch_size": 0}, {"slowdown": -1}],
)  # fmt: skip
def test_a_scenario_that_does_not_fit_is_refused(fields: dict[str, Any]) -> None:
    assert not Draft202012Validator(schema_of("Scenario")).is_valid(fields)
    chat = Chat(create_app(ImportService(FEW), accounts=ACCOUNTS))
    assert chat.ask("POST", ROOT + "reset", json={"scenario": fields}).status_code == 400


@given(st.data())
def test_a_fault_fits_where_it_is_one_and_nowhere_else(data: st.DataObject) -> None:
    fields = data.draw(st.fixed_dictionaries(
        {"kind": st.sampled_from(list(KINDS))},
        optional={
            "at_poll": st.none() | st.integers(0, 3), "every": st.none() | st.integers(1, 3),
            "at_s": st.none() | st.integers(-1, 3), "seconds": st.sampled_from([None, 0, 1.5, 86_401]),
            "endpoint": st.sampled_from(["login", "getImportProgress", "x"]),
            "retry_after": st.sampled_from([None, 0, 5.5, "date", -1]),
        },
    ))  # fmt: skip
    fits = Draft202012Validator(schema_of("Fault")).is_valid(fields)
    try:
        fault = Fault(**fields)
    except ValueError:
        assert not fits, fields
    else:
        assert fits, fields
        assert Draft202012Validator(schema_of("Fault")).is_valid(fault.fields())


def test_every_field_is_described() -> None:
    assert list(schemas()["Scenario"]["properties"]) == list(FIELDS)
    assert set(schemas()["Fault"]["properties"]) == set(Fault.__dataclass_fields__)


# whatever is sent --------------------------------------------------------------------------------------


@cache
def contract() -> tuple[ImportService, Any]:
    service = ImportService(FEW, seed=1, faults=Faults([Fault("503", every=3)]))
    schema = schemathesis.openapi.from_dict(document())
    schema.app = create_app(service, accounts=ACCOUNTS)
    return service, schema


def send(data: st.DataObject, method: str, path: str, mode: GenerationMode) -> None:
    service, schema = contract()
    service.reset()
    if data.draw(st.booleans()):
        service.start()
        service.answer("import.status")
    case = data.draw(schema[path][method].as_strategy(generation_mode=mode))
    # an import of millions is its caller's to wait for
    if isinstance(case.body, dict):
        case.body.pop("autostart", None)
    caller = data.draw(st.sampled_from(["boss", "boss", "guest", None]))
    answer = case.call(headers=headers_of(caller) if caller else {})
    negative = mode is GenerationMode.NEGATIVE and caller == "boss"
    case.validate_response(answer, checks=[*CHECKS, *([negative_data_rejection] if negative else [])])


@pytest.mark.parametrize(("path", "method"), sorted(described(document())))
@settings(deadline=None, derandomize=True, max_examples=8)
@given(data=st.data())
def test_whatever_fits_is_answered_as_it_says(path: str, method: str, data: st.DataObject) -> None:
    send(data, method, path, GenerationMode.POSITIVE)


@pytest.mark.parametrize(
    ("path", "method"),
    sorted((ROOT + operation.path, operation.method) for operation in TABLE if operation.body),
)
@settings(deadline=None, derandomize=True, max_examples=8)
@given(data=st.data())
def test_whatever_does_not_fit_is_answered_as_it_says(path: str, method: str, data: st.DataObject) -> None:
    send(data, method, path, GenerationMode.NEGATIVE)


@pytest.mark.long
@pytest.mark.parametrize(("path", "method"), sorted(described(document())))
@settings(deadline=None, derandomize=True, max_examples=100)
@given(data=st.data(), fitting=st.booleans())
def test_much_more_of_it(path: str, method: str, data: st.DataObject, fitting: bool) -> None:
    fitting |= "requestBody" not in document()["paths"][path][method.lower()]
    send(data, method, path, GenerationMode.POSITIVE if fitting else GenerationMode.NEGATIVE)
