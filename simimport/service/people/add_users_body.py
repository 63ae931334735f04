"""What ``import.addUsers`` accepts: the server's JSON schema, checked as its validator words it.

What a body comes to by itself stands here, and needs no lock; when it may come is asked in `operations`. The
validator coerces scalars (a number becomes a text), and the caller's body stays as it was.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from simimport.errors import UsersError
from simimport.memory import uncollected
from simimport.model import columns
from simimport.model.people.api_body import Columns, cells, columns_of
from simimport.model.people.api_values import keys_of
from simimport.model.people.cell_lists import cell_of, items_of
from simimport.model.people.users_frame import as_users
from simimport.service.refusals import INVALID_ROLES, MISSING_DATA

if TYPE_CHECKING:
    import pandas as pd

    from simimport.model.people.staged import Dealt, Staged

__all__ = ["DEFAULT_ROLE", "Body", "InvalidBodyError", "body_of", "checked", "scalar"]

DEFAULT_ROLE = "user"

_REQUIRED = ("emails", "importIds")
#: The properties of a user and their types, in the order in which the validator meets them. All but the
#: required ones may be null; others than these are accepted and dropped.
_PROPERTIES = {
    "username": "string",
    "emails": "array",
    "importIds": "array",
    "name": "string",
    "utcOffset": "number",
    "avatarUrl": "string",
    "deleted": "boolean",
    "statusText": "string",
    "roles": "array",
    "type": "string",
    "bio": "string",
    "password": "string",
}
# What JavaScript reads as a number, but for Infinity, which the validator refuses. Digits are taken once and
# not given back: a text of fifty thousand that is no number would take minutes.
_NUMBER = re.compile(
    r"[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?"
    r"|(?P<based>0(?:[xX][0-9a-fA-F]++|[oO][0-7]++|[bB][01]++))"
)


class InvalidBodyError(ValueError):
    """The body does not fit the schema; the message is the validator's, which never says which user."""


class Body(NamedTuple):
    """What a body comes to, whenever it comes.

    Parameters
    ----------
    people : columns, DataFrame or Dealt
        As they are staged: with the default role.
    number : int
        How many they are.
    misfit : str
        What the validator says, where it does not fit the schema; else empty.
    unreadable : str
        Why a frame cannot hold it, where it cannot: a server would store it.
    unfit : str
        Why the import service refuses them, in a state in which it looks at them.
    after : Staged or None
        Of generated people, those whom they follow: they are these only where nobody came between.
    """

    people: Columns | pd.DataFrame | Dealt
    number: int
    misfit: str = ""
    unreadable: str = ""
    unfit: str = ""
    after: Staged | None = None


def body_of(payload: Any, roles: frozenset[str], spelled: bool = False) -> Body:
    """Return what a body comes to, or a users frame, where those roles are known.

    `spelled` has the letters of somebody's first role staged for all roles, as in `Dialect.spelled_roles`.

    Raises
    ------
    UsersError
        If it is a DataFrame, and no users frame.
    """
    import pandas as pd

    if isinstance(payload, pd.DataFrame):
        return _body(as_users(payload, "users"), roles, spelled)
    try:
        with uncollected():
            # nearly always there is nothing to coerce
            users = payload["users"] if _is_plain(payload) else checked(payload)
            return _body(columns_of(users, commas=True), roles, spelled)
    except InvalidBodyError as error:
        return Body({}, 0, misfit=str(error))
    except UsersError as error:
        return Body({}, 0, unreadable=str(error))


def _body(people: Columns | pd.DataFrame, roles: frozenset[str], spelled: bool) -> Body:
    import pandas as pd

    frame = people if isinstance(people, pd.DataFrame) else None
    emails, ids, given = (people[name] if frame is None else cells(frame, name)
                          for name in ("email", "import_id", "roles"))  # fmt: skip
    merged = {text: _with_default_role(text) for text in set(given)}
    unfit = ""
    if not all(emails) or not all(ids):
        unfit = MISSING_DATA
    elif not roles.issuperset(role for text in merged.values() for role in items_of(text)):
        unfit = INVALID_ROLES
    elif spelled:
        merged = {text: cell_of(dict.fromkeys(items_of(whole)[0])) for text, whole in merged.items()}
    complete: dict[str, Any] = {**people, "roles": [merged[text] for text in given]}
    return Body(complete if frame is None else columns.frame("users", complete), len(emails), unfit=unfit)


def _with_default_role(roles: str | None) -> str:
    given = items_of(roles) if roles else []
    return cell_of(dict.fromkeys([*given, DEFAULT_ROLE]))


def _is_plain(body: Any) -> bool:
    """Return whether `checked` would find nothing to refuse and nothing to coerce, at a look at all types."""
    users = body.get("users") if type(body) is dict and len(body) == 1 else None
    if type(users) is not list:
        return False
    # piece by piece: the first that is not plain is enough
    pieces = (users[start : start + _PIECE] for start in range(0, len(users), _PIECE))
    return all(map(_are_plain, pieces))


def _are_plain(users: list[Any]) -> bool:
    if not set(map(type, users)) <= {dict}:
        return False
    there = keys_of(users, _PROPERTIES.keys()).union(_REQUIRED)
    for key, kind in _PROPERTIES.items():
        if key not in there:
            continue
        values = [user.get(key) for user in users]
        kinds = set(map(type, values)) - (set() if key in _REQUIRED else {type(None)})
        if not kinds <= _PLAIN[kind]:
            return False
        if kind == "array" and not set(map(type, chain.from_iterable(filter(None, values)))) <= {str}:
            return False
        if kind == "number" and not all(-_EXACT <= value <= _EXACT for value in filter(None, values)):
            return False
    return True


def checked(body: Any) -> list[dict[str, Any]]:
    """Return the users of a body, coerced as the server's validator does it.

    Raises
    ------
    InvalidBodyError
        With the first message that the validator would give.
    """
    if not isinstance(body, Mapping):
        raise InvalidBodyError("must be object")
    if "users" not in body:
        raise InvalidBodyError("must have required property 'users'")
    if len(body) > 1:
        raise InvalidBodyError("must NOT have additional properties")
    if not isinstance(body["users"], list):
        raise InvalidBodyError("must be array")
    return [_user(user) for user in body["users"]]


def _user(user: Any) -> dict[str, Any]:
    if not isinstance(user, Mapping):
        raise InvalidBodyError("must be object")
    for key in _REQUIRED:
        if key not in user:
            raise InvalidBodyError(f"must have required property '{key}'")
    kept: dict[str, Any] = {}
    for key, kind in _PROPERTIES.items():
        value = user.get(key)
        null = value is None or _is_null(value, kind)
        if null and key not in _REQUIRED:
            continue
        kept[key] = _texts(value) if kind == "array" else scalar(value, kind)
    return kept


def _is_null(value: Any, kind: str) -> bool:
    """Return whether a scalar coerces to null, as it is none of its kind: the validator asks that last.

    An empty text is no number and no truth value; that, zero and false are no list.
    """
    if kind == "array":
        return isinstance(value, (str, int, float)) and value in ("", 0)
    return kind in ("number", "boolean") and value == ""


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise InvalidBodyError("must be array")
    return [scalar("" if item is None else item, "string") for item in value]


def scalar(value: Any, kind: str) -> Any:
    """Return a scalar as the kind that the schema wants, by the validator's rules of coercion."""
    coerced = _COERCIONS[kind](value)
    if coerced is None:
        raise InvalidBodyError(f"must be {kind}")
    return coerced


def _string(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return _written(_float(value))
    return value if isinstance(value, str) else None


def _number(value: Any) -> float | None:
    if isinstance(value, str):
        text = value.strip()
        found = _NUMBER.fullmatch(text)
        if text and not found:
            return None
        value = int(text, 0) if found and found["based"] else float(text or 0)
    number = _float(value) if isinstance(value, (int, float)) else math.nan
    return number if math.isfinite(number) else None


def _boolean(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float, str)):
        return {"true": True, "false": False, 1: True, 0: False}.get(value)
    return None


def _float(value: float) -> float:
    """Return a number as JavaScript holds it."""
    try:
        return float(value)
    except OverflowError:  # an integer of hundreds of digits
        return math.inf if value > 0 else -math.inf


def _written(number: float) -> str:
    """Return a number as JavaScript writes it: 1e21, but 100000000000000000000; 1e-7, but 0.000001."""
    if not math.isfinite(number):
        return {math.inf: "Infinity", -math.inf: "-Infinity"}.get(number, "NaN")
    # the same shortest digits as Python's, in another dress
    mantissa, _, exponent = f"{number!r}".partition("e")
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    fraction = fraction if fraction != "0" else ""
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    if not digits:
        return "0"
    if len(digits) <= point <= 21:
        text = digits + "0" * (point - len(digits))
    elif 0 < point <= 21:
        text = f"{digits[:point]}.{digits[point:]}"
    elif -6 < point <= 0:
        text = "0." + "0" * -point + digits
    else:
        text = f"{digits[0]}{digits[1:] and '.'}{digits[1:]}e{point - 1:+d}"
    return text if number > 0 else f"-{text}"


#: The types of a kind's values that need no coercion, and up to where JavaScript holds every whole number.
_PLAIN: Mapping[str, set[type]] = {
    "string": {str}, "number": {float, int}, "boolean": {bool}, "array": {list},
}  # fmt: skip
_EXACT = 2**53
_PIECE = 10_000
_COERCIONS = {"string": _string, "number": _number, "boolean": _boolean}
