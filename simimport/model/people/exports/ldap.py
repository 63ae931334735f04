"""People as LDAP has them, in JSON: of ldap3, of converters, of Active Directory's tools.

Attributes are told without regard to capital letters, as LDAP has it, and may have one value or several.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from simimport.model.people.exports.values import full_name, ids

__all__ = ["is_of_ldap", "user_of_ldap"]

_NAMES = ("dn", "distinguishedname", "entrydn")
_LOGINS = ("uid", "samaccountname")
_ADDRESSES = ("mail", "emailaddress")
_IDS = ("entryuuid", "objectguid", "nsuniqueid", "ipauniqueid")
_PEOPLE = {"person", "inetorgperson", "organizationalperson", "user", "posixaccount", "account"}
#: The bit of userAccountControl that says that an account is disabled.
_DISABLED = 2


def _attributes(entry: Mapping[str, Any]) -> dict[str, Any]:
    inner = entry.get("attributes")
    whole = {**entry, **inner} if isinstance(inner, Mapping) else entry
    return {name.lower(): value for name, value in whole.items()}


def is_of_ldap(person: Mapping[str, Any]) -> bool:
    """Return whether it is an entry of LDAP: one with a distinguished name."""
    entry = _attributes(person)
    names = [name for key in _NAMES for name in _several(entry.get(key))]
    return any("=" in name for name in names if isinstance(name, str))


def user_of_ldap(person: Mapping[str, Any]) -> Mapping[str, Any] | str:
    """Return an entry of LDAP as one of addUsers; groups, computers and the like are left out."""
    entry = _attributes(person)
    if not any(name in entry for name in _NAMES):
        raise ValueError("has no dn, as LDAP has")
    classes = {str(name).lower() for name in _several(entry.get("objectclass"))}
    is_person = classes & _PEOPLE if classes else any(name in entry for name in (*_LOGINS, *_ADDRESSES))
    if not is_person or "computer" in classes:
        return "other object"
    return {
        # a distinguished name is none: its commas would make several of it
        "importIds": ids(_first(entry, *_IDS, *_LOGINS, *_ADDRESSES)),
        "username": _first(entry, *_LOGINS),
        "emails": [email for name in _ADDRESSES for email in ids(*_several(entry.get(name)))],
        "name": _first(entry, "displayname", "cn", "name")
        or full_name(_first(entry, "givenname"), _first(entry, "sn", "surname")),
        "deleted": _is_disabled(entry),
        "bio": _first(entry, "title"),
        "type": "user",
    }


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _first(entry: Mapping[str, Any], *names: str) -> Any:
    """Return the first value of the first of the attributes that has any; bytes in an envelope are none."""
    for name in names:
        for value in _several(entry.get(name)):
            if value not in (None, "") and not isinstance(value, Mapping):
                return value
    return None


def _is_disabled(entry: Mapping[str, Any]) -> bool | None:
    enabled, locked = _first(entry, "enabled"), _first(entry, "nsaccountlock")
    if isinstance(enabled, bool):
        return not enabled
    if locked is not None:
        return str(locked).lower() == "true"
    control = str(_first(entry, "useraccountcontrol") or "")
    return bool(int(control) & _DISABLED) if re.fullmatch("[0-9]{1,10}", control) else None
