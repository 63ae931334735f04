"""What the bodies of the calls around file imports must be: the server's schemas, in its words.

Those of ``import.addUsers`` are in `people/add_users_body`. Nothing here knows an operation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from simimport.service.people.add_users_body import InvalidBodyError, scalar

if TYPE_CHECKING:
    from simimport.model.dialects import Dialect

__all__ = ["DOWNLOAD", "EVERYBODY", "UPLOAD", "Selection", "nothing_in", "selection_in", "texts_in"]

#: The properties of each body, all required, and all texts (UploadImportFileParamsPOST.ts and
#: DownloadPublicImportFileParamsPOST.ts @ 2318e91d).
UPLOAD = ("binaryContent", "contentType", "fileName", "importerKey")
DOWNLOAD = ("fileUrl", "importerKey")

#: What the older body of startImport says of each user and channel, in order; what may be missing has a
#: question mark (StartImportParamsPOST.ts @ 119b19e0).
_USER = {
    "user_id": "string", "username": "string", "email?": "string", "is_deleted": "boolean",
    "is_bot": "boolean", "do_import": "boolean", "is_email_taken": "boolean",
}  # fmt: skip
_CHANNEL = {
    "channel_id": "string", "name": "string", "creator?": "string", "is_archived": "boolean",
    "do_import": "boolean", "is_private": "boolean", "is_direct": "boolean",
}  # fmt: skip
# where there is nothing, a validator that coerces reads an empty text or false
_OF_NULL = {"string": "", "boolean": False}


class Selection(NamedTuple):
    """Who is chosen of those who are staged: everybody, or those with these import ids."""

    everybody: bool
    ids: frozenset[str] = frozenset()


EVERYBODY = Selection(everybody=True)


def texts_in(body: Any, names: Sequence[str]) -> dict[str, str]:
    """Return the texts of a body that must have these and nothing else.

    Raises
    ------
    InvalidBodyError
        With the first message that the validator would give.
    """
    found = _closed(body, names)
    return {name: _value(found[name], "string") for name in names}


def nothing_in(body: Any) -> None:
    """Refuse a body with anything in it, as the calls do that look for pending files.

    Raises
    ------
    InvalidBodyError
        As above.
    """
    _closed(body, ())


def selection_in(body: Any, dialect: Dialect) -> Selection:
    """Return whom a body of ``startImport`` chooses.

    Up to 7.0 it lists users and channels, each with whether it is chosen; from then on it names the ids of
    those chosen, or says that all are. So servers of 7.4 take the second alone, and older ones both.

    Raises
    ------
    InvalidBodyError
        As above.
    """
    chosen = _object(_closed(body, ("input",))["input"])
    if dialect.router == "hono" or not isinstance(chosen.get("users"), list):
        if dialect.router != "hono" and not ("users" in chosen and isinstance(chosen["users"], Mapping)):
            _require(chosen, ("users", "channels"))
            raise InvalidBodyError("must be array")
        return _short(chosen)
    _require(chosen, ("users", "channels"))
    users = [_listed(user, _USER) for user in chosen["users"]]
    for channel in _array(chosen["channels"]):
        _listed(channel, _CHANNEL)
    return Selection(everybody=False, ids=frozenset(user["user_id"] for user in users if user["do_import"]))


def _short(chosen: Mapping[str, Any]) -> Selection:
    found = {name: _record_list(chosen[name]) for name in ("users", "channels", "contacts") if name in chosen}
    return found.get("users", Selection(everybody=False))


def _record_list(value: Any) -> Selection:
    """Return a list of the newer body: ``all``, or the ids in ``list``."""
    given = _object(value)
    everybody = bool(_value(given["all"], "boolean")) if "all" in given else False
    ids = [_value(item, "string") for item in _array(given["list"])] if "list" in given else []
    return Selection(everybody, frozenset(ids))


def _listed(value: Any, properties: Mapping[str, str]) -> dict[str, Any]:
    given = _object(value)
    _require(given, [name for name in properties if not name.endswith("?")])
    names = {name.removesuffix("?"): kind for name, kind in properties.items()}
    return {name: _value(given[name], kind) for name, kind in names.items() if name in given}


def _closed(body: Any, names: Iterable[str]) -> Mapping[str, Any]:
    given = _object({} if body is None else body)
    _require(given, names)
    if not given.keys() <= set(names):
        raise InvalidBodyError("must NOT have additional properties")
    return given


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidBodyError("must be object")
    return value


def _array(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise InvalidBodyError("must be array")
    return value


def _require(given: Mapping[str, Any], names: Iterable[str]) -> None:
    for name in names:
        if name not in given:
            raise InvalidBodyError(f"must have required property '{name}'")


def _value(value: Any, kind: str) -> Any:
    return _OF_NULL[kind] if value is None else scalar(value, kind)
