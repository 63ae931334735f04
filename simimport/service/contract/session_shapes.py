"""What is answered to the calls around an import: logging in and out, and who one is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simimport.service.contract.parts import Schema, closed

if TYPE_CHECKING:
    from simimport.model.dialects import Dialect

__all__ = ["session_schemas"]

_SOME_TEXT: Schema = {"type": "string", "minLength": 1}
_SUCCESS: Schema = {"const": True}


def session_schemas(dialect: Dialect, at: str) -> dict[str, Schema]:
    """Return the schemas of success of the calls around an import, by name.

    Parameters
    ----------
    dialect : Dialect
    at : str
        What references to other schemas begin with.
    """
    # as everything that succeeds, once there is a router of its own
    success = {"success": _SUCCESS} if dialect.router == "hono" else {}
    session = {
        "userId": _SOME_TEXT,
        "authToken": {**_SOME_TEXT, "description": "For the header `X-Auth-Token` of all other calls."},
        "me": {"$ref": f"{at}Account"},
    }
    return {
        "LoggedIn": closed({"status": {"const": "success"}, "data": {"$ref": f"{at}Session"}, **success}),
        "Session": closed(session),
        "LoggedOut": closed({"status": {"const": "success"}, "data": {"$ref": f"{at}Farewell"}}),
        "Farewell": closed({"message": {"const": "You've been logged out!"}}),
        "Account": closed(_account(at), optional=["email"]),
        "Me": closed({**_account(at), "success": _SUCCESS}, optional=["email"]),
        "AccountEmail": closed({"address": _SOME_TEXT, "verified": {"const": True}}),
        "AccountSettings": closed({"profile": {"type": "object"}, "preferences": {"type": "object"}}),
        "ServerInfo": closed({"version": _SOME_TEXT, "success": _SUCCESS}),
    }


def _account(at: str) -> dict[str, Schema]:
    return {
        "_id": _SOME_TEXT,
        "username": _SOME_TEXT,
        "name": _SOME_TEXT,
        "emails": {"type": "array", "items": {"$ref": f"{at}AccountEmail"}},
        "roles": {"type": "array", "items": {"type": "string"}},
        "status": {"const": "offline"},
        "active": {"const": True},
        "email": {**_SOME_TEXT, "description": "The first of the addresses, where there is one."},
        "settings": {"$ref": f"{at}AccountSettings"},
    }
