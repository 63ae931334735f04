"""People as directories have them: SCIM, LDAP and Active Directory, Keycloak, Google, Microsoft, Okta.

What a directory calls a username is one, be it an address; what it calls a login only where it is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simimport.model.people.exports.values import addresses, full_name, ids, is_off, require

__all__ = [
    "is_of_google", "is_of_keycloak", "is_of_microsoft", "is_of_okta", "is_of_scim", "user_of_google",
    "user_of_keycloak", "user_of_microsoft", "user_of_okta", "user_of_scim",
]  # fmt: skip

_Person = Mapping[str, Any]
_SCIM_USER = ("urn:ietf:params:scim:schemas:core:2.0:user", "urn:scim:schemas:core:1.0")


#: Any of them is enough: a realm that somebody wrote by hand has few.
_OF_KEYCLOAK = {"emailVerified", "createdTimestamp", "realmRoles", "clientRoles", "serviceAccountClientId"}


def _schemas(person: _Person) -> list[str]:
    schemas = person.get("schemas")
    if not isinstance(schemas, list):
        return []
    return [schema.lower() for schema in schemas if isinstance(schema, str)]


def is_of_scim(person: _Person) -> bool:
    """Return whether a person is a User of SCIM (RFC 7643, section 4.1)."""
    if "userName" not in person:
        return False
    emails = person.get("emails")
    return bool(set(_SCIM_USER) & set(_schemas(person))) or (
        isinstance(emails, list) and any(isinstance(email, Mapping) and "value" in email for email in emails)
    )


def user_of_scim(person: _Person) -> _Person | str:
    """Return a User of SCIM as one of addUsers; its groups and other resources are left out."""
    schemas = _schemas(person)
    if "userName" not in person and schemas and not set(_SCIM_USER) & set(schemas):
        return "other resource"
    require(person, ("userName",), "SCIM")
    name = person.get("name")
    parts: _Person = name if isinstance(name, Mapping) else {}
    photos = person.get("photos")
    pictures = [photo for photo in photos if isinstance(photo, Mapping)] if isinstance(photos, list) else []
    return {
        "importIds": ids(person.get("id", person.get("externalId"))),
        "username": person["userName"],
        "emails": addresses(person.get("emails"), "value"),
        "name": person.get("displayName")
        or parts.get("formatted")
        or full_name(parts.get("givenName"), parts.get("familyName")),
        "avatarUrl": next((photo.get("value") for photo in pictures), None),
        "deleted": is_off(person.get("active")),
        "bio": person.get("title"),
        "type": "user",
    }


def is_of_keycloak(person: _Person) -> bool:
    """Return whether a person is one of a realm export of Keycloak, or of its admin API."""
    return "username" in person and "emails" not in person and bool(_OF_KEYCLOAK & person.keys())


def user_of_keycloak(person: _Person) -> _Person | str:
    """Return a user of Keycloak as one of addUsers; the accounts of services are left out."""
    if person.get("serviceAccountClientId") or person.get("serviceAccountClientLink"):
        return "service account"
    require(person, ("username",), "Keycloak")
    return {
        # an export may be made without ids
        "importIds": ids(person.get("id", person["username"])),
        "username": person["username"],
        "emails": ids(person.get("email")),
        "name": full_name(person.get("firstName"), person.get("lastName")),
        "deleted": is_off(person.get("enabled")),
        "type": "user",
    }


def is_of_google(person: _Person) -> bool:
    """Return whether a person is one of Google's Directory API."""
    return isinstance(person.get("primaryEmail"), str)


def user_of_google(person: _Person) -> _Person | str:
    """Return a user of Google as one of addUsers: without a username or aliases."""
    require(person, ("primaryEmail",), "Google")
    name = person.get("name")
    parts: _Person = name if isinstance(name, Mapping) else {}
    gone = [bool(person[key]) for key in ("suspended", "archived") if key in person]
    return {
        "importIds": ids(person.get("id")),
        "emails": ids(person["primaryEmail"]),
        "name": parts.get("fullName") or full_name(parts.get("givenName"), parts.get("familyName")),
        "avatarUrl": person.get("thumbnailPhotoUrl"),
        "deleted": any(gone) if gone else None,
        "type": "user",
    }


def is_of_microsoft(person: _Person) -> bool:
    """Return whether a person is one of Microsoft Graph, as it or the az command lists them."""
    return isinstance(person.get("userPrincipalName"), str) and "dn" not in person


def user_of_microsoft(person: _Person) -> _Person | str:
    """Return a user of Microsoft Graph as one of addUsers: its userPrincipalName is no address."""
    require(person, ("userPrincipalName",), "Microsoft Graph")
    return {
        "importIds": ids(person.get("id", person.get("objectId"))),
        "username": person.get("mailNickname"),
        "emails": ids(person.get("mail")),
        "name": person.get("displayName") or full_name(person.get("givenName"), person.get("surname")),
        "deleted": is_off(person.get("accountEnabled")),
        "bio": person.get("jobTitle"),
        "type": "user",
    }


def is_of_okta(person: _Person) -> bool:
    """Return whether a person is one of Okta's API."""
    profile = person.get("profile")
    return isinstance(profile, Mapping) and {"login", "email"} <= profile.keys() and "status" in person


def user_of_okta(person: _Person) -> _Person | str:
    """Return a user of Okta as one of addUsers: its logins are addresses."""
    profile = person.get("profile")
    if not isinstance(profile, Mapping):
        raise ValueError("must be an object with a profile, as Okta has it")  # noqa: TRY004 - a value of a file
    require(profile, ("email", "login"), "Okta")
    login = profile.get("login")
    return {
        "importIds": ids(person.get("id")),
        "username": login if isinstance(login, str) and "@" not in login else None,
        "emails": ids(profile.get("email")),
        "name": profile.get("displayName") or full_name(profile.get("firstName"), profile.get("lastName")),
        "deleted": person.get("status") in ("DEPROVISIONED", "SUSPENDED"),
        "bio": profile.get("title"),
        "type": "user",
    }
