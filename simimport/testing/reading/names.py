"""What JSON is that is no answer of ``import.status``: answers of other calls, files of others.

Recognized by their keys; nothing of them is shown, since a login's answer holds a token.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simimport.errors import brief

__all__ = ["WANTED", "what_it_is", "what_the_list_is"]

#: What a body must be, in words.
WANTED = 'wanted: a body with a state, or {"at_s": …, "http_status": …, "body": …}'

_ASK = "ask import.status"
_ERROR = (
    "an error's body, and with which HTTP status it came is not known; keep the status (curl -i), "
    'write {"at_s": …, "http_status": …, "body": …}, or leave it out'
)


def _has(*names: str) -> Callable[[dict[str, Any]], bool]:
    return lambda content: all(name in content for name in names)


def _is_login(content: dict[str, Any]) -> bool:
    data = content.get("data")
    return isinstance(data, dict) and "authToken" in data


def _is_refusal(content: dict[str, Any]) -> bool:
    return content.get("success") is False or content.get("status") == "error"


# the first that fits
_NAMES: tuple[tuple[Callable[[dict[str, Any]], bool], str], ...] = (
    (_is_login, f"the answer of a login; {_ASK} with its token"),
    (_is_refusal, _ERROR),
    (lambda content: isinstance(content.get("count"), dict) and "step" in content,
     f"an answer of getImportProgress: it has a step, but no state and no operation; {_ASK}"),
    (lambda content: isinstance(content.get("operation"), dict),
     f"an answer of getCurrentImportOperation or import.new: it has an operation, but no state; {_ASK}"),
    (_has("importerKey", "status"), f"an operation's document without the state beside it; {_ASK}"),
    (_has("waiting"), f"an answer of getImportFileData; {_ASK}"),
    (_has("users", "channels"), f"an answer of getImportFileData; {_ASK}"),
    (_has("users"), f"a body of import.addUsers; {_ASK}, and read_users reads people"),
    (_has("run", "collection"), "a report of Newman, which has no dates; record with simimport record"),
    (_has("log"), "a HAR without entries"),
    (lambda content: content == {"success": True},
     f"the answer of a call that says no more than that it was done; {_ASK}"),
)  # fmt: skip


def what_it_is(content: Any) -> str:
    """Return the name of what is no answer, and what to do."""
    if isinstance(content, list):
        return "a list where one answer should be"
    if not isinstance(content, dict):
        return f"no body, but {brief(content)}; {WANTED}"
    for fits, name in _NAMES:
        if fits(content):
            return name
    return f"no answer of import.status, but {brief(content)}; {WANTED}"


def what_the_list_is(content: Any) -> str:
    """Return the name of a list that begins with what is no answer, and what to do."""
    if isinstance(content, dict) and "importerKey" in content:
        return f"a history list, of getLatestImportOperations: operations without a state; {_ASK}"
    if isinstance(content, dict) and content.keys() == {"key", "name"}:
        return f"an answer of importers.list; {_ASK}"
    if isinstance(content, dict) and "request" in content and "response" in content:
        return 'a list of exchanges; write {"log": {"entries": [ … ]}} around them, and it is HAR'
    if isinstance(content, dict) and ("emails" in content or "username" in content):
        return "a list of people; read_users reads it"
    return what_it_is(content)
