"""ImportService: the import.* endpoints in Python. It adds no state to `served`, which answers the calls.

What is no success is raised here, and frames are handed out; over HTTP it is served by `http/`.
Kept whole: it is one class, and half of it are docstrings with their examples.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from simimport.errors import ParameterError, suggestion
from simimport.model.columns import handed_out
from simimport.model.dialects import dialect_of
from simimport.model.run import wire
from simimport.model.states import State
from simimport.service import refusals
from simimport.service.calls.sent import in_process
from simimport.service.http.in_process.doors import Doors
from simimport.service.lives.making import NOBODY
from simimport.service.operations import ENDPOINTS, GENERATED, calls
from simimport.show.shown import Shown
from simimport.show.words import counted, duration, number

if TYPE_CHECKING:
    import pandas as pd

    from simimport.model.dialects import Dialect
    from simimport.model.run.run import Run
    from simimport.service.http.server import Serving
    from simimport.service.operations import Operations

__all__ = ["ImportService", "UnknownEndpointError"]

#: What `dir` shows of a service: what it is made with, and what people call.
_PUBLIC = (
    "scenario", "seed", "clock", "dialect", "faults", "log", "new", "add_users", "run", "status", "clear",
    "call", "keys", "state", "current", "staging", "imported", "journal", "advance", "run_until", "start",
    "reset", "serve", "client", "async_client", "session",
)  # fmt: skip


class UnknownEndpointError(ParameterError, KeyError):
    """There is no endpoint of that name."""


class ImportService(Doors, Shown):
    """The import.* endpoints, in process: one import server with a clock that is yours.

    Parameters
    ----------
    scenario : Scenario or str, optional
        How its imports behave, or a preset's name. ``new_s`` and ``ready_s`` do not apply: your calls decide.
        ``loading_s`` is how long an uploaded file loads.
    seed : int, optional
        The seed of the k-th operation derives from it and k; None draws one.
    clock : Clock, optional
        A `ManualClock` unless given.
    dialect : str, default "docs"
        Whose words.
    faults : Faults or iterable of Fault, optional
        What goes wrong on the wire, and when.
    existing : DataFrame, optional
        Who is on the server already: their e-mails and usernames are taken. Those whom its operations
        import join them: whoever is generated again for a later operation fails there as a duplicate.
    roles : iterable of str, optional
        The role ids that are known beside ``user``, instead of those of a new server.
    autostart : bool or DataFrame, default False
        Whether the scenario's people are staged and being imported from the beginning, and after each reset;
        a users frame: these people.

    Attributes
    ----------
    clock : Clock
    scenario : Scenario
    seed : int
    faults : Faults
        These four as given, or what stands for them; ``faults`` may be set.
    log : Journal
        Its counters are there to assert on: ``calls polls polls_after_end shortest_poll_s``.

    Notes
    -----
    A refused call raises `OperationError` with ``http_status`` and ``body``, and leaves everything as it was.
    Calls may come from many threads: one lock, and every answer is of one instant.

    Examples
    --------
    >>> from simimport import ImportService
    >>> service = ImportService(seed=1)
    >>> service.new()["operation"]["status"]
    'importer_new'
    >>> service.add_users(), service.run()
    ({'success': True}, {'success': True})
    >>> service.advance(60)
    >>> service.status()["state"]
    'importing'
    >>> service.run_until("done")
    265.540145
    >>> service["import.status"]()["operation"]["count"]["completed"]
    7855

    What a client does not see:

    >>> service.state, service.dialect
    (<State.DONE: 'done'>, 'docs')
    >>> len(service.imported), len(service.staging)
    (7855, 145)
    >>> service.current.final, service.current.counts
    (<State.DONE: 'done'>, Counts(imported=7855, failed=145, unreached=0))
    >>> service.journal[["call", "at_s", "endpoint", "http_status"]].tail(2)
       call        at_s       endpoint  http_status
    3     4   60.000000  import.status          200
    4     5  265.540145  import.status          200
    """

    _card: ClassVar[str] = "simimport.service.card:service"

    # the endpoints ----------------------------------------------------------------------------------

    def new(self) -> dict[str, Any]:
        """Create an operation (``POST import.new``); one that is there is canceled first.

        Returns
        -------
        dict
            The body of the answer.

        Raises
        ------
        OperationError
            If a fault answers instead.

        Examples
        --------
        >>> service = ImportService(seed=1)
        >>> service.new()["operation"]["status"]
        'importer_new'
        """
        return self._done("import.new")

    def add_users(
        self, users: pd.DataFrame | Iterable[Mapping[str, Any]] | Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Stage users (``POST import.addUsers``).

        Parameters
        ----------
        users : DataFrame, iterable of mapping, or mapping, optional
            A users frame, users as the API has them, or a body with the key ``users``. None stages the
            scenario's generated people, as many as it says; the next call the next ones.

        Returns
        -------
        dict
            The body of the answer.

        Raises
        ------
        OperationError
            If the server would refuse them.
        UsersError
            If a DataFrame is no users frame.

        Examples
        --------
        >>> service = ImportService(seed=1)
        >>> body = service.new()
        >>> service.add_users([{"emails": ["ann@example.com"], "importIds": ["1"]}])
        {'success': True}
        >>> service.state, len(service.staging)
        (<State.READY: 'ready'>, 1)
        """
        import pandas as pd

        if users is None:
            return self._done("import.addUsers", GENERATED)
        if isinstance(users, Iterable) and not isinstance(users, (str, bytes, Mapping, pd.DataFrame)):
            users = list(users)
        whole = isinstance(users, (Mapping, pd.DataFrame))
        return self._done("import.addUsers", users if whole else {"users": users})

    def run(self) -> dict[str, Any]:
        """Run the operation (``POST import.run``).

        Returns
        -------
        dict
            The body of the answer.

        Raises
        ------
        OperationError
            If the operation is in a state in which it cannot be run.

        Examples
        --------
        >>> service = ImportService(seed=1)
        >>> body = service.new(), service.add_users()
        >>> service.run()
        {'success': True}
        """
        return self._done("import.run")

    def status(self, *, dialect: str | None = None) -> dict[str, Any]:
        """Ask how it is going (``GET import.status``).

        Parameters
        ----------
        dialect : {"docs", "server-6.3", "server-7.4", "server-8.3"}, optional
            Whose words; the service's own unless given.

        Returns
        -------
        dict
            The body of the answer.

        Raises
        ------
        OperationError
            If a fault answers an error status.
        ConnectionResetError, ValueError
            If a fault resets the connection, or spoils the body.

        Examples
        --------
        >>> service = ImportService(seed=1, autostart=True)
        >>> service.advance(60)
        >>> service.status()["operation"]["count"]["completed"]
        1766
        """
        words = None if dialect is None else dialect_of(dialect)
        body: dict[str, Any] = self._refusing("import.status", {}, words)
        return body

    def clear(self) -> dict[str, Any]:
        """Empty the staging area and cancel what is not over (``POST import.clear``).

        Returns
        -------
        dict
            The body of the answer.

        Examples
        --------
        >>> service = ImportService(seed=1, autostart=True)
        >>> service.clear()
        {'success': True}
        >>> service.advance(5)
        >>> service.state
        <State.CANCELED: 'canceled'>
        """
        return self._done("import.clear")

    def _done(self, endpoint: str, payload: Any = None) -> dict[str, Any]:
        body: dict[str, Any] = self._refusing(endpoint, payload)
        return body

    def call(self, endpoint: str, /, **payload: Any) -> Any:
        """Call an endpoint by its name, such as ``import.status``.

        Parameters
        ----------
        endpoint : str
            One of `keys`.
        **payload
            The keys of the body.

        Returns
        -------
        dict or list
            The body of the answer.

        Raises
        ------
        OperationError
            If it is refused, or a fault answers an error status; with ``http_status`` and ``body``.
        ConnectionResetError, ValueError
            If a fault resets the connection, or spoils the body.
        ParameterError
            If there is no such endpoint.

        Examples
        --------
        >>> service = ImportService(seed=1)
        >>> service.call("import.status")
        {'success': True, 'state': 'none'}
        >>> service.call("import.new")["success"]
        True
        >>> person = {"emails": ["ann@example.com"], "importIds": ["1"]}
        >>> service.call("import.addUsers", users=[person])
        {'success': True}
        """
        return self._refusing(_endpoint(endpoint), payload)

    def __getitem__(self, endpoint: str) -> Callable[..., Any]:
        """Return an endpoint as a plain callable: ``service["import.status"]()``."""
        return partial(self.call, _endpoint(endpoint))

    def _ipython_key_completions_(self) -> list[str]:
        return list(ENDPOINTS)

    def keys(self) -> list[str]:
        """Return the names of the endpoints.

        Returns
        -------
        list of str

        Examples
        --------
        >>> ImportService(seed=1).keys()[:3]
        ['import.status', 'import.new', 'import.addUsers']
        """
        return list(ENDPOINTS)

    def _refusing(self, endpoint: str, payload: Any, dialect: Dialect | None = None) -> Any:
        """Answer a call in process: what is no success is raised."""
        text = in_process(payload)
        with self._ahead(endpoint, payload) as prepared:
            now_us = self.clock.now_us()
            state = self._operations.state(now_us)
            answer = self._answered(endpoint, prepared, wire.PAGE_USER, now_us, dialect=dialect, text=text)
            if answer.delay_s:
                # nothing here waits: whoever called has the answer so much later
                self.clock.pass_us(round(answer.delay_s * 1e6))
        if answer.reset:
            raise ConnectionResetError(f"{endpoint}: the connection was reset (a fault of the schedule)")
        if answer.http_status != 200:
            nobody = endpoint == "import.run" and state is State.NEW and not self.scenario.users
            hint, allowed = NOBODY if nobody else "", calls(state)
            raise refusals.raised(answer, operation=endpoint, state=str(state), allowed=allowed, hint=hint)
        try:
            return json.loads(answer.raw)
        except ValueError as error:
            raise ValueError(f"{endpoint}: the body is no JSON (a fault of the schedule): {error}") from None

    # what it holds ----------------------------------------------------------------------------------

    @property
    def current(self) -> Run | None:
        """The record of the present operation; None before it is run. Its ``seed`` is the operation's own."""
        with self._lock:
            operation = self._operations.present
            return None if operation is None else operation.run

    @property
    def staging(self) -> pd.DataFrame:
        """Who is staged now, with ``columns("users")``; after the end who is left, ``columns("staging")``."""
        operations, now_us = self._held()
        return handed_out(operations.staging(now_us))

    @property
    def imported(self) -> pd.DataFrame:
        """Who has been imported by now, by all operations, in truth, with the ``columns("users")``."""
        operations, now_us = self._held()
        return handed_out(operations.imported(now_us))

    def _held(self) -> tuple[Operations, int]:
        """Return the operations as they are at this instant: large frames are made without the lock."""
        with self._lock:
            return self._operations.copy(), self.clock.now_us()

    @property
    def journal(self) -> pd.DataFrame:
        """The last 100,000 calls: ``call at_s account endpoint http_status state fault payload``."""
        with self._lock:
            log = copy(self.log)
        return log.frame()

    # how it is served and shown -----------------------------------------------------------------------

    def serve(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        accounts: Mapping[str, Mapping[str, Any]] | str | os.PathLike[str] | None = None,
        allow_hosts: Iterable[str] = (),
        cors: bool = False,
        isolate: bool = False,
    ) -> Serving:
        """Return the service as served over HTTP from inside a ``with`` block: ``.url`` and ``.headers``.

        Parameters
        ----------
        host : str, default "127.0.0.1"
            The address to listen at: this machine's own, unless you say otherwise.
        port : int, default 0
            0 takes a free one.
        accounts : mapping or path, optional
            By user id: ``token``, ``permissions``, ``username``, ``password``, ``emails``, ``roles``; or a
            TOML or JSON file with that. Unless given, there is one administrator.
        allow_hosts : iterable of str
            Names by which clients may ask a server that only this machine reaches, beside localhost and
            `host`; requests for others are refused.
        cors : bool, default False
            Whether pages of other origins may call it.
        isolate : bool, default False
            Whether each account has an import server of its own, made as this one was; see `create_app`.

        Returns
        -------
        Serving

        Raises
        ------
        MissingExtraError
            If the extra ``http`` is not installed.

        Examples
        --------
        >>> import httpx
        >>> with ImportService(seed=1).serve() as server:
        ...     httpx.get(f"{server.url}/api/v1/import.status", headers=server.headers).json()
        {'success': True, 'state': 'none'}
        """
        from simimport.service.http.server import serve

        return serve(
            self, host=host, port=port, accounts=accounts, allow_hosts=allow_hosts, cors=cors,
            isolate=isolate,
        )  # fmt: skip

    def __repr__(self) -> str:
        with self._lock:
            now_us = self.clock.now_us()
            state, operation, made = self._operations.state(now_us), self._operations.number, self.log.calls
        return (
            f"<ImportService {state} at {duration(now_us / 1e6)}: operation {number(operation)}, "
            f"{counted(made, 'call')}; dialect {self.dialect}, seed {self.seed}>"
        )

    def _repr_html_(self) -> str:
        with self._lock:  # one instant for all of it
            return self._drawn(self, self._operations, self.clock.now_us())

    def __dir__(self) -> list[str]:
        return [*_PUBLIC, *(name for name in super().__dir__() if name.startswith("__"))]


def _endpoint(endpoint: str) -> str:
    if not isinstance(endpoint, str) or endpoint not in ENDPOINTS:
        hint = suggestion(endpoint, list(ENDPOINTS))
        raise UnknownEndpointError("endpoint", endpoint, ", ".join(ENDPOINTS), hint=hint)
    return endpoint
