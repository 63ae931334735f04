"""Served: what HTTP needs of a service, which stands above `http/` and is known there by its shape alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from simimport.model.scenario import Scenario
    from simimport.model.states import State
    from simimport.service.answers import Answer
    from simimport.service.clock import Clock
    from simimport.service.faults import Faults
    from simimport.service.journal import Journal

__all__ = ["Served"]


@runtime_checkable
class Served(Protocol):
    """A service as `http/` sees it; `ImportService` is one.

    The application answers with `answer`, `validate` and `note`; the control plane does the rest.
    """

    clock: Clock
    scenario: Scenario
    seed: int
    faults: Faults
    log: Journal

    @property
    def dialect(self) -> str:
        """Whose words it speaks."""

    @property
    def state(self) -> State:
        """The state at this instant, without a poll."""

    def answer(self, endpoint: str, payload: Any = None, *, account: str = ...) -> Answer:
        """Answer a call as the server would, refusals and faults included."""

    def validate(self, endpoint: str, payload: Any) -> Answer | None:
        """Return the refusal of a body that does not fit the endpoint's schema, or None where it fits."""

    def note(self, endpoint: str, http_status: int, *, account: str | None = None) -> None:
        """Write a call into the journal that was answered before it came to the service."""

    def advance(self, seconds: float) -> None:
        """Move the clock on by some seconds."""

    def run_until(self, state: State | str) -> float:
        """Move the clock on to the first instant at which the state is so, and return it."""

    def reset(self, *, scenario: Scenario | None = None, faults: Faults | None = None) -> None:
        """Make it as it was when it was made."""
