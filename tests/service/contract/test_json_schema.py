"""The schema: what it is, and that every answer keeps it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator

from simimport import PRESETS, ImportService, ParameterError, Scenario, response_schema, simulate
from simimport.model.states import State, Step
from simimport.service.contract.json_schema import state_schema
from tests.model.strategies import DIALECTS, instants, runs
from tests.service.contract.bodies import (
    EVERY,
    PAGE,
    SERVER_PAGE,
    SERVERS,
    Body,
    check_schema,
    distinct,
    fits,
    known_steps,
    misfits,
    pool,
    verdicts,
)

# what it is -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", DIALECTS)
def test_it_is_a_schema(dialect: str) -> None:
    schema = response_schema(dialect)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    check_schema(schema)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_servers_never_say_canceled(dialect: str) -> None:
    states = response_schema(dialect)["properties"]["state"]["enum"]
    assert states == [state for state in State if dialect == "docs" or state is not State.CANCELED]


def test_nothing_is_shared_between_two_schemas_or_within_one() -> None:
    schema = response_schema()
    before = json.dumps(schema)
    assert [part for part in parts(schema) if id(part) in map(id, parts(response_schema()))] == []
    assert len({id(part) for part in parts(schema)}) == len(parts(schema))
    schema["$defs"].clear()
    assert json.dumps(response_schema()) == before


def parts(node: Any) -> list[Any]:
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    own = [node] if isinstance(node, dict | list) else []
    return own + [part for child in inner for part in parts(child)]


def test_an_unknown_dialect_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"dialect is 'server-8\.4'; allowed: docs, server-6\.3"):
        response_schema("server-8.4")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_schema_of_a_state_is_that_state_alone(dialect: str) -> None:
    for state in response_schema(dialect)["properties"]["state"]["enum"]:
        schema = state_schema(state, dialect=dialect)
        check_schema(schema)
        own = Draft202012Validator(schema)
        bodies = pool(dialect)
        assert {body["state"] for body in bodies if own.is_valid(body)} == {state}
        assert all(own.is_valid(body) for body in bodies if body["state"] == state)


def test_the_schema_of_a_state_has_what_it_needs_and_no_more() -> None:
    assert list(state_schema("none")["$defs"]) == ["NoneStatus"]
    assert list(state_schema("new", dialect="server-7.4")["$defs"]) == [
        "NewStatus", "NewOperation", "Instant", "Importer", "UserId", "OperationId",
    ]  # fmt: skip


def test_a_state_that_cannot_come_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"dialect server-8\.3: state is 'canceled'; allowed: none, new"):
        state_schema("canceled", dialect="server-8.3")
    with pytest.raises(ParameterError, match="Did you mean 'ready'"):
        state_schema("redy")


# what keeps it --------------------------------------------------------------------------------------


def test_the_examples_of_the_documentation_keep_it() -> None:
    assert [dialect for dialect in DIALECTS if fits(PAGE, dialect)] == ["docs"]
    assert [dialect for dialect in DIALECTS if fits(SERVER_PAGE, dialect)] == list(SERVERS)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", PRESETS)
def test_every_body_of_every_preset_keeps_it(name: str, dialect: str) -> None:
    scenario = PRESETS[name]
    assert misfits(simulate(scenario.replace(users=min(scenario.users, 5000)), seed=1), dialect) == []


@pytest.mark.long
@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_body_of_the_big_preset_keeps_it(dialect: str) -> None:
    assert misfits(simulate(PRESETS["big"], seed=1), dialect) == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_body_of_the_pool_keeps_it(dialect: str) -> None:
    assert [body for body in pool(dialect) if verdicts(body, dialect) != {True}] == []
    steps = {body["operation"]["status"] for body in pool(dialect) if "operation" in body}
    assert steps == set(known_steps(dialect))


@EVERY
@given(data=st.data(), dialect=st.sampled_from(DIALECTS))
def test_every_body_of_any_import_keeps_it_canceled_or_not(data: st.DataObject, dialect: str) -> None:
    run = data.draw(runs(max_users=80))
    assert misfits(run, dialect) == []
    assert misfits(run.cancel(data.draw(instants(run))), dialect) == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_body_of_the_service_keeps_it(dialect: str) -> None:
    seen: list[Body] = []
    for lasts_s in (None, 0.0, 0.005, 1.0, 2.5, 3.0, 100.0):
        service = ImportService(Scenario(users=120, failure_rate=0.1), seed=1, dialect=dialect)
        seen += [service.status(), service.clear() and service.status(), service.new() and service.status()]
        if lasts_s is not None:
            service.add_users()
            seen.append(service.status())
            if lasts_s:
                service.run()
                service.advance(lasts_s)
                seen.append(service.status())
        service.clear()
        for _ in range(40):
            seen.append(service.status())
            service.advance(0.25)
        service.new()
        seen.append(service.status())
    assert [body for body in distinct(seen) if not fits(body, dialect)] == []
    ended = "canceled" if dialect == "docs" else "error"
    assert {body["state"] for body in seen} == {"none", "new", "ready", "importing", "done", ended}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_each_dialect_has_its_own(dialect: str) -> None:
    others = {"docs": SERVERS, "server-6.3": ("docs",), "server-7.4": ("docs",), "server-8.3": ("docs",)}
    bodies = [body for body in pool(dialect) if body["state"] != "none"]
    for other in others[dialect]:
        assert [body for body in bodies if fits(body, other)] == []


def test_only_newer_servers_import_contacts() -> None:
    contacts = [b for b in pool("server-7.4") if b["state"] != "none"]
    contacts = [b for b in contacts if b["operation"]["status"] == Step.IMPORTING_CONTACTS]
    assert len(contacts) > 1
    assert [dialect for dialect in SERVERS if all(fits(b, dialect) for b in contacts)] == list(SERVERS[1:])
    assert not any(fits(body, "server-6.3") for body in contacts)
