"""What is sent: bodies as they should be, that fit without being coerced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simimport.service.contract.parts import Schema, closed

if TYPE_CHECKING:
    from simimport.model.dialects import Dialect

__all__ = ["request_schemas"]

_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_YES_OR_NO: Schema = {"type": "boolean"}


def request_schemas(dialect: Dialect, at: str) -> dict[str, Schema]:
    """Return the schema of each body that is sent, by name.

    Parameters
    ----------
    dialect : Dialect
    at : str
        What references to other schemas begin with.
    """

    def each(name: str) -> Schema:
        return {"type": "array", "items": {"$ref": at + name}}

    return {
        "AddUsers": closed({"users": each("NewUser")}),
        "NewUser": _new_user(),
        **_selections(dialect, at),
        "UploadFile": closed(
            {
                "binaryContent": {**_TEXT, "description": "The file, in base64."},
                "contentType": _TEXT,
                "fileName": _TEXT,
                "importerKey": {**_TEXT, "description": "As `importers.list` has it."},
            }
        ),
        "DownloadFile": closed({"fileUrl": _TEXT, "importerKey": _TEXT}),
        "Nothing": {**closed({}), "description": "There is nothing to say."},
        **_logins(at),
    }


def _open(required: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    return {"type": "object", "required": [*required], "properties": {**required, **(optional or {})}}


def _new_user() -> Schema:
    words = ("username", "name", "avatarUrl", "statusText", "type", "bio", "password")
    optional: dict[str, Schema] = {word: {"type": ["string", "null"]} for word in words}
    optional |= {"utcOffset": {"type": ["number", "null"]}, "deleted": {"type": ["boolean", "null"]}}
    optional["roles"] = {"type": ["array", "null"], "items": _TEXT}
    required: dict[str, Schema] = {
        "emails": {**_TEXTS, "description": "At least one."},
        "importIds": {**_TEXTS, "description": "At least one: how other systems call the user."},
    }
    # other keys are let in, and dropped
    return _open(required, optional)


def _selections(dialect: Dialect, at: str) -> dict[str, Schema]:
    """Return the forms of ``startImport``: ids of those who are chosen, and the older one, which lists all.

    The older one is that of servers up to 7.0 (StartImportParamsPOST.ts @ 119b19e0), the other from then on.
    """

    def each(name: str) -> Schema:
        return {"type": "array", "items": {"$ref": at + name}}

    chosen = {name: {"$ref": f"{at}Chosen"} for name in ("users", "channels", "contacts")}
    older = dialect.router == "restivus"
    # other keys are let in, and ignored
    by_ids = _open({"users": chosen.pop("users")}, chosen) if older else _open({}, chosen)
    either: Schema = {"anyOf": [{"$ref": at + name} for name in ("SelectionById", "SelectionOfAll")]}
    return {
        "StartImport": closed({"input": {"$ref": f"{at}Selection"}}),
        **({"Selection": either, "SelectionById": by_ids} if older else {"Selection": by_ids}),
        "Chosen": _open({}, {"all": _YES_OR_NO, "list": {**_TEXTS, "description": "Their ids."}}),
        "SelectionOfAll": _open({"users": each("SelectedUser"), "channels": each("SelectedChannel")}),
        "SelectedUser": _selected_user(),
        "SelectedChannel": _selected_channel(),
        "SelectedContact": _open({"id": _TEXT, "do_import": _YES_OR_NO}),
    }


def _selected_user() -> Schema:
    flags = ("is_deleted", "is_bot", "do_import", "is_email_taken")
    required = {"user_id": _TEXT, "username": _TEXT} | dict.fromkeys(flags, _YES_OR_NO)
    return _open(required, {"email": {"type": ["string", "null"]}})


def _selected_channel() -> Schema:
    flags = ("is_archived", "do_import", "is_private", "is_direct")
    required = {"channel_id": _TEXT, "name": _TEXT} | dict.fromkeys(flags, _YES_OR_NO)
    return _open(required, {"creator": _TEXT})


def _logins(at: str) -> dict[str, Schema]:
    """Return the forms of ``login``: a name and a password, plain or hashed, or a token that is live."""
    user: Schema = {"anyOf": [_TEXT, closed({"username": _TEXT}), closed({"email": _TEXT})]}
    password: Schema = {"anyOf": [_TEXT, {"$ref": f"{at}HashedPassword"}]}
    names = ("user", "username", "email")
    with_name: Schema = {
        "anyOf": [{"required": [name], "properties": {name: {}}} for name in names]
    }
    texts = dict.fromkeys((*names, "password"), _TEXT)
    return {
        "Login": {"anyOf": [{"$ref": f"{at}PasswordLogin"}, {"$ref": f"{at}TokenLogin"}]},
        "PasswordLogin": {
            **closed({**texts, "user": user, "password": password}, optional=names),
            **with_name,
        },
        "TokenLogin": closed({"resume": {**_TEXT, "description": "A token that an earlier login gave."}}),
        "HashedPassword": closed(
            {
                "digest": {**_TEXT, "description": "The SHA-256 of the password, in hexadecimal."},
                "algorithm": {"const": "sha-256"},
            }
        ),
        "LoginForm": {**closed(texts, optional=names), **with_name},
    }
