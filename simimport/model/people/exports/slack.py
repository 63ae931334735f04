"""People as Slack has them, in its users.json and in the answers of its users.list.

What becomes of a person is what Rocket.Chat's importer makes of one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simimport.model.people.exports.values import is_number

__all__ = ["is_of_slack", "user_of_slack"]

_HOUR_S = 3600
#: Slack says of its own bot that it is none.
_SLACKBOT = "USLACKBOT"


def is_of_slack(person: Mapping[str, Any]) -> bool:
    """Return whether a person has the keys of Slack's users.json and of its method users.list."""
    return {"id", "name", "profile"} <= person.keys() and isinstance(person["profile"], Mapping)


def user_of_slack(person: Mapping[str, Any]) -> Mapping[str, Any] | str:
    """Return a user of Slack as one of addUsers (SlackImporter.ts @ 275d8f64, prepareUsersFile), or "bot".

    Raises
    ------
    ValueError
        If it is none.
    """
    if person.get("is_bot") or person.get("id") == _SLACKBOT:
        return "bot"
    profile = person.get("profile")
    if not isinstance(profile, Mapping):
        raise ValueError("must be an object with a profile, as Slack has it")  # noqa: TRY004 - a value of a file
    offset_s = person.get("tz_offset")
    return {
        "importIds": [person.get("id") or ""],
        "username": person.get("name"),
        "emails": [profile.get("email") or ""],
        "name": profile.get("real_name"),
        "utcOffset": offset_s / _HOUR_S if is_number(offset_s) else offset_s,
        "avatarUrl": profile.get("image_original") or profile.get("image_512"),
        "deleted": person.get("deleted"),
        "statusText": profile.get("status_text"),
        "bio": profile.get("title"),
        "type": "user",
    }
