"""An uploaded file: who is in it, or why it is refused. Needs no lock, and writes nothing anywhere.

A server looks into the file later, and skips or breaks off what it cannot read; here it is read whole at
once, or refused with words. Its format is told by how it begins, whatever name and type it is sent under.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, NamedTuple

from simimport.errors import UsersError, brief
from simimport.memory import uncollected
from simimport.model.files import text_of
from simimport.model.people.packed import Packed, UnreadableZipError, is_packed
from simimport.service import refusals
from simimport.service.calls.bodies import UPLOAD, texts_in
from simimport.service.people.add_users_body import Body, InvalidBodyError, body_of
from simimport.show.words import number, printable

if TYPE_CHECKING:
    import pandas as pd

    from simimport.service.answers import Answer

__all__ = ["FILE_IMPORTERS", "Upload", "undefined_importer", "upload_of"]

#: The importers of files, each with the file of people in its zip.
FILE_IMPORTERS = {"csv": "users.csv", "slack": "users.json", "slack-users": "users.json"}
_MOST_PEOPLE = 1_000_000
_LONGEST_NAME = 80
# of a server's other importers, which read no file
_OTHERS = ("api", "pending-files", "pending-avatars")
#: What else is in exports: its name, and whether it may be there if nothing is in it.
_ELSE = {
    "channels.csv": "channels", "contacts.csv": "contacts", "channels.json": "channels",
    "groups.json": "channels", "mpims.json": "channels", "dms.json": "channels",
}  # fmt: skip
_NOTHING = (b"", b"[]")


class Upload(NamedTuple):
    """What a body of ``uploadImportFile`` comes to, whenever it comes.

    Parameters
    ----------
    importer : str
        The key of the importer.
    body : Body
        Its people, as they are staged: with the default role.
    misfit : str
        What the validator says, where it does not fit the schema; else empty.
    refusal : Answer or None
        Why the file is refused, where it is.
    """

    importer: str
    body: Body
    misfit: str = ""
    refusal: Answer | None = None


class _FileError(Exception):
    """The file cannot be imported; the message says why."""


_NOBODY = Body({}, 0)


def upload_of(payload: Any, roles: frozenset[str]) -> Upload:
    """Return what a body comes to, where those roles are known."""
    try:
        given = texts_in(payload, UPLOAD)
    except InvalidBodyError as error:
        return Upload("", _NOBODY, misfit=str(error))
    importer = given["importerKey"]
    if importer not in FILE_IMPORTERS:
        return Upload(importer, _NOBODY, refusal=undefined_importer(importer, "uploadImportFile"))
    name = printable(given["fileName"])[:_LONGEST_NAME] or "the file"
    try:
        with uncollected():
            body = _body(_people(_content(given["binaryContent"]), importer, name), roles)
    except UsersError as error:
        return Upload(importer, _NOBODY, refusal=refusals.service_error(str(error)))
    except (_FileError, UnreadableZipError, ValueError) as error:
        return Upload(importer, _NOBODY, refusal=refusals.service_error(f"{name}: {error}"))
    return Upload(importer, body)


def _body(people: pd.DataFrame, roles: frozenset[str]) -> Body:
    """Return people as they are staged; those without an address too, as servers do: their import fails."""
    body = body_of(people, roles)
    if not body.number:
        raise _FileError("there are no users in it")
    if body.unfit == refusals.INVALID_ROLES:
        raise _FileError(body.unfit)
    return body._replace(unfit="")


def undefined_importer(importer: str, method: str) -> Answer:
    """Return the refusal of an importer that reads no files, or is none."""
    if importer in _OTHERS:
        readers = ", ".join(FILE_IMPORTERS)
        return refusals.service_error(f"The importer {importer} reads no files. Those that do: {readers}.")
    shown = printable(importer)[:_LONGEST_NAME]
    # uploadImportFile.ts @ 0906635a
    reason = f"The importer ({shown}) has no import class defined."
    return refusals.method_error("error-importer-not-defined", reason, method)


def _content(text: str) -> bytes:
    """Return what base64 stands for: in either alphabet, in one line or many, as the server takes it."""
    # a server skips what is no base64 at all, and then finds a broken file
    plain = text.replace("\n", "").replace("\r", "").replace("-", "+").replace("_", "/").rstrip("=")
    try:
        content = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise _FileError("binaryContent is not base64") from None
    if not content:
        raise _FileError("the file is empty")
    return content


def _people(content: bytes, importer: str, name: str) -> pd.DataFrame:
    """Return the users frame of a file."""
    # with the first file: they take a fourth of the time in which a service is loaded
    from simimport.model.people.exports.members import read_members
    from simimport.model.people.exports.reading import read_slack
    from simimport.model.people.from_csv.reading import read_csv

    wanted = FILE_IMPORTERS[importer]
    if is_packed(content):
        with Packed(content) as packed:
            content = _unpacked(packed, wanted)
        name = f"{name}: {wanted}"
    text = text_of(content)
    del content
    lines = text.count("\n") + text.count("\r")
    if lines > _MOST_PEOPLE and wanted.endswith(".csv"):
        raise _FileError(f"it has more than {number(_MOST_PEOPLE)} lines")
    if "\0" in text[:1000]:
        raise _FileError("this is neither a text nor a zip")
    if importer == "csv":
        # the importer takes the username for the id (CsvImporter.ts @ 1d62d9f9)
        return read_csv(name, text, named=True)
    if text.lstrip()[:1] in ("[", "{"):
        return read_slack(name, text)
    if importer == "slack":
        raise _FileError("neither a zip that Slack exported, nor its users.json")
    if lines > _MOST_PEOPLE:
        raise _FileError(f"it has more than {number(_MOST_PEOPLE)} lines")
    return read_members(name, text)


def _unpacked(packed: Packed, wanted: str) -> bytes:
    """Return the file of people in a zip, in which nothing else may be."""
    people = ""
    for name in packed.names:
        if name.lower() == wanted:
            people = name
        elif name.lower() in _ELSE:
            if packed.read(name).strip() not in _NOTHING:
                raise _FileError(_not_simulated(_ELSE[name.lower()], name))
        elif "/" in name:
            raise _FileError(_not_simulated("messages", name))
        else:
            raise _FileError(f"{brief(name)} in the zip is no file of people; {wanted} is")
    if not people:
        raise _FileError(f"there is no {wanted} in the zip")
    return packed.read(people)


def _not_simulated(what: str, name: str) -> str:
    return f"it holds {what} ({brief(name)}), which are not simulated: send people only"
