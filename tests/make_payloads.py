"""Write the files of people in ``data/payloads`` and the table of them: ``python -m tests.make_payloads``.

One small file for each kind of file that `read_users` reads or refuses, with people whom nobody is. The
tests hold the files equal to what this would write, and read each of them.
"""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from simimport import UsersError, read_users
from simimport.model.people.exports import other_kinds, systems
from simimport.model.people.exports.systems import System

PAYLOADS = Path(__file__).parent.parent / "data" / "payloads"
#: Files of other makers, or by hand: listed, and not written.
BY_HAND = ("add-users.json", "people.csv")


class Row(NamedTuple):
    """A row of the table: a kind of file, by what it is told, what of it is left out, and an example."""

    kind: str
    told_by: str
    left_out: str
    name: str
    content: bytes | None


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()


def _lines(values: Iterable[Any]) -> bytes:
    return "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values).encode()


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return a zip of files, the same at every run."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as bundle:
        for name, content in files.items():
            bundle.writestr(zipfile.ZipInfo(name), content)
    return whole.getvalue()


OURS = [
    {"username": "ann.lee", "emails": ["ann.lee@example.com"], "importIds": ["1"], "name": "Ann Lee"},
    {"username": "bo.sato", "emails": ["bo.sato@example.com", "bo@example.com"], "importIds": [2],
     "name": "佐藤 ボー", "utcOffset": 9, "department": "Sales"},
]  # fmt: skip
SLACK = [
    {"id": "U1", "team_id": "T1", "name": "ann.lee", "deleted": False, "tz_offset": 19800, "is_bot": False,
     "profile": {"real_name": "Ann Lee", "email": "ann.lee@example.com", "title": "Engineer",
                 "status_text": "away", "image_512": "https://example.com/ann.png"}},
    {"id": "U2", "team_id": "T1", "name": "cleo.diaz", "deleted": True,
     "profile": {"real_name": "Cleo Díaz", "email": "cleo.diaz@example.com"}},
    {"id": "B1", "name": "deployer", "deleted": False, "is_bot": True, "profile": {"real_name": "Deployer"}},
    {"id": "USLACKBOT", "name": "slackbot", "is_bot": False, "profile": {"real_name": "Slackbot"}},
]  # fmt: skip
MEMBERS = b"""\
username,email,status,billing-active,has-2fa,has-sso,userid,fullname,displayname,expiration-timestamp
ann.lee,ann.lee@example.com,Admin,1,0,0,U1,Ann Lee,ann,
cleo.diaz,cleo.diaz@example.com,Deactivated,0,0,0,U2,,Cleo,
nobody,,Member,1,0,0,U3,No Mail,,
deployer,deployer@example.com,Bot,1,0,0,U4,,,
"""
HIPCHAT = [
    {"User": {"id": 1, "account_type": "user", "mention_name": "AnnLee", "name": "Ann Lee", "title": "",
              "email": "ann.lee@example.com", "is_deleted": False, "timezone": "Europe/Berlin"}},
    {"User": {"id": 2, "account_type": "guest", "mention_name": "Guest1", "name": "A guest",
              "email": None, "is_deleted": True, "timezone": "UTC"}},
]  # fmt: skip
ROCKETCHAT = {
    "users": [
        {"_id": "aobEdbYhXfu5hkeqG", "username": "ann.lee", "name": "Ann Lee", "type": "user",
         "emails": [{"address": "ann.lee@example.com", "verified": True}], "roles": ["user"],
         "active": True, "utcOffset": 1, "status": "online"},
        {"_id": "rocket.cat", "username": "rocket.cat", "name": "Rocket.Cat", "type": "bot", "active": True,
         "roles": ["bot"]},
    ],
    "count": 2, "offset": 0, "total": 120, "success": True,
}  # fmt: skip
MATTERMOST = [
    {"type": "version", "version": 1},
    {"type": "user", "user": {"username": "ann.lee", "email": "ann.lee@example.com", "auth_service": "",
                              "nickname": "", "first_name": "Ann", "last_name": "Lee", "position": "Engineer",
                              "roles": "system_user", "delete_at": 0}},
]  # fmt: skip
KEYCLOAK = {
    "realm": "example", "enabled": True,
    "users": [
        {"username": "ann.lee", "enabled": True, "emailVerified": True, "firstName": "Ann", "lastName": "Lee",
         "email": "ann.lee@example.com", "realmRoles": ["default-roles-example"]},
        {"username": "service-account-sync", "enabled": True, "emailVerified": False,
         "serviceAccountClientId": "sync"},
    ],
}  # fmt: skip
SCIM = {
    "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 2,
    "Resources": [
        {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": "2819c223", "userName": "ann.lee",
         "name": {"givenName": "Ann", "familyName": "Lee"}, "title": "Engineer", "active": True,
         "emails": [{"value": "ann@home.example.com", "type": "home"},
                    {"value": "ann.lee@example.com", "type": "work", "primary": True}]},
        {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "id": "e9e30dba",
         "displayName": "Tour guides"},
    ],
}  # fmt: skip
GOOGLE = {
    "kind": "admin#directory#users",
    "users": [{"kind": "admin#directory#user", "id": "102", "primaryEmail": "ann.lee@example.com",
               "name": {"givenName": "Ann", "familyName": "Lee", "fullName": "Ann Lee"}, "suspended": False,
               "aliases": ["ann@example.com"]}],
    "nextPageToken": "Q2xv",
}  # fmt: skip
LDAP = {
    "entries": [
        {"attributes": {"cn": ["Ann Lee"], "mail": ["ann.lee@example.com"], "objectClass": ["inetOrgPerson"],
                        "uid": ["ann.lee"], "entryUUID": ["5a1c"]}, "dn": "uid=ann.lee,ou=people,dc=example"},
        {"attributes": {"cn": ["guides"], "objectClass": ["groupOfNames"]},
         "dn": "cn=guides,ou=groups,dc=example"},
    ]
}  # fmt: skip
MICROSOFT = {
    "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users",
    "value": [{"id": "87d349ed", "displayName": "Ann Lee", "givenName": "Ann", "surname": "Lee",
               "jobTitle": "Engineer", "mail": "ann.lee@example.com",
               "userPrincipalName": "ann.lee@example.onmicrosoft.com"}],
}  # fmt: skip
OKTA = [
    {"id": "00ub0oNGTSWTBKOLGLNR", "status": "ACTIVE",
     "profile": {"login": "ann.lee@example.com", "email": "ann.lee@example.com", "firstName": "Ann",
                 "lastName": "Lee"}},
]  # fmt: skip


def _of(system: System, name: str, value: Any) -> Row:
    content = _lines(value) if name.endswith(".jsonl") else _json(value)
    return Row(system.name, system.told_by, system.left_out, name, content)


def _systems() -> list[Row]:
    examples = {
        "Slack's users": ("slack-users.json", SLACK),
        "Okta's users": ("okta-users.json", OKTA),
        "HipChat's users": ("hipchat-users.json", HIPCHAT),
        "Rocket.Chat's users": ("rocketchat-users.json", ROCKETCHAT),
        "Mattermost's users": ("mattermost-users.jsonl", MATTERMOST),
        "Keycloak's users": ("keycloak-realm.json", KEYCLOAK),
        "SCIM users": ("scim-users.json", SCIM),
        "Google's users": ("google-users.json", GOOGLE),
        "LDAP entries": ("ldap-entries.json", LDAP),
        "Microsoft's users": ("microsoft-users.json", MICROSOFT),
    }
    return [_of(system, *examples[system.name]) for system in systems.SYSTEMS]


def accepted() -> list[Row]:
    """Return a row for each kind of file that is read."""
    own = systems.OWN
    export = {
        "users.json": _json(SLACK), "channels.json": _json([{"id": "C1", "name": "general"}]),
        "general/2024-01-01.json": _json([]),
    }  # fmt: skip
    return [
        Row("a body of `import.addUsers`", own.told_by, own.left_out, "add-users.json", None),
        Row("its list alone", own.told_by, own.left_out, "users-list.json", _json(OURS)),
        Row("a user in each line", "`.jsonl`, or a first line that is one object", own.left_out,
            "users.jsonl", _lines(OURS)),
        Row("CSV", "`.csv`, or commas in the first line", "empty rows", "people.csv", None),
        *_systems(),
        Row("the answer of Slack's `users.list`", "the same", "the same", "slack-users-list.json",
            _json({"ok": True, "members": SLACK, "response_metadata": {"next_cursor": ""}})),
        Row("Slack's list of members, in CSV", "a header that begins `username,email,status,billing-active`",
            "people without an e-mail", "slack-members.csv", MEMBERS),
        Row("an export of Slack, or any zip with one `users.json` or `users.csv`", "how it begins",
            "channels, messages and whatever else is in it", "slack-export.zip", zipped(export)),
    ]  # fmt: skip


def _text(text: str) -> bytes:
    return text.encode()


def refused() -> dict[str, bytes]:
    """Return files that are refused, by their names."""
    person = {"username": "ann.lee", "emails": ["ann.lee@example.com"], "importIds": ["1"]}
    return {
        "refused-another-key.json": _json([{"username": "ann.lee", "email": "ann.lee@example.com"}]),
        "refused-answer.json": _json({"success": True, "state": "ready", "operation": {"type": "API"}}),
        "refused-channels.json": _json([{"id": "C1", "name": "general", "creator": "U1", "members": ["U1"]}]),
        "refused-error.json": _json({"status": "error", "message": "You must be logged in to do this."}),
        "refused-error-page.json": _text("<!DOCTYPE html>\n<title>502 Bad Gateway</title>\n"),
        "refused-key-twice.json": _text('[{"username": "ann", "username": "bo", "emails": []}]\n'),
        "refused-nan.json": _text('[{"username": "ann", "emails": [], "utcOffset": NaN}]\n'),
        "refused-one-person.json": _json(person),
        "refused.ldif": _text("dn: uid=ann.lee,ou=people,dc=example\nmail: ann.lee@example.com\n"),
        "refused.pdf": b"%PDF-1.7\n",
        "refused.parquet": b"PAR1PAR1",
        "refused.vcf": _text("BEGIN:VCARD\nVERSION:3.0\nFN:Ann Lee\nEMAIL:ann.lee@example.com\nEND:VCARD\n"),
        "refused.xlsx": zipped({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"}),
        "refused.xml": _text('<?xml version="1.0"?>\n<users><user name="ann.lee"/></users>\n'),
        "refused.yaml": _text("users:\n- username: ann.lee\n"),
        "refused.csv.gz": _gzipped(b"ann.lee,ann.lee@example.com,Ann Lee\n"),
    }


def _gzipped(content: bytes) -> bytes:
    # which system made it stands in the tenth byte, which versions of Python fill in differently
    made = gzip.compress(content, mtime=0)
    return made[:9] + b"\x03" + made[10:]


def files() -> dict[Path, bytes]:
    """Return each file's path and the bytes that belong into it, without the table."""
    made = {row.name: row.content for row in accepted() if row.content is not None}
    return {PAYLOADS / name: content for name, content in {**made, **refused()}.items()}


def message_of(path: Path) -> str:
    """Return why a file is refused, without its path."""
    try:
        read_users(path)
    except UsersError as error:
        return str(error).removeprefix(str(path)).removeprefix(": ").replace("\n ", "")
    raise AssertionError(f"{path} is read")


def table() -> str:
    """Return the table of all of them, with what the reader says of each."""
    shown = {row.name for row in accepted()}
    lines = [
        "# Files of people", "",
        "What `read_users` and `simimport run --staged` read, by what it is told, and what is left out.",
        "`python -m tests.make_payloads` writes this table: what was read is what the frame says in",
        '`attrs["read_as"]`.', "",
        "| what it is | told by | left out | an example | read as |",
        "| --- | --- | --- | --- | --- |",
    ]  # fmt: skip
    lines += [
        f"| {row.kind} | {row.told_by} | {row.left_out} | `{row.name}` | {_read_as(PAYLOADS / row.name)} |"
        for row in accepted()
    ]
    more = sorted(path for path in PAYLOADS.glob("people-*") if path.name not in shown)
    lines += [f"| CSV | the same | the same | `{path.name}` | {_read_as(path)} |" for path in more]
    lines += ["", "What is refused, and with which words:", "", "| file | why |", "| --- | --- |"]
    lines += [f"| `{name}` | {_cell(message_of(PAYLOADS / name))} |" for name in sorted(refused())]
    kinds = "; ".join(kind.name for kind in (*other_kinds.KINDS, *other_kinds.TEXTS, *other_kinds.DOCUMENTS))
    lines += ["", f"By how it begins is told, and refused by its name: {kinds}."]
    return "\n".join(lines) + "\n"


def _read_as(path: Path) -> str:
    try:
        people = read_users(path)
    except UsersError:
        return _cell(f"refused: {message_of(path)}")
    return _cell(str(people.attrs.get("read_as", "")).removeprefix("read as: "))


def _cell(text: str) -> str:
    return text.replace("|", r"\|").replace("\n", " ")


def main() -> None:
    """Write them."""
    for path, content in files().items():
        path.write_bytes(content)
    (PAYLOADS / "README.md").write_text(table(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
