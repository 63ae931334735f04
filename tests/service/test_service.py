"""ImportService as its users meet it: names, seeds, reset; the sequences are in test_operations."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

from simimport import (
    PRESETS,
    ClockError,
    Faults,
    ImportService,
    ManualClock,
    OperationError,
    ParameterError,
    Scenario,
    import_status,
    simulate,
)
from simimport.model.dialects import DIALECTS
from simimport.model.seeds import derive
from simimport.service.operations import ENDPOINTS
from simimport.service.service import UnknownEndpointError
from tests.service.services import ANN, SURE, whole


def test_the_page_of_the_documentation_in_process() -> None:
    service = ImportService(PRESETS["page_example"], seed=1)
    service.new()
    service.add_users()
    assert service.status() == {
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
            "count": {
                "total": 8000, "users": 8000, "messages": 0, "channels": 0, "completed": 0, "error": 0,
            },
        },
    }  # fmt: skip


def test_every_endpoint_has_three_names() -> None:
    service = ImportService(SURE, seed=1)
    assert service._ipython_key_completions_() == service.keys() == list(ENDPOINTS)
    assert service["import.new"]() == {**service.call("import.new")}
    assert service["import.addUsers"](users=[ANN]) == {"success": True}
    assert service["import.status"]() == service.call("import.status") == service.status()
    assert service["import.run"]() == {"success": True}
    assert service["importers.list"]() == [
        {"key": "csv", "name": "CSV"}, {"key": "slack", "name": "Slack"},
        {"key": "slack-users", "name": "Slack_Users"},
    ]  # fmt: skip
    assert service["getImportProgress"]()["count"] == {"completed": 0, "total": 1, "error": 0}
    service.run_until("done")
    assert service["getImportProgress"]() == {
        "key": "api", "name": "API", "step": "importer_done",
        "count": {"completed": 1, "total": 1, "error": 0}, "success": True,
    }  # fmt: skip
    assert service["getCurrentImportOperation"]() == {
        "success": True, "operation": service.status()["operation"],
    }  # fmt: skip
    assert service["import.clear"]() == {"success": True}


def test_a_name_that_is_none() -> None:
    service = ImportService(seed=1)
    with pytest.raises(KeyError) as caught:
        service["import.state"]
    assert isinstance(caught.value, UnknownEndpointError)
    assert str(caught.value).endswith(". Did you mean 'import.status'?")
    with pytest.raises(ParameterError, match="endpoint is 'imports'"):
        service.call("imports")
    assert service.log.calls == 0


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_answer_over_the_wire_is_the_one_in_process(dialect: str) -> None:
    made = [ImportService(SURE, seed=3, dialect=dialect) for _ in range(2)]
    calls: list[tuple[str, dict[str, Any]]] = [
        ("import.status", {}), ("getCurrentImportOperation", {}), ("import.new", {}), ("import.status", {}),
        ("import.addUsers", {"users": [ANN]}), ("import.run", {}), ("import.status", {}),
        ("getImportProgress", {}), ("importers.list", {}), ("import.clear", {}), ("import.status", {}),
    ]  # fmt: skip
    for endpoint, body in calls:
        body_in_process = made[0].call(endpoint, **body)
        raw = made[1].answer(endpoint, body).raw
        assert json.dumps(body_in_process, separators=(",", ":")).encode() == raw


def test_the_account_that_creates_it_is_in_the_document() -> None:
    service = ImportService(seed=1)
    service.answer("import.new", account="rbAXPnMktTFbNpwtJ")
    assert service.status()["operation"]["user"] == "rbAXPnMktTFbNpwtJ"
    assert service.journal["account"].tolist() == ["rbAXPnMktTFbNpwtJ", "aobEdbYhXfu5hkeqG"]


# seeds -----------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bytes() -> None:
    def bytes_of(service: ImportService) -> list[bytes]:
        raw_answers = []
        for _ in range(2):
            raw_answers += [service.answer(endpoint).raw for endpoint in ("import.new", "import.status")]
            service.add_users()
            service.run()
            for _ in range(20):
                service.advance(0.7)
                raw_answers.append(service.answer("import.status").raw)
        return raw_answers

    flaky = PRESETS["flaky"].replace(users=200)
    first, same, other = (ImportService(flaky, seed=seed, dialect="server-8.3") for seed in (7, 7, 8))
    answers = bytes_of(first)
    assert answers == bytes_of(same)
    assert answers != bytes_of(other)
    first.reset()
    assert answers == bytes_of(first)


def test_each_operation_has_its_own_seed_and_anybody_can_make_its_run_again() -> None:
    service = ImportService(Scenario(users=200, failure_rate=0.1), seed=7)
    seeds: list[int] = []
    for _ in range(3):
        whole(service)
        run = service.current
        assert run is not None
        assert run.seed == derive(7, len(seeds))
        seeds.append(run.seed)
        if len(seeds) == 1:  # later ones meet the people of this one
            again = simulate(run.scenario, seed=run.seed)
            assert again.status(5, dialect="server-6.3") == run.status(5, dialect="server-6.3")
            pd.testing.assert_frame_equal(again.outcomes, run.outcomes)
    assert len(set(seeds)) == 3
    assert all(seed < 2**53 for seed in seeds)


def test_derived_seeds_do_not_repeat() -> None:
    assert len({derive(1, number) for number in range(10_000)}) == 10_000
    assert derive(1, 0) != derive(2, 0)
    assert derive(2**64 - 1, 2**53 - 1) < 2**53


def test_a_seed_that_is_not_given_is_drawn_and_kept() -> None:
    service = ImportService(SURE)
    assert ImportService(SURE, seed=service.seed).new() == service.new()
    assert ImportService(SURE).seed != ImportService(SURE).seed


# what it is ------------------------------------------------------------------------------------------


def test_it_shows_what_people_call_and_no_more() -> None:
    shown = {name for name in dir(ImportService(seed=1)) if not name.startswith("_")}
    # what serves it to others asks for these
    assert shown.isdisjoint({"answer", "validate", "note"})
    assert shown == {
        "scenario", "seed", "clock", "dialect", "faults", "log", "new", "add_users", "run", "status",
        "clear", "call", "keys", "state", "current", "staging", "imported", "journal", "advance",
        "run_until", "start", "reset", "serve", "client", "async_client", "session",
    }  # fmt: skip


def test_a_reset_makes_it_as_new() -> None:
    service = ImportService(SURE, seed=1, clock=ManualClock(5))
    new = repr(service)
    whole(service)
    assert repr(service) != new
    service.reset()
    assert repr(service) == new == "<ImportService none at 5 s: operation 0, 0 calls; dialect docs, seed 1>"
    assert service.current is None
    assert [len(frame) for frame in (service.journal, service.imported, service.staging)] == [0, 0, 0]


def test_a_reset_may_bring_another_scenario_and_faults() -> None:
    service = ImportService(SURE, seed=1)
    service.reset(scenario=SURE.replace(users=7), faults=Faults.random(1, seed=1, kinds=["500"], polls=1))
    with pytest.raises(OperationError, match="refused with 500"):
        service.status()
    whole(service)
    assert service.status()["operation"]["count"]["total"] == 7
    before = repr(service)
    wrong: Any
    for wrong in (
        {"scenario": "clam"}, {"faults": "503"}, {"seed": -1}, {"dialect": "server-9"}, {"autostart": "yes"},
        {"scenario": PRESETS["empty"], "autostart": True},
    ):  # fmt: skip
        with pytest.raises(ParameterError):
            service.reset(**wrong)
    assert repr(service) == before


@pytest.mark.parametrize(
    ("field", "value"),
    [("scenario", 5), ("clock", 5), ("faults", "503"), ("dialect", "server-9"), ("seed", -1),
     ("roles", "user"), ("roles", [1])],
)  # fmt: skip
def test_arguments_that_are_none(field: str, value: Any) -> None:
    with pytest.raises(ParameterError, match=f"^{field} is"):
        ImportService(**{field: value})


def test_an_epoch_of_now_is_the_moment_of_the_making() -> None:
    service = ImportService(SURE.replace(epoch="now"), seed=1)
    created = pd.Timestamp(service.new()["operation"]["ts"])
    assert abs(pd.Timestamp.now("UTC") - created) < pd.Timedelta(minutes=10)
    epoch = service.scenario.epoch
    service.reset()
    assert service.scenario.epoch == epoch


def test_an_operation_is_dated_to_the_millisecond() -> None:
    service = ImportService(SURE, seed=1, clock=ManualClock(1.234_567))
    assert service.new()["operation"]["ts"] == "2016-09-13T14:57:57.271Z"
    service.advance(0.000_4)  # 1.234967: still that millisecond
    service.add_users()
    assert service.status()["operation"]["_updatedAt"] == "2016-09-13T14:57:57.271Z"
    service.run()
    assert service.current is not None
    # it has waited since then, not since the call that made it
    assert service.current.scenario.new_s == 0.000_967


def test_waiting_times_of_the_scenario_do_not_apply() -> None:
    service = ImportService(PRESETS["csv_upload"].replace(users=5), seed=1)
    service.new()
    service.advance(100)
    assert service.state == "new"
    service.add_users()
    assert service.status()["operation"]["importerKey"] == "api"
    service.advance(100)
    assert service.state == "ready"
    service.run()
    assert service.state == "importing"


# import_status ---------------------------------------------------------------------------------------


def test_import_status_of_a_service_is_a_poll() -> None:
    service = ImportService(SURE, seed=1)
    assert import_status(service) == service.status()
    assert service.log.polls == 2


@pytest.mark.parametrize("own", DIALECTS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_import_status_of_a_service_in_another_dialect(own: str, dialect: str) -> None:
    service, same, other = (ImportService(SURE, seed=1, dialect=name) for name in (own, own, dialect))
    assert import_status(service, dialect=dialect) == other.status()
    for act in (ImportService.new, ImportService.add_users, ImportService.clear, ImportService.new,
                ImportService.add_users, ImportService.run, ImportService.clear):  # fmt: skip
        for each in (service, same, other):
            act(each)
            each.advance(0.2)
        assert import_status(service, dialect=dialect) == other.status()
        assert import_status(service) == same.status()
        assert import_status(service, dialect=dialect) == other.status()


def test_import_status_refuses_what_it_cannot_ask() -> None:
    service = ImportService(SURE, seed=1)
    with pytest.raises(ClockError, match="at_s is 5; allowed: None for a service"):
        import_status(service, 5)
    with pytest.raises(ParameterError, match="dialect is 'doc'"):
        import_status(service, dialect="doc")
    with pytest.raises(ParameterError, match="or an ImportService"):
        import_status({"state": "none"})
    assert service.log.calls == 0


@pytest.mark.parametrize("dialect", DIALECTS)
def test_clear_before_the_run(dialect: str) -> None:
    service = ImportService(SURE, seed=1, dialect=dialect)
    service.new()
    service.advance(2)
    service.add_users()
    service.advance(3)
    service.clear()
    cleared = service.status()
    fields = [cleared["operation"][key] for key in ("status", "valid", "_updatedAt")]
    assert [cleared["state"], *fields] == (
        ["canceled", "importer_import_cancelled", False, "2016-09-13T14:58:01.037Z"]
        if dialect == "docs"
        else ["error", "importer_user_selection", False, "2016-09-13T14:58:01.037Z"]
    )
    assert cleared["operation"]["count"]["total"] == 20
    service.advance(4)
    service.clear()  # once more changes nothing
    assert service.status() == cleared
