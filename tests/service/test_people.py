"""Whom a service stages and imports, and who is there for the next operation."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from simimport import ImportService, OperationError, Scenario, UsersError, stage, to_payload
from simimport.model.dialects import DIALECTS
from simimport.model.seeds import derive
from tests.service.services import ANN, SURE, whole


def test_generated_people_continue_with_the_next_ones() -> None:
    service = ImportService(SURE, seed=1)
    service.new()
    service.add_users()
    service.add_users([ANN])
    service.add_users()
    seed = derive(1, 0)
    people = stage(SURE.replace(users=41), seed=seed)["username"].tolist()
    assert service.staging["username"].tolist() == [*people[:20], "ann", *people[21:]]
    assert service.status()["operation"]["count"]["total"] == 41


def test_users_as_a_frame_a_list_and_a_body_are_the_same() -> None:
    frame = stage(SURE, seed=5)
    body = to_payload(frame)
    staged = []
    for users in (frame, body, body["users"], iter(body["users"])):
        service = ImportService(SURE, seed=1)
        service.new()
        service.add_users(users)
        staged.append(service.staging)
    for other in staged[1:]:
        pd.testing.assert_frame_equal(staged[0], other)


def test_everybody_gets_the_default_role() -> None:
    service = ImportService(seed=1)
    service.new()
    service.add_users([{**ANN, "roles": roles} for roles in (["bot"], ["user", "bot"], [], None)])
    service.add_users([ANN])
    assert service.staging["roles"].tolist() == ["bot,user", "user,bot", "user", "user", "user"]


def test_roles_that_are_known() -> None:
    service = ImportService(seed=1, roles=["teacher"])
    service.new()
    service.add_users([{**ANN, "roles": ["teacher"]}, ANN])
    with pytest.raises(OperationError) as caught:
        service.add_users([ANN, {**ANN, "roles": ["admin"]}])
    assert caught.value.body["error"] == "One or more of the users have been assigned invalid roles."
    assert len(service.staging) == 2


@pytest.mark.parametrize("email", [None, ""])
def test_a_frame_with_somebody_without_an_address(email: str | None) -> None:
    service = ImportService(seed=1)
    service.new()
    frame = stage(SURE, seed=1).astype({"email": object})
    frame.loc[3, "email"] = email
    with pytest.raises(OperationError, match="missing required data"):
        service.add_users(frame)
    assert service.state == "new"


def test_a_frame_that_is_none_of_users() -> None:
    service = ImportService(seed=1)
    service.new()
    with pytest.raises(UsersError, match="wizardry: no column of users"):
        service.add_users(stage(SURE, seed=1).assign(wizardry=1))
    assert service.log.calls == 1


@pytest.mark.parametrize("users", [5, "ann", b"ann"])
def test_what_is_no_list_of_users(users: Any) -> None:
    with pytest.raises(OperationError, match="must be array"):
        ImportService(seed=1).add_users(users)


def test_whom_one_operation_imported_is_there_for_the_next() -> None:
    bob = {**ANN, "emails": ["bob@example.org"], "username": "bob"}
    service = whole(ImportService(SURE, seed=1), [ANN, bob])
    again = [
        {**ANN, "username": "other"},  # the address is taken
        {**ANN, "emails": ["other@example.org"], "username": "bob"},  # the name is
        {**ANN, "emails": ["ANN@example.org"], "username": "Ann"},  # neither: the case counts
    ]
    whole(service, again)
    assert service.staging["reason"].tolist() == ["duplicate-email", "duplicate-username"]
    assert service.imported["username"].tolist() == ["ann", "bob", "Ann"]


def test_a_batch_in_flight_is_there_for_the_next_operation() -> None:
    service = ImportService(SURE, seed=1)
    service.new()
    service.add_users([ANN])
    service.run()
    service.new()
    assert len(service.imported) == 0
    service.add_users([ANN])
    service.run()
    service.run_until("done")
    assert service.staging["reason"].tolist() == ["duplicate-email"]
    assert service.imported["username"].tolist() == ["ann"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_new_operation_cuts_the_one_before_short(dialect: str) -> None:
    service = ImportService(Scenario(users=500, failure_rate=0), seed=1, dialect=dialect)
    service.new()
    service.add_users()
    service.run()
    service.advance(5)
    service.new()
    replaced = service.state
    before = len(service.imported)
    service.advance(60)
    # the batch in flight is finished, and no other is begun
    assert (replaced, len(service.imported)) == ("new", before // 50 * 50 + 50)


def test_whoever_exists_already() -> None:
    existing = pd.DataFrame({"email": ["ann@example.org"], "username": ["anna"]})
    users = [ANN, {**ANN, "emails": ["b@example.org"], "username": "anna"}]
    service = whole(ImportService(SURE, seed=1, existing=existing), users)
    assert service.staging["reason"].tolist() == ["duplicate-email", "duplicate-username"]
    with pytest.raises(UsersError, match="email: the column is missing"):
        ImportService(existing=existing[["username"]])


@pytest.mark.parametrize("dialect", DIALECTS)
def test_who_is_left_in_the_staging_area(dialect: str) -> None:
    service = whole(ImportService(Scenario(users=60, failure_rate=0.5), seed=1, dialect=dialect))
    failed = service.status()["operation"]["count"]["error"]
    assert failed > 10
    assert len(service.staging) == (failed if dialect == "docs" else 0)
    service.clear()
    assert len(service.staging) == 0


def test_frames_are_handed_out() -> None:
    service = whole(ImportService(SURE, seed=1))
    for name in ("staging", "imported", "journal"):
        frame = getattr(service, name)
        frame["more"] = 1
        assert "more" not in getattr(service, name)


def test_whoever_finishes_at_an_instant_is_imported_then() -> None:
    service = ImportService(Scenario(users=60, failure_rate=0.1), seed=1)
    service.new()
    service.add_users()
    service.run()
    run = service.current
    assert run is not None
    for at_s in run.snapshots["at_s"]:
        service.clock.jump(at_s)
        assert len(service.imported) == service.status()["operation"]["count"]["completed"]
    assert len(service.imported) > 40
