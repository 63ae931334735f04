"""The schema holds for no answer whose meaning was changed."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model.strategies import DIALECTS
from tests.service.contract.bodies import EVERY, PAGE, SERVERS, Body, fits, objects, pool, verdicts
from tests.service.contract.mutations import MUTATIONS, Mutation, bad_id, counted_never, may_lack, mutable


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
@EVERY
@given(data=st.data())
def test_no_body_keeps_it_once_its_meaning_is_changed(mutation: Mutation, data: st.DataObject) -> None:
    dialect, good = data.draw(st.sampled_from(mutable(mutation)))
    body = deepcopy(good)
    mutation(data.draw, body, dialect)
    assert json.dumps(body) != json.dumps(good)
    assert verdicts(body, dialect) == {False}, body


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
            free = may_lack(good, dialect)
            needed = [body for name, body in zip(place, less, strict=True) if name not in free]
            kept += [body for body in (more, *needed, *null) if fits(body, dialect)]
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
    assert dialects == set(SERVERS if mutation in (bad_id, counted_never) else DIALECTS)


@pytest.mark.parametrize("body", [None, True, 5, "new", [], [PAGE], {}, {"state": "new"}, {"success": True}])
def test_what_is_no_body_is_none(body: Any) -> None:
    assert {verdict for dialect in DIALECTS for verdict in verdicts(body, dialect)} == {False}
