"""The import server of a case, at the instant at which the operation that is polled is run.

Knows of the service what nobody else outside it does: where it keeps its operations.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from simimport.model.run import wire
from simimport.model.run.simulate import simulate
from simimport.model.run.timeline import created
from simimport.model.scenario import Scenario
from simimport.model.states import State
from simimport.service.clock import ManualClock
from simimport.service.operation import Operation
from simimport.service.service import ImportService
from simimport.testing.pollers.cases import Case

if TYPE_CHECKING:
    from simimport.service.lives.making import Making

__all__ = ["CaseServer"]

#: The import that takes the place of the one that is polled; it ends well, which is not the poller's news.
_OTHER = Scenario(users=200, failure_rate=0.0, new_s=2.0, ready_s=3.0)


class CaseServer(ImportService):
    """An import server at the instant at which a case's operation is run.

    Calls would lead there too, but neither for an emptied staging area nor for an import of a file; and they
    would make thousands of people whom no poller sees.
    """

    def __init__(self, case: Case) -> None:
        self._case = case
        clock = ManualClock(case.start_s)
        dialect = case.trouble.dialect
        super().__init__(case.scenario, seed=case.seed, clock=clock, dialect=dialect, faults=case.faults)

    def _begin(self, made: Making) -> None:
        super()._begin(made)
        case = self._case
        document = wire.Document.of(case.scenario, case.seed)
        drafts = (created(State.NEW),)
        self._operations.present = Operation(case.scenario, case.seed, 0, document, drafts, run=case.run)

    def replace_operation(self) -> None:
        """Create another operation, which is staged and run soon; or one that is done at once."""
        if self._case.trouble.pending:
            self.call("downloadPendingFiles")
            return
        self.new()
        operation = self._operations.present
        if operation is not None:
            other = _OTHER.replace(epoch=operation.scenario.epoch)
            self._operations.present = replace(operation, run=simulate(other, seed=operation.seed))
