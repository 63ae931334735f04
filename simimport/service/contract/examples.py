"""Examples for the documents about the API: real answers of the model, per dialect.

Simulates four short imports with a fixed seed; nothing here is made up but two people and a token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simimport.model.run import wire
from simimport.model.run.simulate import simulate
from simimport.model.states import State

if TYPE_CHECKING:
    from simimport.model.dialects import Dialect

__all__ = ["Examples"]

_USERS = 500


class Examples:
    """Bodies of success in a dialect.

    Attributes
    ----------
    states : dict of State to dict
        A body of ``import.status`` for each state that the dialect answers.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        runs = [
            simulate(users=_USERS, failure_rate=0.05, seed=1),
            simulate(users=_USERS, importer="csv", loading_s=3.0, seed=1),
            simulate(users=_USERS, cancel_rate=1.0, cancel_at=0.5, seed=1),
            simulate(users=_USERS, crash_rate=1.0, crash_at=0.5, seed=1),
        ]
        self._run = runs[0]
        found: dict[str, list[dict[str, Any]]] = {}
        for run in runs:
            bodies = [body for _, body in run.responses(dialect=dialect.name)]
            for state in {body["state"] for body in bodies} - set(found):
                found[state] = [body for body in bodies if body["state"] == state]
        # the middle one: while importing, its counters say something
        middles = {state: bodies[len(bodies) // 2] for state, bodies in found.items()}
        middles[State.NONE] = wire.nothing(dialect)
        self.states = {state: middles[state] for state in State if state in middles}

    def created(self) -> dict[str, Any]:
        """Return a body of ``import.new``."""
        return wire.created(self._dialect, self._operation(0))

    def current(self) -> dict[str, Any]:
        """Return a body of ``getCurrentImportOperation``."""
        return wire.current_operation(self._operation(self._importing()))

    def progress(self) -> dict[str, Any]:
        """Return a body of ``getImportProgress``."""
        return wire.progress(self._run.timeline(self._dialect).change(self._importing()))

    def _importing(self) -> int:
        return len(self._run.timeline(self._dialect)) // 2

    def _operation(self, index: int) -> dict[str, Any]:
        change = self._run.timeline(self._dialect).change(index)
        return wire.operation(self._dialect, self._run.document, change)

    @staticmethod
    def people() -> dict[str, Any]:
        """Return a body for ``import.addUsers``: what is required, and what is usual."""
        ann = {"emails": ["ann@example.com"], "importIds": ["1"], "username": "ann", "name": "Ann Lee"}
        bob = {"emails": ["bob@example.com"], "importIds": ["2"], "roles": ["user"], "utcOffset": 1}
        return {"users": [ann, bob]}

    @staticmethod
    def login() -> dict[str, Any]:
        """Return a body of ``login``."""
        token = "9HqLlyZOugoStsXCUfD_0YdwnNnunAJF8V47U3QHXSq"  # noqa: S105 - the documentation page's
        return {"status": "success", "data": {"userId": wire.PAGE_USER, "authToken": token}}
