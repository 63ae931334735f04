"""Answer: what the service says to a call, encoded once, and what a fault makes of it.

Sends nothing; what serves the service to others does.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from simimport.model.run import wire
from simimport.service import refusals
from simimport.service.faults import Fault, spoiled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simimport.model.dialects import Dialect
    from simimport.service.refusals import Refusal

__all__ = ["Answer", "headers_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What is said to one call.

    Parameters
    ----------
    http_status : int
        0 where the connection is reset instead.
    body : object
        Before it was encoded.
    raw : bytes
        As it goes over the wire.
    headers : mapping
        Beside the content type and the length.
    content_type : str
    delay_s : float
        How late it comes, in real seconds.
    """

    http_status: int
    body: Any
    raw: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    delay_s: float = 0.0

    @property
    def reset(self) -> bool:
        """Whether the connection is reset instead of an answer."""
        return self.http_status == 0

    @classmethod
    def ok(cls, body: Any) -> Answer:
        """Return a success."""
        return cls(200, body, wire.encoded(body))

    @classmethod
    def of(cls, refusal: Refusal) -> Answer:
        """Return a refusal."""
        return cls(refusal.http_status, refusal.body, refusal.raw, refusal.headers, refusal.content_type)

    def struck(self, fault: Fault) -> Answer:
        """Return it as a fault leaves it; of a stale one only the service knows what it answers."""
        match fault.kind:
            case "latency":
                return replace(self, delay_s=fault.wait_s)
            case "reset":
                return Answer(0, None, b"")
            case "truncated" | "garbage" | "wrong_type":
                return replace(self, raw=spoiled(self.raw, fault.kind))
            case _:
                return Answer.of(refusals.faulty(fault))


def headers_of(answer: Answer | Refusal, dialect: Dialect) -> dict[str, str]:
    """Return the headers of an answer, beside the length of its body; names in lower case."""
    told = {"content-type": answer.content_type}
    if dialect.router == "hono" and answer.content_type == "application/json":
        told |= {"cache-control": "no-store", "pragma": "no-cache"}
    return told | {name.lower(): value for name, value in answer.headers.items()}
