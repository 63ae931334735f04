"""File imports by calls alone: each state, what waits for what, and operations that replace one another."""

from __future__ import annotations

from typing import Any

import pytest

from simimport import ImportService, OperationError, Scenario, State
from simimport.model.dialects import DIALECTS
from simimport.service.calls.downloads import is_private
from tests.service.services import ANN, SURE, whole
from tests.service.uploads import upload

PEOPLE = upload(b"ann,ann@example.org,Ann\nbob,bob@example.org,Bob\neve,eve@example.org,Eve")
LOADS = Scenario(importer="csv", loading_s=9, failure_rate=0, latency_cv=0, users_per_s=10)
SERVERS = [name for name, dialect in DIALECTS.items() if dialect.server]
ALL = {"input": {"users": {"all": True}}}


def loading(dialect: str = "docs", scenario: Scenario = LOADS) -> ImportService:
    service = ImportService(scenario, seed=1, dialect=dialect)
    service.call("uploadImportFile", **PEOPLE)
    return service


def step(service: ImportService) -> tuple[str, str]:
    body = service.status()
    return body["state"], body["operation"]["status"]


def refused(service: ImportService, endpoint: str, **body: Any) -> dict[str, Any]:
    with pytest.raises(OperationError) as caught:
        service.call(endpoint, **body)
    return caught.value.body


def test_the_page_loads_a_file_by_itself() -> None:
    service, seen = loading(), []
    for _ in range(4):
        seen.append(step(service))
        service.advance(3)
    assert seen == [
        ("loading", "importer_uploading"), ("loading", "importer_file_loaded"),
        ("loading", "importer_preparing_users"), ("ready", "importer_user_selection"),
    ]  # fmt: skip
    assert service.status()["operation"]["count"]["total"] == 3


@pytest.mark.parametrize("dialect", SERVERS)
def test_a_server_waits_until_somebody_asks_for_the_data(dialect: str) -> None:
    service = loading(dialect)
    service.advance(1_000_000)
    assert step(service) == ("loading", "importer_file_loaded")
    with pytest.raises(OperationError, match="the state ready cannot come by waiting"):
        service.run_until("ready")
    for _ in range(2):
        assert service.call("getImportFileData") == {"waiting": True, "success": True}
        assert step(service) == ("loading", "importer_preparing_users")
        assert "count" not in service.status()["operation"]
    assert service.run_until("ready") == 1_000_009.0
    data = service.call("getImportFileData")
    assert [user["user_id"] for user in data["users"]] == ["ann", "bob", "eve"]
    assert service.status()["operation"]["count"] == {"total": 3, "users": 3}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_takes_no_time_to_load_is_ready_at_once(dialect: str) -> None:
    service = loading(dialect, Scenario())
    assert len(service.call("getImportFileData")["users"]) == 3
    assert service.state == "ready"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_file_is_imported_from_its_upload_to_the_end(dialect: str) -> None:
    service = loading(dialect)
    service.call("getImportFileData")
    service.run_until("ready")
    service.advance(1)
    service.call("startImport", **ALL)
    service.run_until("done")
    assert service.imported["username"].tolist() == ["ann", "bob", "eve"]
    assert service.current is not None
    # its record begins with the upload
    states = [str(stay.state) for stay in service.current.stays]
    assert states == ["loading", "ready", "importing", "done"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_who_is_not_chosen_is_in_the_total_and_never_processed(dialect: str) -> None:
    service = loading(dialect, Scenario(failure_rate=0))
    service.call("getImportFileData")
    service.call("startImport", input={"users": {"list": ["ann", "eve", "nobody"]}})
    service.run_until("done")
    count = service.status()["operation"]["count"]
    assert (count["total"], count["completed"], count["error"]) == (3, 2, 0)
    assert service.imported["username"].tolist() == ["ann", "eve"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_who_starts_too_early_imports_nobody(dialect: str) -> None:
    service = loading(dialect)
    service.advance(1)
    service.call("startImport", **ALL)
    service.run_until("done")
    assert len(service.imported) == 0
    # the file never comes
    service.advance(1000)
    assert service.status()["operation"]["count"]["total"] == 0


@pytest.mark.parametrize("dialect", DIALECTS)
def test_before_any_operation_older_methods_find_none(dialect: str) -> None:
    for endpoint, body in (("startImport", ALL), ("getImportFileData", {})):
        assert refused(ImportService(seed=1, dialect=dialect), endpoint, **body) == {
            "success": False,
            "error": "Import Operation Not Found [error-operation-not-found]",
            "errorType": "error-operation-not-found",
            "details": endpoint,
        }


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_has_ended_or_runs_is_started_without_a_word_and_stays(dialect: str) -> None:
    service = ImportService(SURE, seed=1, dialect=dialect)
    service.new()
    service.add_users()
    service.call("startImport", **ALL)
    record = service.current
    service.call("startImport", **ALL)
    service.run_until("done")
    assert service.call("startImport", **ALL) == {"success": True}
    assert service.state == "done"
    assert service.current is record
    service.clear()
    service.new()
    service.clear()
    before = service.status()
    service.call("startImport", **ALL)
    assert service.status() == before


@pytest.mark.parametrize("dialect", SERVERS)
def test_data_that_is_asked_after_a_clear_is_refused(dialect: str) -> None:
    service = loading(dialect)
    service.call("getImportFileData")
    service.clear()
    assert refused(service, "getImportFileData") == {
        "success": False,
        "error": "Invalid Import Operation [error-import-operation-invalid]",
        "errorType": "error-import-operation-invalid",
        "details": "getImportFileData",
    }


@pytest.mark.parametrize("dialect", SERVERS)
def test_the_data_of_an_api_import_make_it_ready(dialect: str) -> None:
    service = ImportService(SURE, seed=1, dialect=dialect)
    service.new()
    data = service.call("getImportFileData")
    assert (data["name"], data["users"], data["message_count"]) == ("API", [], 0)
    assert step(service) == ("ready", "importer_user_selection")


def test_on_the_page_asking_for_data_changes_nothing() -> None:
    service = ImportService(SURE, seed=1)
    service.new()
    before = service.answer("import.status").raw
    service.call("getImportFileData")
    assert service.answer("import.status").raw == before


# what is fetched, or would be ------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(("endpoint", "key"), [("downloadPendingFiles", "pending-files"),
                                               ("downloadPendingAvatars", "pending-avatars")])  # fmt: skip
def test_looking_for_pending_ones_replaces_an_api_import(dialect: str, endpoint: str, key: str) -> None:
    service = ImportService(SURE, seed=1, dialect=dialect)
    service.new()
    service.add_users()
    first = service.status()["operation"]
    assert service.call(endpoint) == {"count": 0, "success": True}
    now = service.status()
    assert (now["state"], now["operation"]["importerKey"]) == ("done", key)
    assert now["operation"].get("_id") != first.get("_id") or dialect == "docs"
    latest = service.call("getLatestImportOperations")
    assert [(each["importerKey"], each["valid"]) for each in latest] == [(key, True), ("api", False)]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_avatars_of_those_who_were_imported_are_pending_and_stay_so(dialect: str) -> None:
    service = ImportService(Scenario(failure_rate=0), seed=1, dialect=dialect)
    avatars = ["https://example.org/a.png", None, "https://example.org/c.png"]
    whole(service, [{**ANN, "emails": [f"{n}@example.org"], "username": str(n), "avatarUrl": url}
                    for n, url in enumerate(avatars)])  # fmt: skip
    for _ in range(2):
        assert service.call("downloadPendingAvatars")["count"] == 2
        count = service.status()["operation"]["count"]
        assert [count[name] for name in ("messages", "total", "completed", "error")] == [2, 2, 2, 0]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_download_never_comes(dialect: str) -> None:
    service = ImportService(seed=1, dialect=dialect)
    service.call("downloadPublicImportFile", fileUrl="https://example.org/a.zip", importerKey="csv")
    service.advance(1_000_000)
    assert step(service) == ("loading", "importer_downloading_file")
    assert service.call("getImportFileData") == {"waiting": True, "success": True}
    with pytest.raises(OperationError, match="cannot come by waiting"):
        service.run_until("ready")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_download_from_its_own_network_fails_where_servers_look(dialect: str) -> None:
    service = ImportService(seed=1, dialect=dialect)
    body = {"fileUrl": "http://127.0.0.1:3000/api/v1/info", "importerKey": "slack-users"}
    if dialect == "server-8.3":
        assert refused(service, "downloadPublicImportFile", **body)["error"] == "error-ssrf-validation-failed"
        assert service.call("getImportProgress")["step"] == "importer_import_failed"
        assert service.state == "error"
    else:
        assert service.call("downloadPublicImportFile", **body) == {"success": True}
        assert service.state == "loading"


def test_a_path_leads_to_no_file_and_makes_no_operation() -> None:
    service = ImportService(seed=1)
    body = refused(service, "downloadPublicImportFile", fileUrl="/etc/passwd", importerKey="csv")
    assert body["error"] == "/etc/passwd [error-import-file-missing]"
    assert service.state == "none"


@pytest.mark.parametrize(
    ("url", "private"),
    [("http://127.0.0.1/", True), ("https://10.1.2.3/a.zip", True), ("http://[::1]:80/", True),
     ("http://169.254.169.254/latest", True), ("http://localhost:3000/", True), ("http://chat/", True),
     ("http://files.internal/", True), ("http://[::1", True), ("http:///x", True),
     ("https://example.org/a.zip", False), ("http://1.1.1.1/", False), ("https://a.example.org.:1/", False)],
)  # fmt: skip
def test_which_urls_are_private(url: str, private: bool) -> None:
    assert is_private(url) is private


# all operations --------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_twenty_latest_are_listed_the_newest_first(dialect: str) -> None:
    service = ImportService(SURE, seed=1, dialect=dialect)
    assert service.call("getLatestImportOperations") == []
    made = []
    for _ in range(25):
        made.append(service.new()["operation"])
        service.advance(1)
    listed = service.call("getLatestImportOperations")
    assert [each["ts"] for each in listed] == [each["ts"] for each in made[:4:-1]]
    assert [each["_updatedAt"] for each in listed] == sorted((e["_updatedAt"] for e in listed), reverse=True)
    assert [each["valid"] for each in listed] == [True, *[False] * 19]


def test_one_that_still_winds_down_is_listed_by_its_last_change() -> None:
    scenario = Scenario(users=60, users_per_s=1, latency_cv=0, failure_rate=0)
    service = ImportService(scenario, seed=1, dialect="server-8.3")
    service.new()
    service.add_users()
    service.run()
    service.advance(10)
    for _ in range(22):
        service.new()
    assert "importer_importing_users" not in [e["status"] for e in service.call("getLatestImportOperations")]
    # its batch in flight is flushed, and it walks on
    service.advance(60)
    assert service.call("getLatestImportOperations")[0]["status"] == "importer_done"


def test_a_poller_is_not_to_blame_for_polling_what_replaces_another() -> None:
    service = whole(ImportService(SURE, seed=1))
    service.status()
    service.call("downloadPendingFiles")
    service.status()
    assert service.log.polls_after_end == 0
    service.status()
    assert service.log.polls_after_end == 1


def test_all_eight_states_can_be_had_by_calls() -> None:
    service = ImportService(LOADS, seed=1)
    seen = [service.state]
    service.call("uploadImportFile", **PEOPLE)
    seen.append(service.state)
    service.new()
    seen.append(service.state)
    service.add_users([ANN])
    seen.append(service.state)
    service.call("startImport", **ALL)
    seen.append(service.state)
    service.run_until("done")
    seen.append(service.state)
    service.new()
    service.clear()
    seen.append(service.state)
    service.new()
    service.add_users([{**ANN, "emails": ["crash@example.com"], "username": "joe"}])
    service.run()
    service.run_until("error")
    assert {*seen, service.state} == set(State)
