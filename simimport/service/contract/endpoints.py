"""What each endpoint is for, and which schemas describe what it takes and says: a table.

Its methods and permissions are the service's; how the schemas look is in the rooms beside this.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["AROUND", "PAGES", "TAGS", "Page"]

_BULK, _FILES, _AROUND = "Bulk User Import", "File Import", "Authentication"
#: The headings under which the endpoints stand, and what they have in common.
TAGS: Mapping[str, str] = {
    _BULK: "Create an operation, add users by calls, run it, and ask how it is going.",
    _FILES: "The importers of files, and what the pages of the administration ask of an import.",
    _AROUND: "What clients call before and after an import.",
}


class Page(NamedTuple):
    """What is written of one endpoint.

    Parameters
    ----------
    tag : str
        Its heading.
    summary, description : str
        What it is for, in a few words and in more.
    success : str
        The schema of what is answered with 200.
    body : str, optional
        The schema of what is sent.
    refused : str, optional
        The schema of what is answered with 400.
    """

    tag: str
    summary: str
    description: str
    success: str
    body: str | None = None
    refused: str | None = None


#: Every endpoint of the import API.
PAGES: Mapping[str, Page] = {
    "import.status": Page(
        _BULK, "Ask how the present operation is going", "Asking changes nothing.", "Status"
    ),
    "import.new": Page(
        _BULK, "Create an operation", "One that is there already is canceled first.", "Created"
    ),
    "import.addUsers": Page(
        _BULK, "Stage users", "Calls add up. Nobody is created before the operation is run.", "Success",
        "AddUsers", "AddUsersRefused",
    ),
    "import.run": Page(
        _BULK, "Run the operation", "Answers at once; the users are created meanwhile, batch by batch.",
        "Success", refused="RunRefused",
    ),
    "import.clear": Page(
        _BULK, "Empty the staging area", "An operation that is not over is canceled.", "Success"
    ),
    "importers.list": Page(
        _FILES, "List the importers of files", "The API's own importer is not among them.", "Importers",
        refused="QueryRefused",
    ),
    "getImportProgress": Page(
        _FILES, "Ask for the step and the counters", "Those of the present operation.", "Progress",
        refused="ProgressRefused",
    ),
    "getCurrentImportOperation": Page(
        _FILES, "Ask for the present operation", "Its document, as `import.status` shows it.",
        "CurrentOperation", refused="QueryRefused",
    ),
    "getLatestImportOperations": Page(
        _FILES, "List the latest operations", "The twenty that changed last, the newest first.",
        "LatestOperations", refused="QueryRefused",
    ),
    "uploadImportFile": Page(
        _FILES, "Upload a file", "Creates an operation; one that is there already is canceled.", "Success",
        "UploadFile", "UploadRefused",
    ),
    "downloadPublicImportFile": Page(
        _FILES, "Name a file to download", "Creates an operation; one that is there already is canceled.",
        "Success", "DownloadFile", "DownloadRefused",
    ),
    "getImportFileData": Page(
        _FILES, "Ask what is in the file", "It is read when this is asked for the first time.", "FileData",
        refused="FileDataRefused",
    ),
    "startImport": Page(
        _FILES, "Run the operation with a selection", "Whoever is not selected is not imported.", "Success",
        "StartImport", "StartRefused",
    ),
    "downloadPendingFiles": Page(
        _FILES, "Download files of imported messages", "Creates an operation of its own.", "Counted",
        "Nothing", "PendingRefused",
    ),
    "downloadPendingAvatars": Page(
        _FILES, "Download avatars of imported users", "Creates an operation of its own.", "Counted",
        "Nothing", "PendingRefused",
    ),
}  # fmt: skip

#: The calls around them.
AROUND: Mapping[str, Page] = {
    "login": Page(
        _AROUND, "Log in", "The answer has the two values for the headers of all other calls.", "LoggedIn",
        "Login",
    ),
    "logout": Page(_AROUND, "Log out", "The token that is sent ends.", "LoggedOut"),
    "me": Page(_AROUND, "Ask who one is", "The account that the token belongs to.", "Me"),
    "info": Page(_AROUND, "Ask for the server's version", "Nobody needs to log in for it.", "ServerInfo"),
}  # fmt: skip
