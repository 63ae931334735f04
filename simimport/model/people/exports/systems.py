"""Whose people these are: one row for each system, told by keys that only its people have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from simimport.model.people.exports import chats, directories, ldap, slack

__all__ = ["OWN", "SLACK", "SYSTEMS", "System", "system_of"]


class System(NamedTuple):
    """A system whose people are read.

    Parameters
    ----------
    name : str
        Of what it exports.
    told_by : str
        What its people have and nobody else's, in words.
    left_out : str
        Who and what is not taken over, in words.
    lists : tuple of str
        The keys under which its people stand in a body; the empty one is a list alone, or lines.
    fits : function
        Whether an object is one of its people, for certain.
    user_of : function
        Such a person as a user of addUsers, or in a word or two, of which there may be several, what it is
        that is left out. A ValueError says why it can be neither.
    """

    name: str
    told_by: str
    left_out: str
    lists: tuple[str, ...]
    fits: Callable[[Mapping[str, Any]], bool]
    user_of: Callable[[Mapping[str, Any]], Mapping[str, Any] | str]


def _same(person: Mapping[str, Any]) -> Mapping[str, Any]:
    return person


def _is_ours(person: Mapping[str, Any]) -> bool:
    emails = person.get("emails")
    return "importIds" in person or (isinstance(emails, list) and any(isinstance(e, str) for e in emails))


#: Ours, which are told by the lack of others; `own.OwnKeys` judges them.
OWN = System(
    "addUsers", "`username`, `emails` or `importIds`", "other keys, passwords",
    ("", "users"), lambda _: False, _same,
)  # fmt: skip
SLACK = System(
    "Slack's users", "`id`, `name` and an object `profile`", "bots, slackbot", ("", "members"),
    slack.is_of_slack, slack.user_of_slack,
)  # fmt: skip
#: In this order they are asked.
SYSTEMS = (
    SLACK,
    System("Okta's users", "`status`, and `login` and `email` in `profile`", "logins that are addresses",
           ("",), directories.is_of_okta, directories.user_of_okta),
    System("HipChat's users", "`mention_name`, in `User` or beside `id` or `user_id`",
           "time zones, as they are names; pictures in the file", ("", "users"),
           chats.is_of_hipchat, chats.user_of_hipchat),
    System("Rocket.Chat's users", "`_id`, and `address` in `emails`", "bots and apps", ("", "users"),
           chats.is_of_rocketchat, chats.user_of_rocketchat),
    System("Mattermost's users", "`auth_service` and `delete_at`, or lines with a `user`",
           "bots, lines of other things", ("",), chats.is_of_mattermost, chats.user_of_mattermost),
    System("Keycloak's users", "`username`, and `emailVerified`, `createdTimestamp` or `realmRoles`",
           "accounts of services", ("", "users"), directories.is_of_keycloak, directories.user_of_keycloak),
    System("SCIM users", "`userName`, and the schema of a User or `value` in `emails`",
           "groups and other resources", ("", "Resources"), directories.is_of_scim, directories.user_of_scim),
    System("Google's users", "`primaryEmail`", "aliases; there are no usernames", ("", "users"),
           directories.is_of_google, directories.user_of_google),
    System("LDAP entries", "`dn` or `distinguishedName`", "groups, computers and units", ("", "entries"),
           ldap.is_of_ldap, ldap.user_of_ldap),
    System("Microsoft's users", "`userPrincipalName`", "`userPrincipalName`, as it is no address",
           ("", "value"), directories.is_of_microsoft, directories.user_of_microsoft),
)  # fmt: skip


def system_of(people: Iterable[Any]) -> System:
    """Return the system of the first of some people whom any knows for its own; else ours.

    Somebody with import ids, or with addresses that are texts, is ours, whatever else is known of the person.
    """
    for person in people:
        if isinstance(person, Mapping):
            if _is_ours(person):
                return OWN
            for system in SYSTEMS:
                if system.fits(person):
                    return system
    return OWN
