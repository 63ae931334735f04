"""Every refusal a client of the import endpoints can meet, by name, with the headers it comes with.

The bodies are those of `simimport.service.refusals`; when a server gives them is told in a line each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from simimport.service import refusals
from simimport.service.answers import headers_of
from simimport.service.rate_limit import WINDOW_S, Taken

if TYPE_CHECKING:
    from simimport.model.dialects import Dialect
    from simimport.service.refusals import Refusal

__all__ = ["Refused", "refused"]


class Refused(NamedTuple):
    """A refusal, and what brings it about."""

    name: str
    about: str
    refusal: Refusal
    headers: dict[str, str]


def refused(dialect: Dialect, epoch_ms: int) -> list[Refused]:
    """Return the refusals of a dialect, in the order of their status; names such as ``403-forbidden``.

    Parameters
    ----------
    dialect : Dialect
    epoch_ms : int
        The instant of time 0, since 1970: the 429 is that of an eleventh call then.
    """
    over = Taken(allowed=False, remaining=0, wait_us=WINDOW_S * 1_000_000, reset_us=WINDOW_S * 1_000_000)
    error = refusals.service_error
    told = [
        ("invalid-params", "import.addUsers: the body has no users",
         refusals.invalid_params(dialect, "must have required property 'users'")),
        ("missing-data", "import.addUsers: a user without an e-mail or an import id",
         error(refusals.MISSING_DATA)),
        ("invalid-roles", "import.addUsers: a role that the server does not know",
         error(refusals.INVALID_ROLES)),
        ("not-initialized", "import.addUsers: before import.new, or after a cancel or an error",
         error(refusals.NOT_INITIALIZED)),
        ("no-new-data", "import.addUsers: while loading or importing", error(refusals.NO_NEW_DATA)),
        ("already-finished", "import.addUsers: after the end", error(refusals.ALREADY_FINISHED)),
        ("operation-not-found", "import.run: before import.new, or after a cancel or an error",
         error(refusals.NOT_FOUND)),
        ("invalid-status", "import.run: nothing is staged, or it was run before",
         error(refusals.INVALID_STATUS)),
        ("no-progress", "getImportProgress: before import.new", refusals.no_progress()),
        ("unauthorized", "any call: X-User-Id or X-Auth-Token is missing or wrong",
         refusals.unauthorized(dialect)),
        ("bad-login", "login: a wrong name or password", refusals.bad_login()),
        ("forbidden", "any call: without the permission run-import", refusals.forbidden()),
        ("wrong-method", "import.status: another method than GET", refusals.wrong_method(dialect, "GET")),
        ("unknown-path", "a path that is none", refusals.unknown_path(dialect)),
        ("too-many-requests", "the eleventh call of a minute, without api-bypass-rate-limit",
         refusals.too_many(over.headers(epoch_ms), WINDOW_S)),
    ]  # fmt: skip
    found = [
        Refused(f"{refusal.http_status}-{name}", about, refusal, headers_of(refusal, dialect))
        for name, about, refusal in told
    ]
    return sorted(found, key=lambda each: each.refusal.http_status)
