"""The people in a JSON text, one after the other: the whole is never decoded at once.

A text of a few bytes each stands for objects of many times their size, so only one person is taken at a time.
Knows no system's keys, only those under which lists of people stand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator
from typing import Any, NoReturn

__all__ = ["LISTS", "NotPeopleError", "UnreadableError", "people_in", "place_of", "value_of"]

#: The keys of a body under which somebody's people stand: ours and Rocket.Chat's own, Slack's, SCIM's,
#: Microsoft Graph's, and those of LDAP tools.
LISTS = ("users", "members", "Resources", "value", "entries")

_SPACE = re.compile(r"[ \t\n\r]*")


class UnreadableError(ValueError):
    """A JSON text that is well-formed and cannot be taken as it is; the message says why.

    Attributes
    ----------
    at : int
        Where the value begins in which it is found.
    person : int
        The number of the person, from 1; 0 where it is none.
    """

    at = 0
    person = 0


class NotPeopleError(ValueError):
    """A JSON text without a list of people; the message says what it is."""


def _no_constant(word: str) -> NoReturn:
    raise UnreadableError(f"{word} is not JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise UnreadableError(f"the key {json.dumps(twice[:40])} is there twice in one object")
    return members


# made once: with arguments, each call of json.loads() would make one
_decoder = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_constant)


def value_of(text: str) -> Any:
    """Return the value of a JSON text.

    Raises
    ------
    JSONDecodeError
        If it is no JSON; it says where.
    UnreadableError
        If it is, and cannot be taken.
    """
    value, at = _value(text, _after_space(text, 0))
    _check_end(text, at)
    return value


def people_in(text: str, around: dict[str, Any]) -> Iterator[Any]:
    """Yield the people of a list, or of the list that a body has under one of `LISTS`.

    Parameters
    ----------
    text : str
    around : dict
        Takes the other members of the body, and, once they were all yielded, None under the key of the list.

    Raises
    ------
    JSONDecodeError, UnreadableError
        As `value_of` has it, at the person at whom it is found.
    NotPeopleError
        If it is something else.
    """
    at = _after_space(text, 0)
    if text[at : at + 1] == "[":
        at = yield from _items(text, at + 1)
    elif text[at : at + 1] == "{":
        at = yield from _members(text, at + 1, around)
    else:
        _, at = _value(text, at)
        _check_end(text, at)
        raise NotPeopleError("a single value")
    _check_end(text, at)


def place_of(error: json.JSONDecodeError) -> tuple[int, str, str]:
    """Return the line, the column in words, and what is wrong there."""
    return error.lineno, f"column {error.colno}", f"not JSON: {error.msg}"


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _check_end(text: str, at: int) -> None:
    at = _after_space(text, at)
    if at < len(text):
        raise json.JSONDecodeError("Extra data", text, at)


def _value(text: str, at: int) -> tuple[Any, int]:
    try:
        return _decoder.raw_decode(text, at)
    except json.JSONDecodeError:
        raise
    except UnreadableError as error:
        found = error
    except RecursionError:
        found = UnreadableError("nested too deeply to be a user")
    except ValueError:
        found = UnreadableError("a number has more digits than can be read")
    found.at = at
    raise found from None


def _items(text: str, at: int) -> Generator[Any, None, int]:
    """Yield the values of a list from behind its bracket, and return where it ends."""
    at = _after_space(text, at)
    if text[at : at + 1] == "]":
        return at + 1
    person = 0
    while True:
        person += 1
        try:
            value, at = _value(text, at)
        except UnreadableError as error:
            error.person = person
            raise
        yield value
        at = _after_space(text, at)
        if text[at : at + 1] == "]":
            return at + 1
        at = _after(text, at, ",", "Expecting ',' delimiter")


def _members(text: str, at: int, around: dict[str, Any]) -> Generator[Any, None, int]:
    """Yield the people of a body from behind its brace, put the rest into `around`, and return its end."""
    at = _after_space(text, at)
    if text[at : at + 1] == "}":
        return at + 1
    while True:
        if text[at : at + 1] != '"':
            raise json.JSONDecodeError("Expecting property name enclosed in double quotes", text, at)
        name, at = _value(text, at)
        at = _after(text, _after_space(text, at), ":", "Expecting ':' delimiter")
        if name in around:
            raise UnreadableError(f"the key {json.dumps(name[:40])} is there twice in one object")
        if name in LISTS and text[at : at + 1] == "[":
            if another := next((key for key in LISTS if key in around and around[key] is None), ""):
                raise UnreadableError(f"it holds two lists of people: {another} and {name}")
            at = yield from _items(text, at + 1)
            around[name] = None
        else:
            around[name], at = _value(text, at)
        at = _after_space(text, at)
        if text[at : at + 1] == "}":
            return at + 1
        at = _after(text, at, ",", "Expecting ',' delimiter")


def _after(text: str, at: int, mark: str, problem: str) -> int:
    """Return what follows a mark that must be here, and the space after it."""
    if text[at : at + 1] != mark:
        raise json.JSONDecodeError(problem, text, at)
    return _after_space(text, at + 1)
