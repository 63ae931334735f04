"""Who may enter: accounts with a token, permissions, and a name and password to log in with.

Knows who a caller is; what each may call, and how a refusal reads, is decided in `http/` and `refusals`.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from simimport.errors import ParameterError, suggestion
from simimport.model.run.wire import PAGE_USER

__all__ = ["BYPASS", "RUN_IMPORT", "STEER", "Account", "Accounts", "administrator"]

RUN_IMPORT = "run-import"
BYPASS = "api-bypass-rate-limit"
#: Of the control plane; no server has it.
STEER = "simimport-control"

_KEYS = ("token", "permissions", "username", "password")
_USER_ID, _TOKEN = b"x-user-id", b"x-auth-token"
# what a caller without an account is compared with, so that it takes as long
_NOBODY = hashlib.sha256(secrets.token_bytes(32)).digest()


@dataclass(frozen=True, slots=True)
class Account:
    """One who may call.

    Parameters
    ----------
    id : str
        The user id, as in ``X-User-Id``.
    token : str
        As in ``X-Auth-Token``.
    permissions : frozenset of str
        ``run-import`` lets it call the endpoints, ``api-bypass-rate-limit`` as often as it likes;
        ``simimport-control`` lets it use the control plane.
    username, password : str, optional
        For ``login``; both or neither.
    """

    id: str
    token: str = field(repr=False)
    permissions: frozenset[str] = frozenset()
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    may_import: bool = field(init=False, repr=False)
    unlimited: bool = field(init=False, repr=False)
    may_steer: bool = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "may_import", RUN_IMPORT in self.permissions)
        object.__setattr__(self, "unlimited", BYPASS in self.permissions)
        object.__setattr__(self, "may_steer", STEER in self.permissions)

    @property
    def headers(self) -> dict[str, str]:
        """The two headers of a call."""
        return {"X-User-Id": self.id, "X-Auth-Token": self.token}


class Accounts:
    """All who may call.

    Parameters
    ----------
    given : mapping, optional
        ``{user id: {"token", "permissions", "username", "password"}}``, the last two for login. None makes
        one administrator, ``admin``, with the page's user id, a random token and a random password. The
        first may use the control plane whatever its permissions are: somebody must.

    Attributes
    ----------
    made : bool
        Whether the administrator was made here, and nobody else can know the token.
    """

    def __init__(self, given: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self.made = given is None
        listed = [administrator()] if given is None else _read(given)
        self.first = listed[0] = replace(listed[0], permissions=listed[0].permissions | {STEER})
        # as a server does it, only digests are compared: they are of one length, whatever a caller sends
        self._by_id = {account.id.encode(): (account, _digest(account.token)) for account in listed}
        self._by_name = {
            account.username: (account, _digest(account.password))
            for account in listed
            if account.username is not None and account.password is not None
        }

    def who(self, headers: Iterable[tuple[bytes, bytes]]) -> Account | None:
        """Return whose headers these are, in constant time; None where they are nobody's.

        A header that comes twice counts as one with both values, as HTTP has it, and so is nobody's.
        """
        user_id = token = None
        for name, value in headers:
            if name == _USER_ID:
                user_id = value if user_id is None else user_id + b", " + value
            elif name == _TOKEN:
                token = value if token is None else token + b", " + value
        if user_id is None or token is None:
            return None
        account, expected = self._by_id.get(user_id, (None, _NOBODY))
        right = hmac.compare_digest(hashlib.sha256(token).digest(), expected)
        return account if right else None

    def login(self, body: Any) -> Account | None:
        """Return who logs in with ``user`` or ``username``, and ``password``; None where that is wrong."""
        if not isinstance(body, Mapping):
            return None
        name, password = body.get("user", body.get("username")), body.get("password")
        if not isinstance(name, str) or not isinstance(password, str):
            return None
        account, expected = self._by_name.get(name, (None, _NOBODY))
        right = hmac.compare_digest(_digest(password), expected)
        return account if right else None


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def administrator() -> Account:
    """Return an administrator with the page's user id, a random token and a random password."""
    permissions = frozenset({RUN_IMPORT, BYPASS})
    return Account(PAGE_USER, secrets.token_urlsafe(32), permissions, "admin", secrets.token_urlsafe(12))


def _read(given: Any) -> list[Account]:
    if not isinstance(given, Mapping) or not given:
        raise ParameterError("accounts", given, "{user id: {'token': …, 'permissions': […]}}, at least one")
    listed = [_account(user_id, fields) for user_id, fields in given.items()]
    names = [account.username for account in listed if account.username is not None]
    for name in names:
        if names.count(name) > 1:
            raise ParameterError("username", name, "a name that no other account has", where="accounts")
    return listed


def _account(user_id: Any, fields: Any) -> Account:
    where = f"accounts[{user_id!r}]"
    if not _fits_header(user_id):
        raise ParameterError("the user id", user_id, "printable ASCII without spaces", where="accounts")
    if not isinstance(fields, Mapping):
        raise ParameterError("the account", fields, f"a mapping with {', '.join(_KEYS)}", where=where)
    for key in fields:
        if key not in _KEYS:
            raise ParameterError("a key", key, ", ".join(_KEYS), where=where, hint=suggestion(key, _KEYS))
    # secrets stay out of messages
    if not _fits_header(fields.get("token")):
        raise ParameterError("token", _hidden(fields, "token"), "printable ASCII without spaces", where=where)
    name, password = fields.get("username"), fields.get("password")
    if not (name is None or (isinstance(name, str) and name)):
        raise ParameterError("username", name, "a text, or left out", where=where)
    if not (password is None or (isinstance(password, str) and password)):
        raise ParameterError("password", _hidden(fields, "password"), "a text, or left out", where=where)
    if (name is None) != (password is None):
        raise ParameterError("username", name, "given with a password, or both left out", where=where)
    permissions = _permissions(fields.get("permissions", ()), where)
    return Account(user_id, fields["token"], permissions, name, password)


def _permissions(given: Any, where: str) -> frozenset[str]:
    several = isinstance(given, (list, tuple, set, frozenset))
    if not several or not all(isinstance(name, str) for name in given):
        raise ParameterError("permissions", given, f"a list of texts, such as [{RUN_IMPORT!r}]", where=where)
    return frozenset(given)


def _fits_header(value: Any) -> bool:
    if not isinstance(value, str) or not value:
        return False
    return value.isascii() and value.isprintable() and " " not in value


def _hidden(fields: Mapping[str, Any], key: str) -> str:
    return f"a {type(fields[key]).__name__} (not shown)" if key in fields else "missing"
