"""People as chats have them: HipChat's export, Rocket.Chat's own users.list, Mattermost's users.

Their passwords, tokens and pictures inside the file are left out; Slack's people have a room of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simimport.model.people.exports.values import addresses, full_name, ids, is_off, require

__all__ = [
    "is_of_hipchat", "is_of_mattermost", "is_of_rocketchat", "user_of_hipchat", "user_of_mattermost",
    "user_of_rocketchat",
]  # fmt: skip

_Person = Mapping[str, Any]


def is_of_hipchat(person: _Person) -> bool:
    """Return whether a person is one of HipChat's export, or of its API."""
    inner = person.get("User")
    if isinstance(inner, Mapping):
        return "mention_name" in inner
    return "mention_name" in person and ("user_id" in person or "id" in person) and "name" in person


def user_of_hipchat(person: _Person) -> _Person | str:
    """Return a user of HipChat as one of addUsers (importer-hipchat-enterprise @ 78925416).

    Its time zones are names, which are other offsets in summer than in winter: they are left out.
    """
    inner = person.get("User", person)
    if not isinstance(inner, Mapping):
        raise ValueError("must be an object with a User, as HipChat has it")  # noqa: TRY004 - a value of a file
    require(inner, ("mention_name",), "HipChat")
    deleted = inner.get("is_deleted")
    return {
        "importIds": ids(inner.get("id", inner.get("user_id"))),
        "username": inner["mention_name"],
        "emails": ids(inner.get("email")),
        "name": inner.get("name"),
        "avatarUrl": inner.get("photo_url"),
        # of its first API, 0 or 1
        "deleted": bool(deleted) if deleted in (0, 1) else deleted,
        "statusText": inner.get("status_message"),
        "bio": inner.get("title"),
        "type": "user",
    }


def is_of_rocketchat(person: _Person) -> bool:
    """Return whether a person is one that Rocket.Chat itself answers, as users.list does."""
    emails = person.get("emails", [])
    return (
        "_id" in person
        and not {"importIds", "profile"} & person.keys()
        and bool({"username", "nameInsensitive", "statusConnection"} & person.keys())
        and isinstance(emails, list)
        and all(isinstance(email, Mapping) and "address" in email for email in emails)
    )


def user_of_rocketchat(person: _Person) -> _Person | str:
    """Return a user of Rocket.Chat as one of addUsers; its bots and apps are left out."""
    roles = person.get("roles")
    if person.get("type") in ("bot", "app") or (isinstance(roles, list) and "bot" in roles):
        return "bot"
    require(person, ("_id",), "Rocket.Chat")
    return {
        "importIds": ids(person["_id"]),
        "username": person.get("username"),
        "emails": addresses(person.get("emails"), "address"),
        "name": person.get("name"),
        "roles": person.get("roles"),
        "type": person.get("type"),
        "utcOffset": person.get("utcOffset"),
        "bio": person.get("bio"),
        "avatarUrl": person.get("avatarUrl"),
        "deleted": is_off(person.get("active")),
        "statusText": person.get("statusText"),
    }


def is_of_mattermost(person: _Person) -> bool:
    """Return whether a person is one of Mattermost's API, or the line of one in its bulk export."""
    # the first line of a bulk export; its users may come behind thousands of channels
    if person.get("type") == "version" and isinstance(person.get("version"), int):
        return True
    if person.get("type") == "user" and isinstance(person.get("user"), Mapping):
        return "username" in person["user"]
    return {"username", "auth_service", "delete_at"} <= person.keys()


def user_of_mattermost(person: _Person) -> _Person | str:
    """Return a user of Mattermost as one of addUsers; bots, and lines of other things, are left out."""
    if isinstance(person.get("type"), str) and "username" not in person:
        if person["type"] != "user":
            return "other line"
        person = person.get("user", {})
    if not isinstance(person, Mapping):
        raise ValueError("must be an object with a user, as Mattermost has it")  # noqa: TRY004 - of a file
    require(person, ("username",), "Mattermost")
    if person.get("is_bot"):
        return "bot"
    deleted_at = person.get("delete_at")
    return {
        "importIds": ids(person.get("id", person["username"])),
        "username": person["username"],
        "emails": ids(person.get("email")),
        "name": full_name(person.get("first_name"), person.get("last_name")) or person.get("nickname"),
        "deleted": None if deleted_at is None else bool(deleted_at),
        "bio": person.get("position"),
        "type": "user",
    }
