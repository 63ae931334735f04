"""Objects of ``import.addUsers`` in somebody's file: whether they are any, and which keys are misspelled.

A key that is none of ours is left out and told; one that means one of ours is refused, for what it holds
would be missing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from simimport.errors import brief
from simimport.model.people.api_body import KEYS
from simimport.show.words import counted, number

__all__ = ["OwnKeys", "asked_for", "meant"]

_OURS = frozenset(key.name for key in KEYS) | {"password"}
#: Somebody without any of them is nobody: there would be nothing by which to find the person again.
_FINDS = frozenset({"username", "emails", "importIds"})
_MOST_KEYS, _SHOWN_KEYS = 1_000, 12


def _plain(key: str) -> str:
    return re.sub("[^a-z]", "", key.lower())


#: What others call our keys, in small letters only.
_MEANT = {
    **{_plain(key.name): key.name for key in KEYS},
    "email": "emails", "mail": "emails", "mails": "emails", "emailaddress": "emails",
    "emailaddresses": "emails", "primaryemail": "emails", "workemail": "emails",
    "user": "username", "userlogin": "username", "login": "username", "loginname": "username",
    "nickname": "username", "userid": "importIds", "importid": "importIds", "externalid": "importIds",
    "displayname": "name", "fullname": "name", "realname": "name",
    "role": "roles", "utcoffsethours": "utcOffset", "avatar": "avatarUrl", "status": "statusText",
    "isdeleted": "deleted",
}  # fmt: skip
#: Of these another meaning is as likely; only where nobody has a key of ours they are hinted at.
_MAYBE = frozenset({"user", "userid", "nickname", "externalid", "avatar", "status", "role", "login"})
_HINTS = {**_MEANT, "id": "importIds"}


def meant(keys: Sequence[str]) -> str:
    """Return which of our keys some keys seem to mean, in words."""
    pairs = [(key, _HINTS.get(_plain(key), "")) for key in keys]
    hints = [f"{brief(key)} → {ours}" for key, ours in pairs if ours and ours != key]
    return f"; did you mean {', '.join(hints)}?" if hints else ""


def asked_for(keys: Sequence[str]) -> str:
    """Return in words which keys were found, which are ours, and what may be meant."""
    shown = ", ".join(brief(key) for key in keys[:_SHOWN_KEYS]) or "none"
    more = f" and {number(len(keys) - _SHOWN_KEYS)} more" if len(keys) > _SHOWN_KEYS else ""
    ours = ", ".join(key.name for key in KEYS)
    return f"the keys found are {shown}{more}, and those of a user are {ours}{meant(keys)}"


class OwnKeys:
    """The keys of users that are not ours, counted as they come."""

    def __init__(self) -> None:
        self._people = 0
        self._strangers = 0
        self._first_stranger = 0
        self._keys_of_strangers: dict[str, None] = {}
        self._other: Counter[str] = Counter()
        self._misspelled: dict[str, list[int]] = {}

    def look(self, users: Sequence[Mapping[str, Any]], places: Sequence[int]) -> None:
        """Take in some users, each found at a place."""
        self._people += len(users)
        for user, place in zip(users, places, strict=True):
            keys = user.keys()
            if keys.isdisjoint(_FINDS):
                self._strangers += 1
                self._first_stranger = self._first_stranger or place
                if len(self._keys_of_strangers) < _MOST_KEYS:
                    self._keys_of_strangers.update(dict.fromkeys(keys))
            if not keys <= _OURS:
                self._look_at_others(user, place)

    def _look_at_others(self, user: Mapping[str, Any], place: int) -> None:
        for key in user:
            if key in _OURS or (key not in self._other and len(self._other) >= _MOST_KEYS):
                continue
            self._other[key] += 1
            plain = _plain(key)
            if plain in _MEANT and plain not in _MAYBE and _MEANT[plain] not in user:
                at = self._misspelled.setdefault(key, [place, 0])
                at[1] += 1

    @property
    def are_strange(self) -> bool:
        """Whether nobody in the whole file has any key by which a user of ours is found."""
        return bool(self._people) and self._strangers == self._people

    def refusal_of_all(self) -> str:
        """Return why such a file is no list of users."""
        return f"no list of users: {asked_for(list(self._keys_of_strangers))}"

    def wrong(self) -> list[tuple[int, str, str]]:
        """Return what is wrong with the keys: the first place of each, the key, and what is the matter."""
        rows = [
            (place, key, f"is no key of a user; did you mean {_MEANT[_plain(key)]}?{_in_more(count - 1)}")
            for key, (place, count) in self._misspelled.items()
        ]
        if self._strangers:
            more = _in_more(self._strangers - 1)
            rows.append((self._first_stranger, "", f"has none of the keys {', '.join(sorted(_FINDS))}{more}"))
        return rows

    def left_out(self) -> tuple[str, ...]:
        """Return in words which keys are not ours and left out."""
        if not self._other:
            return ()
        shown = [brief(key) for key, _ in self._other.most_common(_SHOWN_KEYS)]
        more = len(self._other) - len(shown)
        tail = f" and {number(more)} more" if more else ""
        return (f"{counted(len(self._other), 'other key')} left out: {' '.join(shown)}{tail}",)


def _in_more(more: int) -> str:
    return f" (so in {counted(more, 'more user')})" if more else ""
