"""OpenAPI for generators of code: plain objects with names, which take whatever the exact schemas take."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from simimport import ParameterError, openapi
from tests.service.contract.bodies import check_schema, pool
from tests.service.contract.surface import asked, media, said, schema_of
from tests.service.http.clients import DIALECTS

Schema = dict[str, Any]

#: What a class can be made of; all else is what generators drop, refuse, or make unions of.
PLAIN = {
    "$ref", "type", "format", "minimum", "description", "properties", "required", "items", "enum",
    "additionalProperties",
}  # fmt: skip
CLASSES = {
    "Account", "AccountEmail", "AccountSettings", "AddUsersRequest", "Credentials", "CurrentImport",
    "DownloadFileRequest", "EmptyRequest", "ImportCount", "ImportFileData", "ImportFileUser",
    "ImportOperation", "ImportProgress", "ImportProgressCount", "ImportSelection", "ImportState",
    "ImportStatus", "ImportStep", "Importer", "Importers", "LatestOperations", "LoginRefused", "LoginResult",
    "LogoutMessage", "LogoutResult", "Me", "NewImport", "NewUser", "PendingCount", "Refusal",
    "SelectedChannel", "SelectedIds", "ServerInfo", "Session", "StartImportRequest", "Success",
    "Unauthorized", "UploadFileRequest",
}  # fmt: skip
#: From 7.4 on imports know contacts, and a wrong method is refused with a text.
OF_SOME = {
    "docs": {"WrongMethod"}, "server-6.3": {"WrongMethod"},
    "server-7.4": {"SelectedContact"}, "server-8.3": {"SelectedContact"},
}  # fmt: skip


@cache
def document(dialect: str) -> Schema:
    return openapi(dialect, flavour="generators")


def classes(dialect: str) -> dict[str, Schema]:
    found: dict[str, Schema] = document(dialect)["components"]["schemas"]
    return found


def fits(body: Any, schema: Schema, dialect: str) -> bool:
    parts = document(dialect)["components"]
    return Draft202012Validator({**schema, "components": parts}).is_valid(body)


def parts_of(schema: Schema) -> Iterator[Schema]:
    """Return a schema and all schemas inside it."""
    yield schema
    for part in [*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])]:
        yield from parts_of(part)


def test_an_unknown_flavour_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"flavour is 'exakt'; allowed: exact, generators.*'exact'"):
        openapi(flavour="exakt")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_class_has_a_name_that_is_the_same_in_every_dialect(dialect: str) -> None:
    assert set(classes(dialect)) == CLASSES | OF_SOME[dialect]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_there_is_nothing_that_generators_cannot_read(dialect: str) -> None:
    for name, schema in classes(dialect).items():
        check_schema(schema)
        # a class that is only another's name is none to some
        assert "$ref" not in schema, name
        for part in parts_of(schema):
            assert set(part) <= PLAIN, name
            # an object without a name would get one that nobody chose
            assert part is schema or "properties" not in part, name


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_counters_are_typed_to_the_end(dialect: str) -> None:
    place = classes(dialect)["ImportStatus"]
    for key, owner in (("operation", "ImportOperation"), ("count", "ImportCount")):
        assert place["properties"][key] == {"$ref": f"#/components/schemas/{owner}"}
        place = classes(dialect)[owner]
    assert {part["type"] for part in place["properties"].values()} == {"integer"}
    assert "total" in place["required"]
    assert classes(dialect)["ImportState"]["enum"][:2] == ["none", "new"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_it_takes_every_body_of_a_status(dialect: str) -> None:
    assert [body for body in pool(dialect) if not fits(body, classes(dialect)["ImportStatus"], dialect)] == []
    # and is not so wide that it takes anything
    body = pool(dialect)[-1]
    for change in ({"state": "gone"}, {"operation": {}}, {"success": None}, {"more": 1}):
        assert not fits({**body, **change}, classes(dialect)["ImportStatus"], dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_it_takes_every_answer_and_every_example(dialect: str) -> None:
    for endpoint, answer in asked(dialect):
        schema = schema_of(dialect, endpoint, answer, flavour="generators")
        assert fits(said(answer), schema, dialect), (endpoint, answer.text)
    for kind in media(document(dialect)):
        examples = [kind["example"]] if "example" in kind else [e["value"] for e in kind["examples"].values()]
        assert all(fits(body, kind["schema"], dialect) for body in examples)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_all_but_the_schemas_and_forms_is_as_in_the_exact_flavour(dialect: str) -> None:
    exact, plain = openapi(dialect), openapi(dialect, flavour="generators")
    del exact["paths"]["/api/v1/login"]["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]
    for contract in (exact, plain):
        contract["components"] = {**contract["components"], "schemas": {}}
    assert _without_names(exact) == _without_names(plain)


def _without_names(contract: Schema) -> Any:
    """Return a document whose references to schemas lead nowhere."""

    def hook(node: Schema) -> Schema:
        return {} if "#/components/schemas/" in node.get("$ref", "") else node

    return json.loads(json.dumps(contract), object_hook=hook)
