"""Your own people: what a file says is what the frame says, and what cannot be read is refused in full."""

from __future__ import annotations

import contextlib
import json
import sys
import tracemalloc
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simimport.errors import ParameterError, UsersError
from simimport.model.people.files import FORMATS, read_users, to_payload
from simimport.model.people.understood import read_as
from tests import make_payloads, make_people_csv

DATA = Path(__file__).parents[3] / "data" / "payloads"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["users", "username", "emails", "email", "name"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)


def people_in(folder: Path, name: str, content: str | bytes) -> pd.DataFrame:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_users(path)


def refusal(folder: Path, name: str, content: str | bytes) -> UsersError:
    with pytest.raises(UsersError) as caught:
        people_in(folder, name, content)
    assert str(folder / name) in str(caught.value)
    assert "Traceback" not in str(caught.value)
    assert caught.value.__cause__ is None
    return caught.value


def test_the_pages_example_is_read_without_its_password() -> None:
    people = read_users(DATA / "add-users.json")
    assert people["username"].tolist() == ["john.doe", "jane.doe"]
    assert people["import_id"].tolist() == ["1523", "1524"]
    assert "P@ssw0rd" not in people.to_csv()
    body = json.loads((DATA / "add-users.json").read_text(encoding="utf-8"))
    del body["users"][0]["password"]
    assert to_payload(people) == body


def test_the_mixed_people_are_what_their_maker_makes() -> None:
    assert (DATA / "people.csv").read_bytes() == make_people_csv.text().encode()
    people = read_users(DATA / "people.csv")
    assert len(people) == 500
    assert people["email"].isna().sum() >= 10
    assert people["email"].dropna().duplicated().sum() >= 12
    assert people["username"].dropna().duplicated().sum() >= 8
    assert people["email"].dropna().str.fullmatch(r"\S+@example\.(com|org|net)").all()
    assert people["name"].str.contains('"', regex=False).sum() >= 10
    assert people["name"].str.contains(",", regex=False).sum() >= 10
    assert {"山田 陽子", "Ζωή Σάββα", "王伟"} <= set(people["name"])
    assert (people["email"] == "fail.server-error+1@example.com").sum() == 1


def test_a_person_without_an_id_is_found_by_the_line(tmp_path: Path) -> None:
    text = '\ufeff\nusername,email,name\r\n\r\n"a","a@example.com","two\nlines"\r\n  \nb,,B\n'
    people = people_in(tmp_path, "people.csv", text)
    assert people["import_id"].tolist() == ["4", "7"]
    assert people["name"].tolist() == ["two\nlines", "B"]


def test_a_file_without_a_header_is_username_email_name(tmp_path: Path) -> None:
    people = people_in(tmp_path, "people.csv", ' anna ,anna@example.com,"Anna ""Ann"" Lee, PhD"\n,,Bo\n')
    assert people[["username", "email", "name"]].iloc[0].tolist() == [
        "anna", "anna@example.com", 'Anna "Ann" Lee, PhD',
    ]  # fmt: skip
    assert people[["username", "email"]].iloc[1].isna().all()


def test_a_header_may_say_it_as_the_api_does(tmp_path: Path) -> None:
    text = (
        "Name;E-Mail;USERNAME;utcOffset;Import IDs;roles;deleted;Password\n"
        "Jo;jo@example.com,jo@example.org;jo;5.5;7, 8;user,bot;TRUE;secret\n"
    )
    quoted = '"' + text.replace(";", '","').replace("\n", '"\n"').removesuffix('"')
    people = people_in(tmp_path, "people.csv", quoted)
    assert to_payload(people) == {
        "users": [
            {
                "username": "jo",
                "emails": ["jo@example.com", "jo@example.org"],
                "importIds": ["7", "8"],
                "name": "Jo",
                "roles": ["user", "bot"],
                "utcOffset": 5.5,
                "deleted": True,
            }
        ]
    }
    assert "secret" not in people.to_csv()


def test_an_unknown_column_is_refused_by_name(tmp_path: Path) -> None:
    error = refusal(tmp_path, "people.csv", "username,email,shoe size,hobby\na,a@example.com,42,x\n")
    assert [(line, field) for line, field, _ in error.rows] == [(1, "shoe size"), (1, "hobby")]
    assert "known are import_id, username, email" in str(error)
    twice = refusal(tmp_path, "people.csv", "email,emails\na@example.com,b@example.com\n")
    assert twice.rows == [(1, "email", "named twice")]


def test_all_bad_rows_of_csv_are_refused_together(tmp_path: Path) -> None:
    text = (
        "username,email,utc_offset,deleted\n"
        "a,a@example.com,1,true\n"
        "b,b@example.com\n"
        'c,"c@example.com"x,1,true\n'
        "d,d@example.com,nan,perhaps\n"
        'e,"e@example.com,1,true\n'
    )
    error = refusal(tmp_path, "people.csv", text)
    assert [(line, field) for line, field, _ in error.rows] == [
        (3, ""), (4, ""), (5, "deleted"), (5, "utc_offset"), (6, ""),
    ]  # fmt: skip
    assert "2 cells, not 4 (username, email, utc_offset, deleted)" in error.rows[0][2]
    assert error.rows[4][2] == "a quote is opened and never closed"


def test_all_bad_users_of_json_are_refused_together(tmp_path: Path) -> None:
    users = [
        {"username": "a", "emails": ["a@example.com"], "importIds": [7, "8"]},
        ["b"],
        {"username": ["c"], "emails": "c@example.com"},
        {"emails": [4], "importIds": [None], "utcOffset": "2", "deleted": 1, "roles": {"user": True}},
        {"emails": ["e@example.com,f@example.com"], "name": True, "bio": "\ud800", "type": "\0"},
    ]
    error = refusal(tmp_path, "people.json", json.dumps({"users": users}))
    assert [(line, field) for line, field, _ in error.rows] == [
        (0, "user 2"),
        (0, "user 3 username"), (0, "user 3 emails"),
        (0, "user 4 emails"), (0, "user 4 importIds"), (0, "user 4 roles"),
        (0, "user 4 utcOffset"), (0, "user 4 deleted"),
        (0, "user 5 emails"), (0, "user 5 name"), (0, "user 5 type"), (0, "user 5 bio"),
    ]  # fmt: skip
    lines = "\n\n".join(map(json.dumps, users)) + "\n{]"
    assert [line for line, _, _ in refusal(tmp_path, "people.jsonl", lines).rows] == [
        3, 5, 5, 7, 7, 7, 7, 7, 9, 9, 9, 9, 10,
    ]  # fmt: skip


def test_no_error_shows_a_password(tmp_path: Path) -> None:
    user = {"username": 1, "password": "P@ssw0rd", "emails": "x", "name": {"password": "P@ssw0rd"}}
    for name, content in [
        ("a.json", json.dumps([user, "P@ssw0rd"])),
        ("a.jsonl", json.dumps(user) + "\n" + json.dumps(user)[:-1]),
        ("a.csv", "username,email,password\nx,P@ssw0rd\n"),
        ("b.csv", 'x,x@example.com,"P@ssw0rd\n'),
    ]:
        assert "P@ssw0rd" not in str(refusal(tmp_path, name, content))


ONE = '{"username": "a", "emails": ["a@example.com"], "importIds": ["1"]}'


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("people.json", f'{{"users": [{ONE}]}}'),
        ("people.json", f"\ufeff\n[{ONE}]\n"),
        ("PEOPLE.JSON", f"[{ONE}]"),
        ("people.jsonl", f"\r\n{ONE}\r\n\r\n"),
        ("people.ndjson", ONE),
        ("people", f'{{\n"users": [{ONE}]}}'),
        ("people", f'{{"users": [{ONE}]}}'),
        ("people.txt", f"[{ONE}]"),
        ("people.txt", f"{ONE}\n"),
        ("people.csv", "a,a@example.com,,\n".removesuffix(",\n")),
        ("people.txt", "username,email,import_id\na,a@example.com,1\n"),
    ],
)
def test_what_a_file_holds_is_told_by_name_or_content(tmp_path: Path, name: str, content: str) -> None:
    people = people_in(tmp_path, name, content)
    assert people[["import_id", "username", "email"]].iloc[0].tolist() == ["1", "a", "a@example.com"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("people.json", "", "the file is empty"),
        ("people.csv", " \r\n\n", "the file is empty"),
        ("people.json", '{"users": [\n{"username": "a"', "line 2 column 17: not JSON"),
        ("people.json", "{}", "neither"),
        ("people.json", "42", "neither"),
        ("people.json", '{"users": {"a": 1}}', "neither"),
        ("people.json", f"{ONE}\n{ONE}", "line 2 column 1: not JSON: Extra data; one object per line is"),
        ("people.json", f'{{"users": [{ONE}]}}\n{{"users": [{ONE}]}}', "of several bodies, give"),
        ("people.json", "a,a@example.com,A\n", "Expecting value; CSV is named .csv"),
        ("people.json", "[" * 100_000, "nested too deeply"),
        ("people.jsonl", '{"a":' * 10_000, "line 1: nested too deeply"),
        ("people.json", f'[{{"utcOffset": {"9" * 5000}}}]', "more digits than can be read"),
        ("people.json", f'[{{"username": "a", "utcOffset": {"9" * 400}}}]', "user 1 utcOffset: is too large"),
        ("people.json", '[{"emails": [], "utcOffset": 1e999}]', "not finite"),
        ("people.json", '[{"utcOffset": NaN}]', "NaN is not JSON"),
        ("people.jsonl", "[1]\n", "line 1: must be an object, not a list"),
        ("people.csv", "<!DOCTYPE html>\n<p>a, b\n", "this is a web page (HTML)"),
        ("people", "not a list\n", "neither a body of addUsers, nor JSON Lines, nor CSV"),
        ("people", b"\x89PNG\r\n\x1a\n", "this is a picture, not people"),
        ("people.csv", "a,a@example.com,A\nb,b\0@example.com,B\n", "line 2: a NUL character"),
        ("people.csv", "a,b,c\nJos\xe9,b,c\n".encode("latin-1"), "line 2: byte 0xe9 is not UTF-8"),
        ("people.csv", f'a,"{"x" * 200_000}\n', "perhaps a quote is never closed"),
    ],
)
def test_what_is_no_people_is_refused_with_the_reason(
    tmp_path: Path, name: str, content: str | bytes, message: str
) -> None:
    assert message in str(refusal(tmp_path, name, content))


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsersError, match="there is no such file"):
        read_users(tmp_path / "people.csv")
    with pytest.raises(UsersError, match="this is a folder"):
        read_users(str(tmp_path))


def test_of_an_unpacked_export_the_file_of_people_is_named(tmp_path: Path) -> None:
    (tmp_path / "users.json").write_bytes(b"[]")
    with pytest.raises(UsersError, match=r"this is a folder, not a file; its users\.json is"):
        read_users(tmp_path)


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "zip"])
def test_a_file_in_another_encoding_is_read_if_it_is_named(tmp_path: Path, form: str) -> None:
    person = {"username": "jörg", "emails": ["j@example.com"], "importIds": ["1"]}
    text = "jörg,j@example.com,Jörg\n" if form in ("csv", "zip") else json.dumps(person, ensure_ascii=False)
    raw = (f"[{text}]" if form == "json" else text).encode("cp1252")
    path = tmp_path / f"people.{form}"
    path.write_bytes(make_payloads.zipped({"users.csv": raw}) if form == "zip" else raw)
    with pytest.raises(UsersError, match="it looks like cp1252: read_users"):
        read_users(path)
    people = read_users(path, encoding="cp1252")
    assert people["username"].tolist() == ["jörg"]
    assert read_as(people).endswith(", in cp1252")
    with pytest.raises(ParameterError, match="encoding"):
        read_users(path, encoding="klingon")


def test_a_wrong_file_of_a_million_rows_has_a_short_message(tmp_path: Path) -> None:
    error = refusal(tmp_path, "people.csv", "username,email\n" + "a\n" * 100_000)
    assert len(error.rows) == 100_000
    assert len(str(error)) < 5000


BEGINNINGS = st.sampled_from(
    [b"", b"[", b"{", b'{"users": [', b'[{"emails": [', b"\xef\xbb\xbf", b"\xff\xfe", b"PK\x03\x04",
     b"\x1f\x8b", b"%PDF-", b"<", b"username,email\n", b"a@example.com;", b'"a","', b"sep=;\n", b"# a\n"]
)  # fmt: skip


@given(
    BEGINNINGS,
    st.binary(max_size=60) | st.text(max_size=60).map(str.encode) | JSON.map(json.dumps).map(str.encode),
    st.sampled_from([*FORMATS, "txt", "zip"]),
)
def test_any_file_is_people_or_refused(begin: bytes, content: bytes, form: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("simimport.model.people.files.read_bytes", lambda path: begin + content)
        try:
            people = read_users(f"people.{form}")
        except UsersError as error:
            assert error.rows  # noqa: PT017 - either end is right
            assert str(error).startswith(f"people.{form}: ")  # noqa: PT017 - as above
        else:
            assert to_payload(people)["users"] is not None
            assert read_as(people).startswith("read as: ")


@given(
    st.lists(st.tuples(st.sampled_from(["users.json", "users.csv", "a/b.json"]), st.binary(max_size=40))),
    st.integers(0, 300), st.integers(0, 255),
)  # fmt: skip
def test_any_zip_is_people_or_refused(files: list[tuple[str, bytes]], at: int, byte: int) -> None:
    raw = bytearray(make_payloads.zipped(dict(files)))
    raw[4 + at % (len(raw) - 4)] = byte
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("simimport.model.people.files.read_bytes", lambda path: bytes(raw))
        with contextlib.suppress(UsersError):
            read_users("people.zip")


PERSON = {"username": "person.{at}", "emails": ["{at}@example.com"], "importIds": ["{at}"]}
MEMBERS = "username,email,status,billing-active,has-2fa,has-sso,userid,fullname,displayname\n"
#: Texts of so many pieces each, small ones that would become large ones.
SHAPES = {
    "people": ("json", "[", json.dumps(PERSON, separators=(",", ":")), "]"),
    "people in lines": ("jsonl", "", json.dumps(PERSON) + "\n", "{{}}"),
    "people in wide letters": ("json", '["\N{GRINNING FACE}",', json.dumps(PERSON), "]"),
    "lists": ("json", "[", "[]", "]"),
    "objects": ("json", "[", "{}", "]"),
    "numbers": ("json", "[", "{at}", "]"),
    "brackets": ("json", "", "[", ""),
    "addresses of one": ("json", '[{"emails":[', '"ab"', "]}]"),
    "around": ("json", '{"log":[', '"ab"', "]}"),
    "keys of one": ("json", "[{", '"k{at}":1', "}]"),
    "objects of one": ("json", "[{", '"k{at}":{"a":""}', "}]"),
    "objects around": ("json", '{"log":{', '"k{at}":{"a":""}', "}}"),
    "a list of members": ("csv", MEMBERS, "ann{at},ann{at}@example.com,Member,1,0,0,U{at},Ann Lee,ann\n", ""),
    "tiny people": ("json", "[", '{"username":1}', "]"),
    "empty lines": ("jsonl", "", "\n", "{}"),
    "empty objects in lines": ("jsonl", "", "{}\n", ""),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_no_file_takes_more_memory_than_ten_times_its_bytes(tmp_path: Path, shape: str) -> None:
    form, begin, piece, end = SHAPES[shape]
    count, between = 5 * 10**5 // (len(piece) + 1), "" if "\n" in piece or piece == "[" else ","
    pieces = (piece.replace("{at}", str(at)) for at in range(count))
    content = (begin + between.join(pieces) + end).encode()
    path = tmp_path / f"people.{form}"
    path.write_bytes(content)
    del content
    # whatever is loaded or kept at the first time is no part of it
    read_users(DATA / "users-list.json")
    tracemalloc.start()
    try:
        with contextlib.suppress(UsersError):
            read_users(path)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # where pandas keeps texts as objects, an empty cell alone takes eight bytes, and these people are 15 long
    times = 14 if shape == "tiny people" and pd.Series(["a"]).dtype == object else 10
    assert most < times * path.stat().st_size + 2**20


def test_importing_reads_nothing_heavy() -> None:
    import subprocess

    script = (
        "import sys, simimport.model.people.generated, simimport.model.people.files\n"
        "print({'numpy', 'pandas', 'faker', 'anyascii'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout.strip() == "set()"
