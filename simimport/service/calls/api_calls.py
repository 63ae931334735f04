"""What the calls of an API import do, from ``import.new`` to ``import.clear``, and those that only ask."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from simimport.model.people.generated import DEALT_ROLES, Generated
from simimport.model.people.staged import Dealt
from simimport.model.run import wire
from simimport.model.states import Move
from simimport.service import refusals
from simimport.service.calls.held import Held, RefusedError
from simimport.service.people.add_users_body import Body, body_of
from simimport.service.people.on_server import Decided

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["GENERATED", "ApiCalls"]

#: What `import.addUsers` is given for the scenario's generated people: no body can be it.
GENERATED: Final = object()


class ApiCalls(Held):
    """The calls of an API import; each is given its payload, who calls, and the instant."""

    def _new(self, payload: Any, account: str, now_us: int) -> dict[str, Any]:
        operation = self._made(account, now_us)
        self._take(operation, now_us)
        shown = wire.operation(self._dialect, operation.document, operation.drafts[0])
        return wire.created(self._dialect, shown)

    def _add_users(self, payload: Any, account: str, now_us: int) -> dict[str, Any]:
        if payload is GENERATED or not self._follows(payload):
            if self._scenario.users:
                self._follow(Move.ADD_USERS, now_us)  # before anybody is made
            payload = self._generated()
        body = payload if isinstance(payload, Body) else self._read(payload)
        if body.misfit:
            raise RefusedError(refusals.invalid_params(self._dialect, body.misfit))
        if body.unreadable:
            raise RefusedError(refusals.service_error(body.unreadable))
        if not body.number:
            return wire.success()  # the server looks at nothing else then
        state = self._follow(Move.ADD_USERS, now_us)
        if body.unfit:
            raise RefusedError(refusals.service_error(body.unfit))
        self.present = self._there().add(body.people, body.number, now_us, state)
        return wire.success()

    def _follows(self, payload: Any) -> bool:
        """Return whether a body's people follow those who are staged, where they are generated ones."""
        if not isinstance(payload, Body) or payload.after is None:
            return True
        return self.present is not None and self.present.users is payload.after

    def _generated(self) -> Body:
        """Return the generated people who come next: those after all who were staged before."""
        if not self._scenario.users:
            return Body({}, 0)
        operation, made = self._there(), self._dealing
        if made is None or made.seed != operation.seed:
            made = self._dealing = Generated(self._scenario, operation.seed)
        there, number = operation.users, self._scenario.users
        if len(there) or not self._roles.issuperset(DEALT_ROLES):
            return self._read(made.take(len(there), number))._replace(after=there)
        # The server has nothing against any of them, so nobody need be made before somebody looks at them.
        made.check(number)
        return Body(Dealt(number, partial(self._staged, made, number)), number, after=there)

    def _staged(self, made: Generated, number: int) -> pd.DataFrame:
        """Return the first so many generated people, as they are staged."""
        people: Any = self._read(made.take(0, number)).people
        return people  # type: ignore[no-any-return]  # what is read of a frame is one

    def _read(self, users: Any) -> Body:
        """Return what a body of ``import.addUsers`` comes to, or a frame."""
        return body_of(users, self._roles, self._dialect.spelled_roles)

    def _run(self, payload: Any, account: str, now_us: int) -> dict[str, Any]:
        self._follow(Move.RUN, now_us)
        operation = self._there()
        holds = isinstance(payload, Decided) and self._on_server.holds(payload, operation.users)
        decided = payload if holds else self._on_server.decide(operation.users)
        self.present = operation.start(operation.users, decided.people, decided.existing, now_us)
        self._on_server.settle(decided)
        return wire.success()

    def _clear(self, payload: Any, account: str, now_us: int) -> dict[str, Any]:
        state = self._follow(Move.CLEAR, now_us)
        if self.present is not None:
            self.present = self.present.clear(now_us, state)
        return wire.success()

    def _importers(self, payload: Any, account: str, now_us: int) -> list[dict[str, str]]:
        return wire.importers()

    def _progress(self, payload: Any, account: str, now_us: int) -> dict[str, Any]:
        operation, change = self.present, self.change(now_us)
        if operation is None or change is None:
            raise RefusedError(refusals.no_progress())
        return wire.progress(operation.document, change)

    def _current_operation(self, payload: Any, account: str, now_us: int) -> dict[str, Any]:
        operation, change = self.present, self.change(now_us)
        if operation is None or change is None:
            return wire.current_operation(None)
        return wire.current_operation(wire.operation(self._dialect, operation.document, change))
