"""Accounts as they are given: in Python, and in files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simimport import ImportService, ParameterError, create_app
from simimport.service.accounts import Accounts

GIVEN: dict[str, dict[str, Any]] = {
    "ann": {"token": "t1", "permissions": ["run-import"], "username": "ann", "password": "pw"},
    "bob": {
        "token": "t2", "username": "bob", "password": "pw", "emails": ["b@example.org", "bob@example.org"],
        "roles": ["livechat-agent"],
    },
}  # fmt: skip
TOML = """
[ann]
token = "t1"
permissions = ["run-import"]
username = "ann"
password = "pw"

[bob]
token = "t2"
username = "bob"
password = "pw"
emails = ["b@example.org", "bob@example.org"]
roles = ["livechat-agent"]
"""


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(("name", "text"), [("a.toml", TOML), ("a.JSON", json.dumps(GIVEN)), ("a", TOML)])
def test_a_file_says_what_a_mapping_does(tmp_path: Path, name: str, text: str) -> None:
    path = written(tmp_path, name, text)
    for given in (GIVEN, path, str(path)):
        accounts = Accounts(given)
        assert not accounts.made
        assert [account.id for account in accounts.all] == ["ann", "bob"]
        assert accounts.first.headers == {"X-User-Id": "ann", "X-Auth-Token": "t1"}
        assert accounts.first.may_steer
        # of a name follow an address and a role, unless they are given
        ann, bob = (account.me() for account in accounts.all)
        assert ann["emails"] == [{"address": "ann@example.com", "verified": True}]
        assert ann["roles"] == ["admin"]
        assert [found["address"] for found in bob["emails"]] == ["b@example.org", "bob@example.org"]
        assert (bob["email"], bob["roles"]) == ("b@example.org", ["livechat-agent"])


def test_what_is_shown_of_an_account_with_little() -> None:
    accounts = Accounts({"x": {"token": "t"}, "y": {"username": "y@example.org", "password": "pw"}})
    nameless, named = (account.me() for account in accounts.all)
    assert (nameless["username"], nameless["emails"], nameless["roles"]) == ("x", [], ["user"])
    assert "email" not in nameless
    assert [found["address"] for found in named["emails"]] == ["y@example.org"]
    # whoever can log in needs no token to begin with
    assert len(accounts.all[1].token) == 43


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.toml", "[ann", "a readable TOML or JSON file of accounts"),
        ("a.json", "{", "a readable TOML or JSON file of accounts"),
        ("a.json", "[" * 100_000, "a readable TOML or JSON file of accounts"),
        ("a.json", "[]", "at least one"),
        ("a.json", '["the secret"]', "at least one"),
        ("a.toml", "", "at least one"),
        ("a.toml", 'ann = "the secret"', "a mapping with token, permissions"),
        ("a.toml", '[ann]\ntokn = "the secret"', "Did you mean 'token'?"),
        ("a.toml", "[ann]\ntoken = 12", "token is 'a int (not shown)'"),
        ("a.toml", '[ann]\ntoken = "t"\nemails = "a@example.org"', "emails is"),
        ("a.toml", '[ann]\ntoken = "t"\nroles = [1]', "roles is"),
        ("a.json", json.dumps({name: {"token": "t", "emails": ["x"]} for name in "ab"}), "emails is 'x'"),
    ],
)
def test_files_that_are_none_are_refused(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(ParameterError) as error:
        create_app(ImportService(), accounts=written(tmp_path, name, text))
    assert message in str(error.value)
    assert "the secret" not in str(error.value)


def test_a_file_that_is_missing_or_endless_is_refused(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "x.toml", "there is no such file"), ("/dev/zero", "it is too large")):
        with pytest.raises(ParameterError, match=reason):
            Accounts(path)
