"""The values of an addUsers user, key by key: what each may be, and the cell of a frame that it becomes.

Knows no body and no file. Nearly all columns hold nothing unusual, which is seen at a look at their types;
only in others every value is looked at.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from itertools import chain
from typing import Any

from simimport.model.people.cell_lists import cell_of, items_of

__all__ = ["READ", "Report", "check_characters", "check_commas", "keys_of", "kind_of"]

#: Told of what is wrong: the position of the user, the key, what is the matter.
Report = Callable[[int, str, str], None]

_NONE = type(None)
_KINDS = {
    _NONE: "null",
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "a list",
    dict: "an object",
}


def keys_of(users: Iterable[Mapping[Any, Any]], among: AbstractSet[str]) -> set[str]:
    """Return which keys, among some, any user has: most have few, and no look at the others is needed."""
    there: set[str] = set()
    for user in users:
        keys = user.keys()
        if not keys <= there:
            there |= among & keys
    return there


def kind_of(value: object) -> str:
    """Return in words what kind of value it is."""
    # never the value itself: it may hold a password
    return _KINDS.get(type(value), type(value).__name__)


def _read(
    check: Callable[[Any], Any], plain: Callable[[list[Any]], list[Any] | None] = lambda values: None
) -> Callable[[str, list[Mapping[str, Any]], Report], list[Any]]:
    """Return a function that reads one key of all users by `check`, and reports what `check` refuses.

    `plain` does the same for a whole column that holds nothing unusual, and returns None for others.
    """

    def read(name: str, users: list[Mapping[str, Any]], report: Report) -> list[Any]:
        values = [user.get(name) for user in users]
        if set(map(type, values)) <= {_NONE}:
            return values
        quickly = plain(values)
        if quickly is not None:
            return quickly
        for at, value in enumerate(values):
            try:
                values[at] = None if value is None else check(value)
            except (TypeError, ValueError) as error:
                report(at, name, str(error))
                values[at] = None
        return values

    return read


def _plain_texts(values: list[Any]) -> list[Any] | None:
    return [value or None for value in values] if set(map(type, values)) <= {str, _NONE} else None


def _plain_lists(values: list[Any]) -> list[Any] | None:
    if not set(map(type, values)) <= {list, _NONE}:
        return None
    items = list(chain.from_iterable(filter(None, values)))
    if not set(map(type, items)) <= {str}:
        return None
    text = "".join(items)
    if "," in text or "\\" in text:
        return [cell_of(value) or None if value else None for value in values]
    return [_joined(value) if value else None for value in values]


def _joined(items: list[str]) -> str | None:
    return (items[0] if len(items) == 1 else ",".join(filter(None, items))) or None


def _text_or_number(value: Any) -> str | None:
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError(f"must be a string, not {kind_of(value)}")
    return str(int(value)) if value == int(value) else repr(value)


def _list(value: Any) -> str | None:
    if not isinstance(value, list | tuple):
        raise TypeError(f"must be a list of strings, not {kind_of(value)}")
    other = next((item for item in value if not isinstance(item, str)), "")
    if other != "":
        raise ValueError(f"must be a list of strings; {kind_of(other)} is in it")
    return cell_of(value) or None


def _ids(value: Any) -> str | None:
    if not isinstance(value, list | tuple):
        return _list(value)
    return _list([_text_or_number(item) or "" if isinstance(item, int | float) else item for item in value])


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"must be a number, not {kind_of(value)}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if number != value or not math.isfinite(number):
        raise ValueError("is too large a number, or not finite")
    return number


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"must be true or false, not {kind_of(value)}")
    return value


#: Per kind of key: how all users' values are read.
READ = {
    "text": _read(_text_or_number, _plain_texts),
    "list": _read(_list, _plain_lists),
    "ids": _read(_ids, _plain_lists),
    "number": _read(_number),
    "flag": _read(_flag),
}


def check_characters(name: str, values: list[str | None], report: Report) -> None:
    """Report what cannot stand in a text file: half a surrogate pair, and the NUL character."""
    if _is_text("".join(filter(None, values))):
        return
    for at, value in enumerate(values):
        if value is not None and not _is_text(value):
            report(at, name, "has a character that no text file can hold (NUL, or half of one)")


def check_commas(name: str, values: list[str | None], report: Report) -> None:
    """Report texts with a comma in them: in a file it nearly always parts several, written as one."""
    for at, value in enumerate(values):
        if value is not None and "\\" in value and any("," in item for item in items_of(value)):
            report(at, name, "has a comma in it, as if it were several: each is a text of its own")


def _is_text(text: str) -> bool:
    try:
        return "\0" not in text and (text.isascii() or bool(text.encode()))
    except UnicodeEncodeError:
        return False
