"""Files of people as they are uploaded, made by hand and not by the code under test."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any


def upload(raw: bytes, importer: str = "csv", name: str = "people") -> dict[str, str]:
    """Return the body of uploadImportFile with a file."""
    return {
        "binaryContent": base64.b64encode(raw).decode(),
        "contentType": "application/octet-stream",
        "fileName": name,
        "importerKey": importer,
    }


def archive(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip of files."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", method) as bundle:
        for name, content in files.items():
            # of one date: what is made here may name a test, which must be called the same everywhere
            bundle.writestr(zipfile.ZipInfo(name), content, method)
    return whole.getvalue()


def csv_of(people: Iterable[Mapping[str, Any]]) -> bytes:
    """Return people as the users.csv of a server: username, e-mail, name, without a header."""
    rows = [",".join(f'"{person[name]}"' for name in ("username", "email", "name")) for person in people]
    return "\n".join(rows).encode()


def slack_of(people: Iterable[Mapping[str, Any]], **more: Any) -> bytes:
    """Return people as Slack's users.json has them, and a bot before them."""
    bot = {"id": "B1", "name": "robot", "is_bot": True, "profile": {"real_name": "Robot"}}
    users = [
        {
            "id": person["username"], "name": person["username"], "deleted": person["deleted"], **more,
            "profile": {"real_name": person["name"], "email": person["email"],
                        "image_512": person["avatar_url"]},
        }
        for person in people
    ]  # fmt: skip
    return json.dumps([bot, *users]).encode()


def chosen(selection: tuple[bool, frozenset[str]], dialect: str) -> dict[str, Any]:
    """Return the body of startImport that chooses everybody, or people by their ids."""
    everybody, ids = selection
    if dialect in ("server-7.4", "server-8.3") or everybody:
        return {"input": {"users": {"all": True} if everybody else {"list": sorted(ids)}}}
    flags = {"is_deleted": False, "is_bot": False, "is_email_taken": False}
    users = [{"user_id": user, "username": user, "do_import": user in ids, **flags}
             for user in ["ann", "bob", "nobody", *sorted(ids)]]  # fmt: skip
    return {"input": {"users": users, "channels": []}}
