"""The people in a JSON text, one after the other: the whole is never decoded at once.

A text of a few bytes each stands for objects of many times their size, so only one person is taken at a time.
Knows no system's keys, only those under which lists of people stand.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Generator, Iterator
from typing import Any, NoReturn

__all__ = ["LISTS", "NotPeopleError", "UnreadableError", "Values", "people_in", "place_of"]

#: The keys of a body under which somebody's people stand: ours and Rocket.Chat's own, Slack's, SCIM's,
#: Microsoft Graph's, and those of LDAP tools.
LISTS = ("users", "members", "Resources", "value", "entries")

#: Members of a value that are always allowed, and for how many letters of a text one more is.
_MOST_MEMBERS, _LETTERS_EACH = 10_000, 40
_SPACE = re.compile(r"[ \t\n\r]*")
# what may follow a value in a list
_BEHIND = re.compile(r"[ \t\n\r]*([,\]])[ \t\n\r]*")


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


class Values:
    """Decodes the values of one text, each within bounds.

    Parameters
    ----------
    length : int
        Of the text: a value may have the more members, its own and those of what is in it, the longer it is.
    """

    def __init__(self, length: int) -> None:
        self._most = max(_MOST_MEMBERS, length // _LETTERS_EACH)
        self._members = 0
        decoder = json.JSONDecoder(object_pairs_hook=self._object, parse_constant=_no_constant)
        self._decode = decoder.raw_decode

    def of(self, text: str) -> Any:
        """Return the value of a whole JSON text.

        Raises
        ------
        JSONDecodeError
            If it is no JSON; it says where.
        UnreadableError
            If it is, and cannot be taken.
        """
        value, at = self.at(text, _after_space(text, 0))
        _check_end(text, at)
        return value

    def at(self, text: str, at: int) -> tuple[Any, int]:
        """Return the value that begins at a place, and where it ends; it raises what `of` does."""
        self._members = 0
        try:
            return self._decode(text, at)
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

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        self._members += len(pairs)
        if self._members > self._most:
            raise UnreadableError("it holds too much to be a user")
        members = dict(pairs)
        if len(members) < len(pairs):
            names = Counter(name for name, _ in pairs)
            raise _twice(names.most_common(1)[0][0])
        return members


def _no_constant(word: str) -> NoReturn:
    raise UnreadableError(f"{word} is not JSON")


def _twice(name: str) -> UnreadableError:
    return UnreadableError(f"the key {json.dumps(name[:40])} is there twice in one object")


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
        As `Values` has it, at the person at whom it is found.
    NotPeopleError
        If it is something else.
    """
    values = Values(len(text))
    at = _after_space(text, 0)
    if text[at : at + 1] == "[":
        at = yield from _items(values, text, at + 1)
    elif text[at : at + 1] == "{":
        at = yield from _members(values, text, at + 1, around)
    else:
        _, at = values.at(text, at)
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


def _items(values: Values, text: str, at: int) -> Generator[Any, None, int]:
    """Yield the values of a list from behind its bracket, and return where it ends."""
    at = _after_space(text, at)
    if text[at : at + 1] == "]":
        return at + 1
    person = 0
    while True:
        person += 1
        try:
            value, at = values.at(text, at)
        except UnreadableError as error:
            error.person = person
            raise
        yield value
        behind = _BEHIND.match(text, at)
        if behind is None:
            raise json.JSONDecodeError("Expecting ',' delimiter", text, _after_space(text, at))
        at = behind.end()
        if behind[1] == "]":
            return at


def _members(values: Values, text: str, at: int, around: dict[str, Any]) -> Generator[Any, None, int]:
    """Yield the people of a body from behind its brace, put the rest into `around`, and return its end."""
    at = _after_space(text, at)
    if text[at : at + 1] == "}":
        return at + 1
    while True:
        if text[at : at + 1] != '"':
            raise json.JSONDecodeError("Expecting property name enclosed in double quotes", text, at)
        name, at = values.at(text, at)
        at = _after(text, _after_space(text, at), ":", "Expecting ':' delimiter")
        if name in around:
            raise _twice(name)
        if name in LISTS and text[at : at + 1] == "[":
            if another := next((key for key in LISTS if key in around and around[key] is None), ""):
                raise UnreadableError(f"it holds two lists of people: {another} and {name}")
            at = yield from _items(values, text, at + 1)
            around[name] = None
        else:
            around[name], at = values.at(text, at)
        at = _after_space(text, at)
        if text[at : at + 1] == "}":
            return at + 1
        at = _after(text, at, ",", "Expecting ',' delimiter")


def _after(text: str, at: int, mark: str, problem: str) -> int:
    """Return what follows a mark that must be here, and the space after it."""
    if text[at : at + 1] != mark:
        raise json.JSONDecodeError(problem, text, at)
    return _after_space(text, at + 1)
