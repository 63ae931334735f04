"""What a body of login asks for, form by form."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from simimport.service.login.credentials import Credentials, credentials_of, digest_of, resumed_token

DIGEST = hashlib.sha256(b"pw").hexdigest()
HASHED = {"digest": DIGEST, "algorithm": "sha-256"}


@pytest.mark.parametrize(
    ("names", "username", "email"),
    [
        ({"user": "boss"}, "boss", "boss"),
        ({"user": "boss@example.com"}, "boss@example.com", "boss@example.com"),
        ({"username": "boss"}, "boss", "boss"),
        ({"email": "boss@example.com"}, None, "boss@example.com"),
        ({"user": {"username": "boss"}}, "boss", None),
        ({"user": {"email": "boss@example.com"}}, None, "boss@example.com"),
        # a text comes before the others, and they before an object
        ({"user": "a", "username": "b", "email": "c"}, "a", "a"),
        ({"user": {"username": "a"}, "username": "b"}, "b", "b"),
        ({"username": "", "email": "c"}, None, "c"),
        ({"user": "boss", "code": "123456"}, "boss", "boss"),
    ],
)
@pytest.mark.parametrize("password", ["pw", HASHED])
def test_each_form_says_a_name_and_a_password(
    names: dict[str, Any], username: str | None, email: str | None, password: Any
) -> None:
    body = {**names, "password": password}
    assert credentials_of(body) == Credentials(username, email, DIGEST)
    assert resumed_token(body) is None


@pytest.mark.parametrize(
    "body",
    [
        None, [], "boss", {}, {"user": "boss"}, {"password": "pw"}, {"user": "boss", "password": None},
        {"user": "boss", "password": ["pw"]}, {"user": "boss", "password": {}},
        {"user": "boss", "password": 1},
        {"user": "boss", "password": {"digest": DIGEST}},
        {"user": "boss", "password": {"digest": DIGEST, "algorithm": "md5"}},
        {"user": "boss", "password": {"digest": 1, "algorithm": "sha-256"}},
        {"user": "boss", "password": {**HASHED, "more": 1}},
        {"user": 1, "password": "pw"}, {"user": {}, "password": "pw"}, {"username": 1, "password": "pw"},
        {"user": {"username": "boss", "email": "boss@example.com"}, "password": "pw"},
        {"user": {"username": 1}, "password": "pw"}, {"user": {"_id": "boss"}, "password": "pw"},
        {"user": "boss", "password": "pw", "remember": True},
    ],
)  # fmt: skip
def test_what_no_server_would_take_says_nothing(body: Any) -> None:
    assert credentials_of(body) is None
    assert resumed_token(body) is None


def test_a_token_that_is_resumed() -> None:
    assert resumed_token({"resume": "t"}) == "t"
    assert resumed_token({"resume": "t", "user": "a", "password": "b"}) == "t"
    assert [resumed_token({"resume": token}) for token in ("", 1, None, ["t"])] == [None] * 4


def test_a_digest_is_what_clients_make_of_a_password() -> None:
    assert digest_of("pw") == DIGEST
    assert len(digest_of("\ud800")) == 64
