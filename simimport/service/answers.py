"""Answer: what the service says to a call, be it a success or a refusal, encoded once.

Sends nothing; what serves the service to others does. Bodies of success are in `simimport.model.run.wire`;
those of refusals, and what a fault makes of an answer, in `refusals`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simimport.model.run import wire

if TYPE_CHECKING:
    from simimport.model.dialects import Dialect

__all__ = ["JSON", "Answer", "fields_of", "headers_of"]

#: The content type of every body but those that routers and proxies write.
JSON = "application/json"
_NO_HEADERS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What is said to one call.

    Parameters
    ----------
    http_status : int
        0 where the connection is reset instead.
    body : object
        Before it was encoded: JSON, or a text of the kind that ``content_type`` names.
    raw : bytes
        As it goes over the wire.
    headers : mapping
        Beside the content type and the length.
    content_type : str
    delay_s : float
        How late it comes, in real seconds.
    early : bool
        Whether it is given before the endpoint's own code is asked. Typed routes give it then without the
        headers against caching, which they set behind that code (`Router.ts` @ 05360738,
        `authenticationHono.ts` @ 2bf5bdd1, `permissions.ts` @ ab8bb561).
    """

    http_status: int
    body: Any
    raw: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = JSON
    delay_s: float = 0.0
    early: bool = False

    @property
    def reset(self) -> bool:
        """Whether the connection is reset instead of an answer."""
        return self.http_status == 0

    @classmethod
    def ok(cls, body: Any) -> Answer:
        """Return a success."""
        return cls(200, body, wire.encoded(body))

    @classmethod
    def json(
        cls,
        http_status: int,
        body: dict[str, Any],
        headers: Mapping[str, str] = _NO_HEADERS,
        *,
        early: bool = False,
    ) -> Answer:
        """Return an answer in JSON."""
        return cls(http_status, body, wire.encoded(body), headers, early=early)

    @classmethod
    def text(cls, http_status: int, body: str, content_type: str) -> Answer:
        """Return an answer that is a text of some other kind."""
        return cls(http_status, body, body.encode(), content_type=content_type)


def headers_of(answer: Answer, dialect: Dialect) -> dict[str, str]:
    """Return the headers of an answer, beside the length of its body; names in lower case."""
    headers = {"content-type": answer.content_type}
    # Servers name all origins, whatever their setting for CORS is (`cors.ts`), but to a page that asks before
    # it calls: only what that is told is a 405 in text.
    if dialect.server and (answer.http_status != 405 or answer.content_type == JSON):
        headers["access-control-allow-origin"] = "*"
    uncached = dialect.router == "hono" and answer.content_type == JSON
    if uncached and not (answer.early and dialect.typed_routes):
        headers |= {"cache-control": "no-store", "pragma": "no-cache"}
    return headers | {name.lower(): value for name, value in answer.headers.items()}


def fields_of(answer: Answer, dialect: Dialect) -> list[tuple[bytes, bytes]]:
    """Return all headers of an answer, as they go over the wire."""
    headers = {**headers_of(answer, dialect), "content-length": str(len(answer.raw))}
    return [(name.encode(), value.encode()) for name, value in headers.items()]
