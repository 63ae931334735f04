"""Generated people are made when somebody looks at them; that they are made late changes nothing."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

from simimport import ImportService, OperationError, Scenario, stage
from simimport.model.people import generated
from simimport.model.people.decisions import decisions, undecided
from simimport.model.people.generated import DEALT_ROLES
from simimport.service.calls import api_calls

MIXED = Scenario(users=400, failure_rate=0.2, crash_rate=0.5)


@pytest.fixture
def nobody_is_made(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let it fail to make anybody, until what is returned is called."""

    def refuse(locale: str, seed: int) -> None:
        raise AssertionError(f"people of {locale} and {seed} are made")

    dealer = generated.Dealer
    monkeypatch.setattr(generated, "Dealer", refuse)
    return lambda: monkeypatch.setattr(generated, "Dealer", dealer)


def test_a_poller_needs_nobody(nobody_is_made: Callable[[], None]) -> None:
    service = ImportService(MIXED, seed=3, autostart=True)
    while not service.state.terminal:
        service.advance(5)
        assert service.status()["operation"]["count"]["total"] == 400
    assert service.staged == 400
    with pytest.raises(AssertionError, match="people of en_US"):
        _ = service.staging
    nobody_is_made()
    assert len(service.imported) + len(service.staging) == 400


@pytest.mark.parametrize("dialect", ["docs", "server-6.3", "server-7.4", "server-8.3"])
@pytest.mark.parametrize("seed", range(3))
def test_they_are_those_who_would_have_been_made_at_once(
    dialect: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = _lived(dialect, seed)
    monkeypatch.setattr(api_calls, "DEALT_ROLES", {"a role that no server knows"})
    for ours, theirs in zip(late, _lived(dialect, seed), strict=True):
        if isinstance(ours, pd.DataFrame):
            pd.testing.assert_frame_equal(ours, theirs)
        else:
            assert ours == theirs


def _lived(dialect: str, seed: int) -> list[object]:
    """Return what is seen of two imports, one after the other, of which the second meets the first's."""
    service = ImportService(MIXED, seed=seed, dialect=dialect)
    seen: list[object] = []
    for _ in range(2):
        service.new()
        service.add_users()
        service.run()
        service.advance(6)
        seen += [service.status(), service.staging, service.imported]
        service.advance(1000)
        seen += [service.status(), service.staging, service.imported]
    return seen


def test_more_people_follow_them() -> None:
    service = ImportService(Scenario(users=30), seed=1)
    service.new()
    service.add_users()
    service.add_users()
    service.add_users([{"username": "jo", "emails": ["jo@example.com"], "importIds": ["x"]}])
    people = service.staging
    assert len(people) == 61
    assert people["username"].is_unique
    assert people["import_id"].tolist() == [*map(str, range(1, 61)), "x"]


def test_a_server_that_does_not_know_their_roles_looks_at_them() -> None:
    service = ImportService(seed=1, roles=["user"])
    service.new()
    with pytest.raises(OperationError, match="roles"):
        service.add_users()


@pytest.mark.parametrize("locale", ["en_US", "de_DE", "ja_JP", "pt_BR", "ar_AA", "zh_CN"])
def test_they_decide_nothing(locale: str) -> None:
    people = stage(Scenario(users=20_000, locale=locale), seed=5)
    found, none = decisions(people), undecided(len(people))
    np.testing.assert_array_equal(found.decided, none.decided)
    np.testing.assert_array_equal(found.reason, none.reason)
    assert (found.slow_s, found.cancel, found.crash) == (none.slow_s, none.cancel, none.crash)
    assert set(people["roles"].dropna().str.split(",").explode()) == DEALT_ROLES


def test_a_copy_has_them_too() -> None:
    service = ImportService(MIXED, seed=3, autostart=True)
    for other in (copy.deepcopy(service), pickle.loads(pickle.dumps(service))):  # noqa: S301 - our own bytes
        pd.testing.assert_frame_equal(other.staging, service.staging)


def test_who_looks_at_the_same_time_sees_the_same_frame() -> None:
    service = ImportService(MIXED, seed=3, autostart=True)
    operation = service._operations.present
    assert operation is not None
    with ThreadPoolExecutor(8) as pool:
        frames = list(pool.map(lambda _: operation.users.frame(), range(32)))
    assert len(set(map(id, frames))) == 1
