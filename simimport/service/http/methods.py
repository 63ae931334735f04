"""What is answered to the method of a request before the endpoint is asked: another one, or a question of it.

Knows no endpoint: which methods one has is told by who asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simimport.service import refusals
from simimport.service.answers import Answer

if TYPE_CHECKING:
    from simimport.model.dialects import Dialect
    from simimport.service.http.asgi import Scope

__all__ = ["preflight", "turned_away"]

_OLD_TEXT, _TEXT = "text/plain; charset=utf-8", "text/plain; charset=UTF-8"
_NO_CORS = 'CORS not enabled. Go to "Admin > General > REST Api" to enable it.'
_OF_PREFLIGHT = frozenset({b"origin", b"access-control-request-method"})


def turned_away(dialect: Dialect, method: str, *allowed: str) -> Answer | None:
    """Return the answer to a method that is none of those allowed; None where it goes on to the endpoint."""
    # Hono asks the handler of GET for HEAD, too, and leaves its body away
    if method in allowed or (method == "HEAD" and "GET" in allowed and dialect.typed_routes):
        return None
    methods = ", ".join(allowed)
    if method != "OPTIONS":
        return refusals.wrong_method(dialect, methods)
    if dialect.router == "restivus":
        return Answer(200, "", b"", {"Allow": f"{methods}, OPTIONS"}, _OLD_TEXT)
    return Answer.text(200, "OK", _TEXT)


def preflight(dialect: Dialect, scope: Scope) -> Answer | None:
    """Return the answer to a page that asks whether it may call, where none may; None to anything else.

    So it is on a server as it is delivered (`middlewares/cors.ts` @ ba4cc4dd, `api.ts` @ 6aa440dd): an
    OPTIONS with either header is one. The documentation page says nothing of it.
    """
    if scope["method"] != "OPTIONS" or not dialect.server:
        return None
    if not any(name in _OF_PREFLIGHT for name, _ in scope["headers"]):
        return None
    return Answer.text(405, _NO_CORS, _OLD_TEXT if dialect.router == "restivus" else _TEXT)
