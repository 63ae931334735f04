"""The schema holds for every answer, and for no answer whose meaning was changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from simimport import PRESETS, ImportService, ParameterError, Run, Scenario, response_schema, simulate
from simimport.model.states import STEP_STATE, State, Step
from simimport.service.contract.json_schema import state_schema
from tests.model.strategies import DIALECTS, instants, runs

Body = dict[str, Any]

EVERY = settings(deadline=None, derandomize=True, max_examples=60)
SERVERS = DIALECTS[1:]
PAGE: Body = {
    "success": True,
    "state": "ready",
    "operation": {
        "type": "api",
        "importerKey": "api",
        "ts": "2016-09-13T14:57:56.037Z",
        "status": "importer_user_selection",
        "valid": True,
        "user": "aobEdbYhXfu5hkeqG",
        "_updatedAt": "2016-09-13T14:57:56.037Z",
        "count": {"total": 8000, "users": 8000, "messages": 0, "channels": 0, "completed": 0, "error": 0},
    },
}
SERVER_PAGE: Body = {
    "state": "ready",
    "operation": {
        "_id": "64d51ea91558939980aab371",
        "type": "api",
        "importerKey": "api",
        "ts": "2023-08-10T17:30:17.519Z",
        "status": "importer_user_selection",
        "valid": True,
        "user": "7TY57bBj3xQXvf2i2",
        "_updatedAt": "2023-08-10T17:41:20.052Z",
        "count": {"total": 2, "users": 2},
    },
    "success": True,
}


@cache
def validator(dialect: str) -> Draft202012Validator:
    return Draft202012Validator(response_schema(dialect))


def fits(body: Any, dialect: str) -> bool:
    return bool(validator(dialect).is_valid(body))


def misfits(run: Run, dialect: str) -> list[Body]:
    return [body for _, body in run.responses(dialect=dialect) if not fits(body, dialect)]


@cache
def pool(dialect: str) -> list[Body]:
    """Return distinct bodies of every kind: whole runs, canceled and crashed ones, of nobody and of files."""
    base = [
        simulate(users=120, failure_rate=0.3, seed=1),
        simulate(users=120, failure_rate=1, seed=2),
        simulate(users=0, seed=3),
        simulate(users=60, importer="csv", loading_s=3.0, failure_rate=0, seed=4),
        simulate(users=120, crash_rate=1, crash_at=0.1, seed=5),
        simulate(users=120, crash_rate=1, crash_at=0.9, seed=6),
        simulate(users=60, importer="csv", loading_s=3.0, crash_rate=1, seed=7),
    ]
    # at each change, so that every step is interrupted in some
    canceled = [run.cancel(at_s) for run in base for at_s, _ in run.responses(dialect=DIALECTS[-1])]
    bodies = [run.status(-1, dialect=dialect) for run in base[:1]]
    bodies += [body for run in [*base, *canceled] for _, body in run.responses(dialect=dialect)]
    return distinct(bodies)


def distinct(bodies: list[Body]) -> list[Body]:
    return list({json.dumps(body): body for body in bodies}.values())


# what it is -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", DIALECTS)
def test_it_is_a_schema(dialect: str) -> None:
    schema = response_schema(dialect)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)


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
        Draft202012Validator.check_schema(schema)
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
    assert [body for body in pool(dialect) if not fits(body, dialect)] == []
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
    told = [body for body in pool(dialect) if body["state"] != "none"]
    for other in others[dialect]:
        assert [body for body in told if fits(body, other)] == []


def test_only_newer_servers_import_contacts() -> None:
    contacts = [b for b in pool("server-7.4") if b["state"] != "none"]
    contacts = [b for b in contacts if b["operation"]["status"] == Step.IMPORTING_CONTACTS]
    assert len(contacts) > 1
    assert [dialect for dialect in SERVERS if all(fits(b, dialect) for b in contacts)] == list(SERVERS[1:])
    assert not any(fits(body, "server-6.3") for body in contacts)


# what breaks it: each changes what a body means, so by construction no answer can look like that -----


def known_steps(dialect: str) -> list[Step]:
    """Return the steps that the contract gives a dialect."""
    absent = {Step.IMPORTING_CONTACTS} if dialect in ("docs", "server-6.3") else set()
    return [step for step in Step if step not in absent | (set() if dialect == "docs" else {Step.CANCELLED})]


def state_of(step: Step, valid: bool, dialect: str) -> State | None:
    """Return the state that the contract gives a step; None where such an operation does not exist."""
    if step not in known_steps(dialect):
        return None
    if dialect != "docs":
        if step is Step.FAILED and valid:
            return None
        return State.DONE if step is Step.DONE else STEP_STATE[step] if valid else State.ERROR
    state = STEP_STATE[step]
    return state if valid is (state not in (State.CANCELED, State.ERROR)) else None


Draw = Callable[[st.SearchStrategy[Any]], Any]
TYPES: dict[str, st.SearchStrategy[Any]] = {
    "null": st.none(),
    "boolean": st.booleans(),
    "number": st.integers(-5, 10**6) | st.floats(-1e6, 1e6),
    "string": st.sampled_from(["", "0", "true", "null", "ready"]) | st.text(max_size=5),
    "array": st.lists(st.integers(0, 5), max_size=2),
    "object": st.dictionaries(st.text(max_size=3), st.integers(0, 5), max_size=2),
}
PYTHON = {type(None): "null", bool: "boolean", int: "number", str: "string", dict: "object"}


def objects(body: Body) -> list[Body]:
    operation = body.get("operation", {})
    return [each for each in (body, operation, operation.get("count")) if each]


def dropped(draw: Draw, body: Body, dialect: str) -> None:
    place = draw(st.sampled_from(objects(body)))
    del place[draw(st.sampled_from(list(place)))]


def added(draw: Draw, body: Body, dialect: str) -> None:
    place = draw(st.sampled_from(objects(body)))
    known = st.sampled_from(["_id", "count", "completed", "error", "contacts", "operation", "Status", ""])
    name = draw((known | st.text(max_size=6)).filter(lambda name: name not in place))
    place[name] = draw(st.one_of(*TYPES.values()))


def retyped(draw: Draw, body: Body, dialect: str) -> None:
    place = draw(st.sampled_from(objects(body)))
    name = draw(st.sampled_from(list(place)))
    others = [values for kind, values in TYPES.items() if kind != PYTHON[type(place[name])]]
    place[name] = draw(st.one_of(*others))


def other_state(draw: Draw, body: Body, dialect: str) -> None:
    words = [*State, "cancelled", "Ready", "finished", ""]
    body["state"] = str(draw(st.sampled_from([word for word in words if word != body["state"]])))


def other_step(draw: Draw, body: Body, dialect: str) -> None:
    operation = body["operation"]
    wrong = [s for s in Step if state_of(s, operation["valid"], dialect) != body["state"]]
    operation["status"] = str(draw(st.sampled_from([*wrong, "importer_queued", "ready", ""])))


def valid_flipped(draw: Draw, body: Body, dialect: str) -> None:
    body["operation"]["valid"] ^= True


def no_success(draw: Draw, body: Body, dialect: str) -> None:
    body["success"] = False


def bad_counter(draw: Draw, body: Body, dialect: str) -> None:
    count = body["operation"]["count"]
    name = draw(st.sampled_from(list(count)))
    # 5.0 is the whole number 5 in JSON, so a fraction must be one
    fraction = st.integers(0, 10**6).map(lambda whole: whole + 0.5)
    count[name] = draw(st.integers(max_value=-1) | fraction | st.sampled_from(["5", True, None, -0.5]))


def counted_too_early(draw: Draw, body: Body, dialect: str) -> None:
    """Publish users as processed before a batch was."""
    number, count = draw(st.integers(1, 100)), body["operation"].setdefault("count", {})
    names = st.sampled_from([("completed",), ("error",), ("completed", "error")])
    count.update(dict.fromkeys(draw(names), number))


def counted_never(draw: Draw, body: Body, dialect: str) -> None:
    """Leave the users' step with nobody published as processed."""
    count = body["operation"]["count"]
    if dialect == "docs" or draw(st.booleans()):
        count.update(completed=0, error=0)
    else:
        del count["completed"], count["error"]


def staged_too_early(draw: Draw, body: Body, dialect: str) -> None:
    body["operation"].setdefault("count", {}).update(total=7, users=7)


def nobody_staged(draw: Draw, body: Body, dialect: str) -> None:
    """Take away the users of whom some are published as processed."""
    names = st.sampled_from([("total",), ("users",), ("total", "users")])
    body["operation"]["count"].update(dict.fromkeys(draw(names), 0))


def others_counted(draw: Draw, body: Body, dialect: str) -> None:
    body["operation"]["count"][draw(st.sampled_from(["messages", "channels"]))] = draw(st.integers(1, 9))


def bad_instant(draw: Draw, body: Body, dialect: str) -> None:
    operation, name = body["operation"], draw(st.sampled_from(["ts", "_updatedAt"]))
    good = operation[name]
    fields = {
        "2016": ["16", "+2016", "٢٠١٦", "02016"],
        "-09-": ["-13-", "-00-", "-9-", "/09/", "-"],
        "-13": ["-32", "-00", "-1"],
        "T": [" ", "t", ""],
        "T14": ["T24", "T4", "T"],
        ":5": [":6", ":", ""],
        ".": [",", "", ".0", ":"],
        "Z": ["z", "", "+00:00", "+02:00", "Z\n", "ZZ", " "],
    }
    text = draw(st.sampled_from(list(fields)))
    wrong = good.replace(text, draw(st.sampled_from(fields[text])), 1)
    other = st.sampled_from([1473778676037, "", "now", "2016-09-13", "Tue, 13 Sep 2016 14:57:56 GMT"])
    operation[name] = draw(st.just(wrong) | other)


def bad_id(draw: Draw, body: Body, dialect: str) -> None:
    operation = body["operation"]
    good, place = operation["_id"], draw(st.integers(0, 23))
    letter = draw(st.sampled_from("gxzGA-_ ٣"))
    wrong = [good[:place] + letter + good[place + 1 :], good[:place] + good[place + 1 :], good + "0",
             good + "\n", f"0x{good}", "", "aobEdbYhXfu5hkeqG"]  # fmt: skip
    operation["_id"] = draw(st.sampled_from(wrong))


def bad_user(draw: Draw, body: Body, dialect: str) -> None:
    body["operation"]["user"] = draw(st.sampled_from(["", None, 7, {"_id": "aobEdbYhXfu5hkeqG"}]))


def other_importer(draw: Draw, body: Body, dialect: str) -> None:
    operation = body["operation"]
    good = (operation["type"], operation["importerKey"])
    words = [("api", "csv"), ("CSV", "api"), ("csv", "csv"), ("API", "api"), ("Slack", "slack"), ("", "")]
    # nothing is loaded from files by the API
    loading = STEP_STATE[step(body)] is State.LOADING
    operation["type"], operation["importerKey"] = draw(
        st.sampled_from(words + [("api", "api")] * loading).filter(lambda pair: pair != good)
    )


def step(body: Body) -> Step:
    return Step(body["operation"]["status"])


def flushed(body: Body) -> bool:
    count = body["operation"].get("count", {})
    return bool(count.get("completed", 0) + count.get("error", 0))


EARLY = (Step.NEW, Step.UPLOADING, Step.FILE_LOADED, Step.PREPARING_USERS)
BEFORE_USERS = (*EARLY, Step.USER_SELECTION, Step.IMPORTING_STARTED)
AFTER_USERS = (Step.IMPORTING_CONTACTS, Step.IMPORTING_CHANNELS, Step.IMPORTING_MESSAGES, Step.FINISHING,
               Step.DONE)  # fmt: skip
Mutation = Callable[[Draw, Body, str], None]
Applies = Callable[[Body, str], bool]


def told(body: Body, dialect: str) -> bool:
    return body["state"] != "none"


#: Each mutation, and of which bodies it changes the meaning.
MUTATIONS: dict[Mutation, Applies] = {
    dropped: lambda body, dialect: True,
    added: lambda body, dialect: True,
    retyped: lambda body, dialect: True,
    other_state: lambda body, dialect: True,
    no_success: lambda body, dialect: True,
    other_step: told,
    # a server's operation that is done may have been cleared or not
    valid_flipped: lambda body, dialect: body["state"] not in ("none", "" if dialect == "docs" else "done"),
    bad_counter: lambda body, dialect: "count" in body.get("operation", {}),
    counted_too_early: lambda body, dialect: told(body, dialect) and step(body) in BEFORE_USERS,
    counted_never: lambda body, dialect: told(body, dialect)
    and flushed(body)
    # a server's operation fails after a batch, if it does
    and (step(body) in AFTER_USERS or (dialect != "docs" and step(body) is Step.FAILED)),
    staged_too_early: lambda body, dialect: told(body, dialect) and step(body) in EARLY,
    nobody_staged: lambda body, dialect: told(body, dialect) and flushed(body),
    others_counted: lambda body, dialect: "count" in body.get("operation", {}),
    bad_instant: told,
    bad_id: lambda body, dialect: told(body, dialect) and dialect != "docs",
    bad_user: told,
    other_importer: told,
}


@cache
def mutable(mutation: Mutation) -> list[tuple[str, Body]]:
    every = [(dialect, body) for dialect in DIALECTS for body in pool(dialect)]
    return [(dialect, body) for dialect, body in every if MUTATIONS[mutation](body, dialect)]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
@EVERY
@given(data=st.data())
def test_no_body_keeps_it_once_its_meaning_is_changed(mutation: Mutation, data: st.DataObject) -> None:
    dialect, good = data.draw(st.sampled_from(mutable(mutation)))
    body = deepcopy(good)
    mutation(data.draw, body, dialect)
    assert json.dumps(body) != json.dumps(good)
    assert not fits(body, dialect), body


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_kind_of_body_needs_all_its_keys_and_has_room_for_no_other(dialect: str) -> None:
    kept = []
    for good in kinds(dialect):
        for number, place in enumerate(objects(good)):
            more = deepcopy(good)
            objects(more)[number]["extra"] = 0
            less, null = [[deepcopy(good) for _ in place] for _ in range(2)]
            for name, without, with_null in zip(place, less, null, strict=True):
                del objects(without)[number][name]
                objects(with_null)[number][name] = None
            kept += [body for body in (more, *less, *null) if fits(body, dialect)]
    assert kept == []


def kinds(dialect: str) -> list[Body]:
    """Return a body of each kind: with each step, valid or not, and with each set of keys."""
    found = {}
    for body in pool(dialect):
        operation = body.get("operation", {})
        found[operation.get("status"), operation.get("valid"), *operation.get("count", {})] = body
    return list(found.values())


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_each_mutation_has_bodies_in_every_dialect_that_it_can_change(mutation: Mutation) -> None:
    dialects = {dialect for dialect, _ in mutable(mutation)}
    assert dialects == set(SERVERS if mutation is bad_id else DIALECTS)


@pytest.mark.parametrize("body", [None, True, 5, "new", [], [PAGE], {}, {"state": "new"}, {"success": True}])
def test_what_is_no_body_is_none(body: Any) -> None:
    assert not any(fits(body, dialect) for dialect in DIALECTS)
