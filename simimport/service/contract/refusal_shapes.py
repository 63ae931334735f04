"""What the bodies of refusal look like, per dialect: built from what `refusals` says.

Which statuses an endpoint answers is in `endpoints`; bodies of success are in `answer_shapes`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from simimport.service import refusals
from simimport.service.contract.parts import Schema, closed

if TYPE_CHECKING:
    from simimport.model.dialects import Dialect
    from simimport.service.answers import Answer

__all__ = ["Refused", "by_words", "exactly", "refusal_schemas", "refused"]

#: The keys of the bodies that bring a file.
UPLOAD = ("binaryContent", "contentType", "fileName", "importerKey")
DOWNLOAD = ("fileUrl", "importerKey")
#: What the validator of ``import.addUsers`` says; it never says of which user.
_OF_USERS = (
    *(f"must have required property '{key}'" for key in ("users", "emails", "importIds")),
    *(f"must be {kind}" for kind in ("object", "array", "string", "number", "boolean")),
    "must NOT have additional properties",
)
_UNHELD = "What a server would store and simimport cannot hold, such as NUL."
_UNREAD = "Why the file cannot be imported."
_UNDEFINED = ("error-importer-not-defined", "^The importer \\(.*\\) has no import class defined\\.")
#: What the older body of ``startImport`` says of each user and channel.
_OF_OLD_SELECTION = (
    "user_id", "username", "is_deleted", "is_bot", "do_import", "is_email_taken", "channel_id", "name",
    "is_archived", "is_private", "is_direct",
)  # fmt: skip
_TOO_MANY = (
    "^Error, too many requests\\. Please slow down\\. You must wait [0-9]+ seconds before trying this "
    "endpoint again\\. \\[error-too-many-requests\\]$"
)


class Refused(NamedTuple):
    """The refusals of one kind, all with the status 400.

    Parameters
    ----------
    about : str
        What was wrong.
    answers : tuple of Answer
        Each that can be given, and is always the same.
    shown : tuple of Answer
        Some that are worth an example.
    others : tuple of dict
        Schemas of those that are not always the same.
    """

    about: str
    answers: tuple[Answer, ...]
    shown: tuple[Answer, ...]
    others: tuple[Schema, ...] = ()


def refused(dialect: Dialect) -> dict[str, Refused]:
    """Return what is answered with 400, by the name of its schema."""
    of_users = _of_service(
        refusals.NOT_INITIALIZED, refusals.NO_NEW_DATA, refusals.ALREADY_FINISHED, refusals.MISSING_DATA,
        refusals.INVALID_ROLES,
    )  # fmt: skip
    of_run = _of_service(refusals.NOT_FOUND, refusals.INVALID_STATUS)
    misfits = tuple(refusals.invalid_params(dialect, text) for text in _OF_USERS)
    query, nothing = (refusals.invalid_query(dialect),), (refusals.no_progress(),)
    return {
        "AddUsersRefused": Refused(
            "The body does not fit, or the operation takes no users.",
            (*misfits, *of_users), (misfits[0], *of_users), (_worded("^users: ", _UNHELD),),
        ),
        "RunRefused": Refused("There is nothing that could be run.", of_run, of_run),
        "QueryRefused": Refused("The query has a key, and none is known.", query, query),
        "ProgressRefused": Refused(
            "No operation was ever created, or the query has a key.", (*nothing, *query), (*nothing, *query)
        ),
        **_of_files(dialect),
    }  # fmt: skip


def _of_files(dialect: Dialect) -> dict[str, Refused]:
    """Return the refusals of the calls around file imports."""
    of_upload, of_download = _misfits(dialect, *UPLOAD), _misfits(dialect, *DOWNLOAD)
    listed = ("users", "channels", *_OF_OLD_SELECTION) if dialect.router == "restivus" else ()
    of_start = _misfits(dialect, "input", *listed)
    of_start += tuple(refusals.invalid_params(dialect, f"must be {kind}") for kind in ("array", "boolean"))
    of_nothing = _misfits(dialect)[:1] + _misfits(dialect)[2:]
    query = refusals.invalid_query(dialect)
    no_data, no_start = (refusals.no_operation(name) for name in ("getImportFileData", "startImport"))
    # of one that was cleared while it waited; on the documentation page that is canceled, and waits no more
    invalid = refusals.method_error(
        "error-import-operation-invalid", "Invalid Import Operation", "getImportFileData"
    )
    of_data = (no_data, *([invalid] if dialect.server else []), query)
    private = _of_service("error-ssrf-validation-failed") if dialect.typed_routes else ()
    return {
        "UploadRefused": Refused(
            "The body does not fit, or the file cannot be imported.",
            of_upload, of_upload[:1],
            (_of_method("uploadImportFile", *_UNDEFINED), _worded("", _UNREAD)),
        ),
        "DownloadRefused": Refused(
            "The body does not fit, or there is no such file or importer.",
            (*of_download, *private), (of_download[0], *private),
            (
                _of_method("downloadImportFile", *_UNDEFINED),
                _of_method("downloadPublicImportFile", "error-import-file-missing", ""),
                _worded("^The importer .* reads no files\\.", _UNREAD),
            ),
        ),
        "FileDataRefused": Refused(
            "There is no operation to ask, or the query has a key.", of_data, of_data
        ),
        "StartRefused": Refused(
            "The body does not fit, or there is no operation.", (*of_start, no_start), (of_start[0], no_start)
        ),
        "PendingRefused": Refused("There is something in the body.", of_nothing, of_nothing[-1:]),
    }  # fmt: skip


def _of_service(*texts: str) -> tuple[Answer, ...]:
    return tuple(refusals.service_error(text) for text in texts)


def _misfits(dialect: Dialect, *required: str) -> tuple[Answer, ...]:
    """Return what the validator says of a body with these keys and no others."""
    texts = [f"must have required property '{key}'" for key in required]
    texts += ["must be object", "must be string", "must NOT have additional properties"]
    return tuple(refusals.invalid_params(dialect, text) for text in texts)


def refusal_schemas(dialect: Dialect) -> dict[str, Schema]:
    """Return the schema of each body of refusal that is JSON, by name."""
    too_many = {"type": "string", "pattern": _TOO_MANY}
    too_large = {"type": "string", "pattern": "^The body is larger than [0-9]+ bytes\\.$"}
    wrong = refusals.wrong_method(dialect, "GET").body
    return {
        **({"WrongMethod": exactly(wrong)} if isinstance(wrong, dict) else {}),
        **{name: _of(kind) for name, kind in refused(dialect).items()},
        "Unauthorized": exactly(refusals.unauthorized(dialect).body),
        "Forbidden": exactly(refusals.forbidden().body),
        "LoginRefused": exactly(refusals.bad_login(dialect).body),
        "TooManyRequests": _error(too_many),
        "TooLarge": _error(too_large),
    }


def exactly(body: Any) -> Schema:
    """Return the schema of one body and no other."""
    if isinstance(body, dict):
        return closed({key: {"const": value} for key, value in body.items()})
    return {"const": body}


def _of(kind: Refused) -> Schema:
    """Return the schema of refusals of one kind: those with the same keys and codes stand together."""
    errors: dict[tuple[tuple[str, Any], ...], list[str]] = {}
    for answer in kind.answers:
        rest = {key: value for key, value in answer.body.items() if key not in ("success", "error")}
        errors.setdefault(tuple(rest.items()), []).append(answer.body["error"])
    ways = [
        _error({"enum": texts}, **{key: {"const": value} for key, value in rest})
        for rest, texts in errors.items()
    ]
    ways += kind.others
    return ways[0] if len(ways) == 1 else {"anyOf": ways}


def _worded(pattern: str, about: str) -> Schema:
    """Return the schema of an error of the service whose text is not always the same."""
    text: Schema = {"type": "string", "minLength": 1, "description": about}
    return _error({**text, **({"pattern": pattern} if pattern else {})})


def _of_method(method: str, code: str, pattern: str) -> Schema:
    """Return the schema of an error of an older method whose text is not always the same."""
    text = {"type": "string", "pattern": f"{pattern} \\[{code}\\]$"}
    return _error(text, errorType={"const": code}, details={"const": method})


def _error(error: Schema, **more: Schema) -> Schema:
    return closed({"success": {"const": False}, "error": error, **more})


def by_words(answers: Iterable[Answer]) -> dict[str, Any]:
    """Return refusals as examples, named by what they say."""
    bodies = [answer.body for answer in answers]
    return {"-".join(re.findall(r"\w+", body["error"].lower())): body for body in bodies}
