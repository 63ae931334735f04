"""What a body of ``login`` asks for: to enter with a name and a password, or with a token that is live.

Reads the forms that servers take (`ApiClass.ts` @ 0358e0dc, and the same in `api.ts` @ 6aa440dd); who that
is, and whether it is right, is found out in `accounts`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

__all__ = ["Credentials", "credentials_of", "digest_of", "resumed_token"]

# with any other key beside them, a server takes the body as it is, and its check of that finds a key too many
_KEYS = frozenset({"user", "username", "email", "password", "code"})
_ALGORITHM = "sha-256"


class Credentials(NamedTuple):
    """A name, as a username or an address or either, and the digest of a password in hexadecimal."""

    username: str | None
    email: str | None
    digest: str


def digest_of(secret: str) -> str:
    """Return the SHA-256 of a secret, in hexadecimal: what servers have clients hash a password to."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def resumed_token(body: Any) -> str | None:
    """Return the token with which a body goes on, where it does: ``{"resume": token}``."""
    # asked before the password is, as a server asks its handlers in the order in which they came
    token = body.get("resume") if isinstance(body, Mapping) else None
    return token if isinstance(token, str) and token else None


def credentials_of(body: Any) -> Credentials | None:
    """Return the name and the password of a body; None where it has none that a server would take."""
    if not isinstance(body, Mapping) or not body.keys() <= _KEYS:
        return None
    digest = _digest(body.get("password"))
    # a server with an account of one factor passes `code` over
    names = _names(body.get("user"), body.get("username"), body.get("email"))
    if digest is None or names is None:
        return None
    return Credentials(*names, digest)


def _digest(password: Any) -> str | None:
    if isinstance(password, str):
        return digest_of(password)
    if isinstance(password, Mapping) and password.keys() == {"digest", "algorithm"}:
        digest = password["digest"]
        return digest if password["algorithm"] == _ALGORITHM and isinstance(digest, str) else None
    return None


def _names(user: Any, username: Any, email: Any) -> tuple[str | None, str | None] | None:
    """Return the username and the address that are meant; what is the one may be the other."""
    if isinstance(user, str):
        return user, user
    if username:
        return (username, username) if isinstance(username, str) else None
    if email:
        return (None, email) if isinstance(email, str) else None
    # one of two keys, and no other
    match user:
        case {"username": str(name), **rest} if not rest:
            return name, None
        case {"email": str(address), **rest} if not rest:
            return None, address
    return None
