"""Uploaded files: who is in them, and which are refused, with what words, and with nothing changed."""

from __future__ import annotations

import base64
import json
import zipfile
from typing import Any

import pytest

from simimport import ImportService, OperationError, Scenario
from simimport.model.dialects import DIALECTS
from tests.service.uploads import archive, csv_of, slack_of, upload

ANN = {"username": "ann", "email": "ann@example.org", "name": "Ann", "avatar_url": None, "deleted": False}
BOB = {**ANN, "username": "bob", "email": "bob@example.org", "name": "Bob", "deleted": True}
USERS = csv_of([ANN, BOB])
SLACK = slack_of([ANN, BOB], tz_offset=-12600)
MEMBERS = (
    b"username,email,status,billing-active,has-2fa,has-sso,userid,fullname,displayname\r\n"
    b"ann,ann@example.org,Admin,1,0,0,U1,Ann Lee,ann\r\n"
    b"old,old@example.org,Deactivated,0,0,0,U2,,Old\r\n"
    b"nobody,,Member,1,0,0,U3,No Mail,\r\n"
    b"robot,bot@example.org,Bot,1,0,0,U4,,\r\n"
)


def staged(raw: bytes, importer: str, dialect: str = "docs") -> Any:
    service = ImportService(Scenario(users=5), seed=1, dialect=dialect)
    service.call("uploadImportFile", **upload(raw, importer))
    service.call("getImportFileData")
    return service.staging


def refusal(body: dict[str, Any], service: ImportService | None = None) -> dict[str, Any]:
    """Return the body with which an upload is refused; the operation that is there stays as it is."""
    service = service or ImportService(Scenario(users=5), seed=1)
    service.new()
    service.add_users()
    before = service.answer("import.status").raw
    with pytest.raises(OperationError) as caught:
        service.call("uploadImportFile", **body)
    assert caught.value.http_status == 400
    assert service.answer("import.status").raw == before
    assert len(service.staging) == 5
    return caught.value.body


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("raw", "importer"),
    [(USERS, "csv"), (archive({"users.csv": USERS}), "csv"),
     (archive({"Users.CSV": USERS, "__MACOSX/users.csv": b"x", "folder/": b""}), "csv"),
     (archive({"users.csv": USERS}, zipfile.ZIP_STORED), "csv"), (b"\xef\xbb\xbf" + USERS, "csv"),
     (b"username,email,name\n" + USERS, "csv")],
)  # fmt: skip
def test_people_of_a_csv(raw: bytes, importer: str, dialect: str) -> None:
    people = staged(raw, importer, dialect)
    assert people["import_id"].tolist() == ["ann", "bob"]
    assert people["email"].tolist() == ["ann@example.org", "bob@example.org"]
    assert people["name"].tolist() == ["Ann", "Bob"]
    assert people["roles"].tolist() == ["user", "user"]


@pytest.mark.parametrize("importer", ["slack", "slack-users"])
@pytest.mark.parametrize(
    "raw", [SLACK, archive({"users.json": SLACK}), archive({"users.json": SLACK, "channels.json": b"[]\n"})]
)
def test_people_of_slack_are_without_bots_and_with_the_deleted(raw: bytes, importer: str) -> None:
    people = staged(raw, importer)
    assert people["username"].tolist() == ["ann", "bob"]
    assert people["deleted"].tolist() == [False, True]
    assert people["utc_offset"].tolist() == [-3.5, -3.5]


def test_a_list_of_slack_members() -> None:
    people = staged(MEMBERS, "slack-users")
    assert people["username"].tolist() == ["ann", "old", "robot"]
    assert people["import_id"].tolist() == ["ann@example.org", "old@example.org", "bot@example.org"]
    assert people["name"].tolist() == ["Ann Lee", "Old", "robot"]
    assert people["roles"].tolist() == ["admin,user", "user", "bot,user"]
    assert people["type"].tolist() == ["user", "user", "bot"]
    assert people["deleted"].fillna(False).tolist() == [False, True, False]


def test_people_without_an_address_are_staged_and_fail() -> None:
    service = ImportService(Scenario(failure_rate=0), seed=1)
    service.call("uploadImportFile", **upload(b"ann,ann@example.org,Ann\njoe,,Joe"))
    service.run()
    service.run_until("done")
    assert service.status()["operation"]["count"]["error"] == 1
    assert service.staging["reason"].tolist() == ["missing-email"]


@pytest.mark.parametrize(
    "text",
    [base64.encodebytes(USERS).decode(), base64.b64encode(USERS).decode().rstrip("="),
     base64.urlsafe_b64encode(USERS + b"\nzo\xc3\xab,z@example.org,\xc3\xbf\xc3\xbf?>").decode()],
)  # fmt: skip
def test_base64_as_clients_write_it(text: str) -> None:
    service = ImportService(seed=1)
    service.call("uploadImportFile", **{**upload(b""), "binaryContent": text})
    assert service.staging["username"].tolist()[:2] == ["ann", "bob"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [("", "the file is empty"), ("====", "the file is empty"), ("not base64!", "binaryContent is not base64"),
     ("YWJjZ", "binaryContent is not base64"), ("é" * 8, "binaryContent is not base64"),
     ("data:text/csv;base64,YW5u", "binaryContent is not base64")],
)  # fmt: skip
def test_what_is_no_base64(text: str, problem: str) -> None:
    error = refusal({**upload(b""), "binaryContent": text})["error"]
    assert error == f"people: {problem}"


def test_an_importer_that_nobody_knows_is_refused_as_a_server_does() -> None:
    assert refusal(upload(USERS, "png")) == {
        "success": False,
        "error": "The importer (png) has no import class defined. [error-importer-not-defined]",
        "errorType": "error-importer-not-defined",
        "details": "uploadImportFile",
    }


@pytest.mark.parametrize("importer", ["api", "pending-files", "pending-avatars"])
def test_an_importer_that_reads_no_file(importer: str) -> None:
    error = refusal(upload(USERS, importer))["error"]
    assert error == f"The importer {importer} reads no files. Those that do: csv, slack, slack-users."


@pytest.mark.parametrize(
    ("files", "importer", "problem"),
    [({}, "csv", "there is no users.csv in the zip"), ({}, "slack", "there is no users.json in the zip"),
     ({"users.csv": b""}, "csv", "there are no users in it"),
     ({"users.json": b"[]"}, "slack-users", "there are no users in it"),
     ({"users.csv": USERS, "channels.csv": b"general,ann,public,bob"}, "csv",
      "it holds channels ('channels.csv'), which are not simulated: send people only"),
     ({"users.csv": USERS, "contacts.csv": b"x"}, "csv",
      "it holds contacts ('contacts.csv'), which are not simulated: send people only"),
     ({"users.csv": USERS, "general/messages.csv": b"ann,1,hi"}, "csv",
      "it holds messages ('general/messages.csv'), which are not simulated: send people only"),
     ({"users.json": SLACK, "channels.json": b'[{"id": "C1"}]'}, "slack",
      "it holds channels ('channels.json'), which are not simulated: send people only"),
     ({"users.json": SLACK, "dms.json": b'[{"id": "D1"}]'}, "slack",
      "it holds channels ('dms.json'), which are not simulated: send people only"),
     ({"users.json": SLACK, "general/2024-01-01.json": b"[]"}, "slack-users",
      "it holds messages ('general/2024-01-01.json'), which are not simulated: send people only"),
     ({"users.csv": USERS, "logo.png": b"x"}, "csv",
      "'logo.png' in the zip is no file of people; users.csv is"),
     ({"users.csv": USERS, "../users.csv": USERS}, "csv", "the name '../users.csv' leads out of the zip"),
     ({"/etc/passwd": b"x"}, "csv", "the name '/etc/passwd' leads out of the zip"),
     ({"..\\users.csv": USERS}, "csv", "leads out of the zip"),
     ({"c:/users.csv": USERS}, "csv", "the name 'c:/users.csv' leads out of the zip")],
)  # fmt: skip
def test_what_an_archive_may_not_hold(files: dict[str, bytes], importer: str, problem: str) -> None:
    error = refusal(upload(archive(files), importer, "export.zip"))["error"]
    assert error.startswith("export.zip: ")
    assert error.endswith(problem)


def of_another_length(raw: bytes, says: int) -> bytes:
    """Return a zip of one file, which it says to be of another length."""
    length = len(USERS).to_bytes(4, "little")
    assert raw.count(length) >= 2
    return raw.replace(length, says.to_bytes(4, "little"))


PACKED = archive({"users.csv": USERS})


@pytest.mark.parametrize(
    ("raw", "problem"),
    [(b"PK\x03\x04 and no more", "the zip is damaged"), (PACKED[:-30], "the zip is damaged"),
     (PACKED[:45] + bytes([PACKED[45] ^ 255]) + PACKED[46:], "in the zip is damaged"),
     (of_another_length(PACKED, 5), "'users.csv'"),
     (of_another_length(PACKED, 2000), "is not as long as the zip says"),
     (of_another_length(PACKED, 2**31), "unpacked, the zip would take"),
     (archive({"users.csv": USERS}, zipfile.ZIP_LZMA), "is packed in a way that is not read"),
     (archive({"users.csv": USERS}, zipfile.ZIP_BZIP2), "is packed in a way that is not read"),
     (archive({"users.csv": b"ann,ann@example.org,Ann\n" * 500_000}), "unpacked, the zip would take"),
     (b"ann,a\0b,Ann", "neither a text nor a zip"), (b"\xff\xfea\0n\0n\0", "UTF-16"),
     (b"ann,\xe9@example.org,Ann", "is not UTF-8"), (b"\n" * 1_000_001, "more than 1,000,000 lines")],
)  # fmt: skip
def test_files_that_are_damaged_or_mean_harm(raw: bytes, problem: str) -> None:
    assert problem in refusal(upload(raw))["error"]


@pytest.mark.parametrize(
    ("raw", "importer", "problem"),
    [(b"ann,ann@example.org,Ann,x", "csv", "people: line 1: 4 columns and no header"),
     (b"ann,ann@example.org,Ann\nbob", "csv", "people: line 2: 1 cell, not 3"),
     (b'ann,"ann@example.org,Ann', "csv", "a quote is opened and never closed"),
     (b"username,email,roles\nann,ann@example.org,wizard", "csv", "assigned invalid roles"),
     (b"{}", "slack-users", "no list of users"),
     (b"[1]", "slack", "user 1: must be an object, not a number"),
     (b"[" * 100_000, "slack", "nested too deeply to be a user"),
     (b"[" + b"[]," * 5_000_001 + b"1]", "slack", "it holds too much"),
     (b'[{"profile": {"email": 7}}]', "slack", "user 1 emails: must be a list of strings"),
     (b"hello", "slack", "neither a zip that Slack exported, nor its users.json"),
     (b"name\nann", "slack-users", "has one cell"), (b"", "csv", "the file is empty")],
)  # fmt: skip
def test_files_that_cannot_be_read(raw: bytes, importer: str, problem: str) -> None:
    assert problem in refusal(upload(raw, importer))["error"]


def test_the_name_of_a_file_is_shown_and_does_nothing() -> None:
    error = refusal(upload(b"", name="../../etc/\x1b[2J" + "x" * 5000))["error"]
    assert error.startswith("../../etc/")
    assert error.isprintable()
    assert len(error) < 200


@pytest.mark.parametrize(
    ("body", "message"),
    [({}, "must have required property 'binaryContent'"),
     ({"binaryContent": "", "contentType": ""}, "must have required property 'fileName'"),
     ({**upload(USERS), "more": 1}, "must NOT have additional properties"),
     ({**upload(USERS), "fileName": ["a"]}, "must be string")],
)  # fmt: skip
def test_a_body_that_does_not_fit(body: dict[str, Any], message: str) -> None:
    assert refusal(body)["error"] == f"{message} [invalid-params]"


def test_texts_are_coerced_as_the_validator_does() -> None:
    service = ImportService(seed=1)
    service.call("uploadImportFile", **{**upload(USERS), "fileName": 7, "contentType": None})
    assert len(service.staging) == 2


def test_an_upload_is_answered_with_the_bytes_of_a_server() -> None:
    service = ImportService(seed=1)
    answer = service.answer("uploadImportFile", upload(USERS))
    assert answer.raw == b'{"success":true}'
    assert json.loads(service.answer("import.status").raw)["operation"]["type"] == "CSV"
