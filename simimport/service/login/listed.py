"""Accounts as they are given: a mapping, or a TOML or JSON file with one.

What is wrong is refused by its name; secrets stay out of messages.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simimport.errors import ParameterError, suggestion
from simimport.model.files import read_text
from simimport.service.login.account import RUN_IMPORT, Account, fresh_token

__all__ = ["accounts_in", "listed"]

_KEYS = ("token", "permissions", "username", "password", "emails", "roles")
_MOST_OF_A_FILE = 2**20
_A_FILE = "a readable TOML or JSON file of accounts"


def accounts_in(path: str | os.PathLike[str]) -> Any:
    """Return what is in a file of accounts: JSON where its name ends in ``.json``, else TOML.

    Raises
    ------
    ParameterError
        If the file is missing, too large, or neither.
    """
    import tomllib

    is_json = Path(path).suffix.lower() == ".json"
    try:
        text = read_text(path, most=_MOST_OF_A_FILE)
        return json.loads(text) if is_json else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        hint = f" Reason: {error}."
        raise ParameterError("the file", os.fspath(path), _A_FILE, where="accounts", hint=hint) from None


def listed(given: Any) -> list[Account]:
    """Return the accounts that are given, in their order.

    Raises
    ------
    ParameterError
        If they are none, or two share a name or an address.
    """
    if not isinstance(given, Mapping) or not given:
        allowed = "{user id: {'token': …, 'permissions': […]}}, at least one"
        raise ParameterError("accounts", _kind(given) if given else given, allowed)
    accounts = [_account(user_id, fields) for user_id, fields in given.items()]
    _check_unshared("username", [account.username for account in accounts if account.username is not None])
    _check_unshared("emails", [address for account in accounts for address in account.emails or ()])
    return accounts


def _check_unshared(field: str, values: list[str]) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise ParameterError(field, value, "one that no other account has", where="accounts")
        seen.add(value)


def _account(user_id: Any, fields: Any) -> Account:
    where = f"accounts[{user_id!r}]"
    if not _fits_header(user_id):
        raise ParameterError("the user id", user_id, "printable ASCII without spaces", where="accounts")
    if not isinstance(fields, Mapping):
        raise ParameterError("the account", _kind(fields), f"a mapping with {', '.join(_KEYS)}", where=where)
    for key in fields:
        if key not in _KEYS:
            raise ParameterError("a key", key, ", ".join(_KEYS), where=where, hint=suggestion(key, _KEYS))
    name, password = fields.get("username"), fields.get("password")
    # whoever can log in needs none to begin with
    token = fresh_token() if "token" not in fields and name and password else fields.get("token")
    if not isinstance(token, str) or not _fits_header(token):
        raise ParameterError("token", _hidden(fields, "token"), "printable ASCII without spaces", where=where)
    if not (name is None or (isinstance(name, str) and name)):
        raise ParameterError("username", name, "a text, or left out", where=where)
    if not (password is None or (isinstance(password, str) and password)):
        raise ParameterError("password", _hidden(fields, "password"), "a text, or left out", where=where)
    if (name is None) != (password is None):
        raise ParameterError("username", name, "given with a password, or both left out", where=where)
    permissions = _texts("permissions", fields.get("permissions", ()), f"[{RUN_IMPORT!r}]", where)
    emails = _texts("emails", fields["emails"], "['ann@example.com']", where) if "emails" in fields else None
    roles = _texts("roles", fields["roles"], "['admin']", where) if "roles" in fields else None
    return Account(user_id, token, frozenset(permissions), name, password, emails, roles)


def _texts(field: str, given: Any, example: str, where: str) -> tuple[str, ...]:
    several = isinstance(given, (list, tuple, set, frozenset))
    if not several or not all(isinstance(name, str) for name in given):
        raise ParameterError(field, given, f"a list of texts, such as {example}", where=where)
    return tuple(given)


def _fits_header(value: Any) -> bool:
    if not isinstance(value, str) or not value:
        return False
    return value.isascii() and value.isprintable() and " " not in value


def _hidden(fields: Mapping[str, Any], key: str) -> str:
    return _kind(fields[key]) if key in fields else "missing"


def _kind(value: object) -> str:
    return f"a {type(value).__name__} (not shown)"
