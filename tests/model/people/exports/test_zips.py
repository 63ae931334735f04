"""The people in a zip: of an export with more in it, or packed alone; and that the rest is never unpacked."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from simimport import UsersError, read_users
from simimport.model.people.understood import read_as

USERS = json.dumps([
    {"id": "U1", "name": "ann", "tz_offset": -12600, "deleted": True, "profile": {"email": "a@example.com"}},
    {"id": "B1", "name": "robot", "is_bot": True, "profile": {}},
]).encode()  # fmt: skip
CSV = b"ann,ann@example.com,Ann\nbo,bo@example.com,Bo\n"


def packed(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in files.items():
            bundle.writestr(name, content)
    return path


def test_an_export_of_slack_gives_its_people_and_tells_what_it_passed_over(tmp_path: Path) -> None:
    files = {
        "channels.json": b'[{"id": "C1"}]', "users.json": USERS, "general/2024-01-01.json": b"[]",
        "__MACOSX/users.json": b"x",
    }  # fmt: skip
    people = read_users(packed(tmp_path / "export.zip", files))
    assert people["username"].tolist() == ["ann"]
    assert people["utc_offset"].tolist() == [-3.5]
    assert people["deleted"].tolist() == [True]
    assert read_as(people) == (
        "read as: Slack's users, 1 person, 1 bot left out,"
        " 2 other files of the zip left out: channels, messages and the like"
    )


@pytest.mark.parametrize("name", ["users.csv", "Users.CSV", "export/users.csv", "staff.csv", "staff.txt"])
def test_csv_in_a_zip(tmp_path: Path, name: str) -> None:
    people = read_users(packed(tmp_path / "people", {name: CSV}))
    assert people["username"].tolist() == ["ann", "bo"]


def test_an_export_of_an_enterprise_grid_has_another_name_for_it(tmp_path: Path) -> None:
    files = {"org_users.json": USERS, "channels.json": b"[]"}
    assert read_users(packed(tmp_path / "grid.zip", files))["username"].tolist() == ["ann"]
    files["users.json"] = USERS.replace(b'"ann"', b'"eve"')
    assert read_users(packed(tmp_path / "both.zip", files))["username"].tolist() == ["eve"]


def test_an_export_with_more_messages_than_fit_is_read_for_its_people(tmp_path: Path) -> None:
    files = {"users.json": USERS} | {f"general/{day}.json": b"[]" for day in range(10_001)}
    files["general/large.json"] = bytes(3_000_000)
    assert len(read_users(packed(tmp_path / "export.zip", files))) == 1


@pytest.mark.parametrize(
    ("files", "problem"),
    [({}, "there is neither users.json nor users.csv in the zip, but nothing"),
     ({"a.json": b"", "b.json": b""}, "but 'a.json', 'b.json'"),
     ({"users.json": USERS, "old/users.json": USERS}, "2 files of people .*give one alone"),
     ({"users.json": USERS, "users.csv": CSV}, "2 files of people"),
     ({"users.json": b""}, "export.zip: users.json: the file is empty"),
     ({"users.csv": b"PK\3\4"}, "users.csv"), ({"users.json": b"%PDF-"}, "this is a PDF"),
     ({"users.json": bytes(3_000_000)}, "unpacked, the zip would take"),
     ({"[Content_Types].xml": b"x", "xl/workbook.xml": b"x"}, "an Excel workbook .*save the list as CSV")],
)  # fmt: skip
def test_a_zip_without_one_file_of_people_is_refused(
    tmp_path: Path, files: Mapping[str, bytes], problem: str
) -> None:
    path = packed(tmp_path / "export.zip", files)
    with pytest.raises(UsersError, match=problem):
        read_users(path)


@pytest.mark.parametrize("cut", [10, 60, -20])
def test_half_a_zip_is_refused(tmp_path: Path, cut: int) -> None:
    whole = packed(tmp_path / "a.zip", {"users.csv": CSV}).read_bytes()
    (tmp_path / "half.zip").write_bytes(whole[:cut])
    with pytest.raises(UsersError, match="the zip is damaged"):
        read_users(tmp_path / "half.zip")


def test_a_zip_in_a_zip_is_not_looked_into(tmp_path: Path) -> None:
    inner = packed(tmp_path / "a.zip", {"users.csv": CSV}).read_bytes()
    with pytest.raises(UsersError, match=r"nor users\.csv in the zip, but 'a\.zip'"):
        read_users(packed(tmp_path / "b.zip", {"a.zip": inner}))


def test_bytes_around_a_zip_do_not_matter(tmp_path: Path) -> None:
    raw = io.BytesIO(packed(tmp_path / "a.zip", {"users.csv": CSV}).read_bytes() + b"\n")
    (tmp_path / "b.zip").write_bytes(raw.getvalue())
    assert len(read_users(tmp_path / "b.zip")) == 2
