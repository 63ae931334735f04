"""The HTTP shim: a plain ASGI application around an ImportService. It opens no socket; `server` does.

Decides what a path leads to, and what goes over the wire; who may enter is decided in `entrance`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, NoReturn

from simimport.checks import whole
from simimport.errors import ParameterError
from simimport.model.dialects import DIALECTS, Dialect
from simimport.service import refusals
from simimport.service.accounts import Account, Accounts, Headers
from simimport.service.answers import Answer, fields_of
from simimport.service.calls.endpoints import ENDPOINTS, SESSION_CALLS
from simimport.service.http.asgi import (
    MAX_BODY,
    Asgi,
    ClientGoneError,
    Receive,
    Scope,
    Send,
    late,
    live,
    missing,
    reset,
    shown,
    with_cors,
)
from simimport.service.http.control.table import OPEN, ROOT
from simimport.service.http.entrance import Entrance
from simimport.service.http.methods import preflight
from simimport.service.http.sessions import Sessions
from simimport.service.rate_limit import Limits
from simimport.service.served import Served

__all__ = ["CONTROL", "PREFIX", "App", "create_app"]

PREFIX = "/api/v1/"
CONTROL = "/_simimport"

#: What is told of each request: its method, its path as it came, and the status of the answer.
Tell = Callable[[str, str, int], None]

_API = "/api/"
_PATHS = {PREFIX + endpoint: endpoint for endpoint in ENDPOINTS}
_NO_BODY: dict[str, Any] = {"type": "http.response.body", "body": b""}
# what server it is, is told outside of any version
_SESSION_PATHS = {(_API if call == "info" else PREFIX) + call: call for call in SESSION_CALLS}


def create_app(
    service: Served,
    *,
    accounts: Mapping[str, Mapping[str, Any]] | str | os.PathLike[str] | None = None,
    cors: bool = False,
    control: bool = True,
    max_body: int = MAX_BODY,
    isolate: bool = False,
) -> App:
    """Return an ASGI application that serves an ImportService, for any ASGI server, or none.

    Parameters
    ----------
    service : ImportService
        Also yours while it is served: advance its clock, read its journal.
    accounts : mapping or path, optional
        ``{user id: {"token": str, "permissions": [str], "username": str, "password": str}}``, the last two
        for ``POST /api/v1/login``, and ``"emails": [str]`` and ``"roles": [str]`` for ``me``; or a TOML or
        JSON file with that. The permission ``run-import`` lets in, and ``view-import-operations`` to
        ``getLatestImportOperations``; without ``api-bypass-rate-limit`` ten calls a minute are allowed;
        ``simimport-control`` lets in to the control plane, as the first of them always may. None makes one
        administrator, with the page's user id and a random token.
    cors : bool, default False
        Whether pages of other origins may call it.
    control : bool, default True
        Whether there is a control plane under ``/_simimport/``.
    max_body : int, default 16,000,000
        The largest body, in bytes; a larger one is refused with 413 while it arrives.
    isolate : bool, default False
        Whether each account has a service of its own, made as this one was: as if it were alone, with the
        same seed and a clock of its own, it sees its own import, and steers and resets only that. The first
        account has `service` itself, and so has who is nobody yet, such as whoever logs in.

    Returns
    -------
    App
        With ``.headers``, those of the first account, and ``.services``, that of each account by its id.

    Raises
    ------
    ParameterError
        If an argument is none of these.
    MissingExtraError
        If Starlette is missing, which the control plane and ``cors`` need.

    Examples
    --------
    >>> import asyncio, httpx
    >>> from simimport import ImportService, create_app
    >>> app = create_app(ImportService(seed=1))
    >>> async def poll():
    ...     async with httpx.AsyncClient(transport=httpx.ASGITransport(app), headers=app.headers) as chat:
    ...         return (await chat.get("http://chat/api/v1/import.status")).json()
    >>> asyncio.run(poll())
    {'success': True, 'state': 'none'}
    """
    return App(service, accounts=accounts, cors=cors, control=control, max_body=max_body, isolate=isolate)


class App:
    """The application that `create_app` returns.

    Attributes
    ----------
    service : ImportService
    accounts : Accounts
    headers : dict of str to str
        Of a call by the first account.
    max_body : int
        The largest body, in bytes.
    cors : bool
        Whether pages of other origins may call it.
    entrance : Entrance
    tell : callable, optional
        Called after each request with its method, its path and the status; 0 where it was reset.
    apart : dict of str to App
        By account, those of the accounts that have a service of their own.
    """

    def __init__(
        self,
        service: Served,
        *,
        accounts: Accounts | Mapping[str, Mapping[str, Any]] | str | os.PathLike[str] | None,
        cors: bool,
        control: bool,
        max_body: int,
        isolate: bool = False,
        everybody_steers: bool = False,
    ) -> None:
        if not isinstance(service, Served):
            raise ParameterError("service", service, "an ImportService")
        self.service: Served = service
        self.accounts: Accounts = accounts if isinstance(accounts, Accounts) else Accounts(accounts)
        self.headers: dict[str, str] = self.accounts.first.headers
        self.max_body: int = whole("max_body", max_body, 1, allowed="a whole number of bytes from 1")
        self.tell: Tell | None = None
        self._control = _control_plane(self) if control else None
        self.cors: bool = cors
        self._entry: Asgi = with_cors(self._http) if cors else self._http
        limits = Limits(service)
        self.entrance: Entrance = Entrance(service, self.accounts, limits, self.max_body)
        self._sessions = Sessions(service, self.accounts, limits, self.max_body)
        self._start: tuple[Answer | None, dict[str, Any], dict[str, Any]] = (None, {}, {})
        self._everybody_steers = everybody_steers
        self.apart: dict[str, App] = {}
        if isolate:
            # all at once, so that the clocks of all begin now
            for account in self.accounts.all[1:]:
                self.apart[account.id] = App(
                    service.as_made(), accounts=self.accounts, cors=cors, control=control, max_body=max_body,
                    everybody_steers=True,
                )  # fmt: skip

    @property
    def services(self) -> dict[str, Served]:
        """The service that each account has, by its id."""
        return {account.id: self._of(account).service for account in self.accounts.all}

    def revive(self, headers: Headers) -> None:
        """Let the tokens be live again that its accounts were given; headers are those of who resets it."""
        apart = self.apart or self._everybody_steers
        caller = self.accounts.who(headers)
        self.accounts.revive(self.accounts.all if not apart else filter(None, [caller]))

    def _of(self, account: Account | None) -> App:
        return self if account is None else self.apart.get(account.id, self)

    @property
    def _dialect(self) -> Dialect:
        # a life of the service may have another than the one before
        return DIALECTS[self.service.dialect]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            app = self._of(self.accounts.who(scope["headers"])) if self.apart else self
            await app._entry(scope, receive, send)
        elif scope["type"] == "lifespan":
            await live(receive, send)
        else:
            await send({"type": "websocket.close"})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        endpoint = _PATHS.get(scope["path"])
        try:
            if endpoint is not None and scope["method"] != "OPTIONS":
                answer: Answer | None = await self.entrance.endpoint(endpoint, scope, receive)
            else:
                answer = await self._answer(endpoint, scope, receive)
            if answer is None:
                await self._controlled(scope, receive, send)
                return
            await self._send(answer, scope, receive, send)
        except ClientGoneError:
            return
        if self.tell is not None:
            self.tell(scope["method"], shown(scope), answer.http_status)

    async def _answer(self, endpoint: str | None, scope: Scope, receive: Receive) -> Answer | None:
        """Return the answer to a rarer request; None where it is for the control plane."""
        path = scope["path"]
        if scope["method"] == "OPTIONS" and path.startswith(_API) and not self.cors:
            refused = preflight(self._dialect, scope)
            if refused is not None:
                return refused
        if endpoint is not None:
            return await self.entrance.endpoint(endpoint, scope, receive)
        if (call := _SESSION_PATHS.get(path)) is not None:
            return await self._sessions.answer(call, scope, receive)
        if self._control is not None and (path == CONTROL or path.startswith(ROOT)):
            return None
        return refusals.unknown_path(self._dialect)

    async def _controlled(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on to the control plane; it needs the same headers, and a permission of its own.

        But for what is open to all.
        """
        if scope["path"] == CONTROL:  # not redirected, as nothing is
            scope = {**scope, "path": ROOT}
        account = self.accounts.who(scope["headers"])
        answer = refusals.may_not_steer() if account else refusals.nobody_steers()
        status = answer.http_status

        async def noting(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        may = account is not None and (account.may_steer or self._everybody_steers)
        may = may or (scope["path"] in OPEN and scope["method"] in ("GET", "HEAD"))
        if may and self._control is not None:
            await self._control(scope, receive, noting)
        else:
            await self._send(answer, scope, receive, send)
        if self.tell is not None:
            self.tell(scope["method"], shown(scope), status)

    # what goes out -----------------------------------------------------------------------------------

    async def _send(self, answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
        if answer.delay_s:
            await late(answer.delay_s, scope, receive)
        if answer.reset:
            await reset(scope, receive)
            return
        last, start, body = self._start
        # polls between two changes get the very same answer, so its messages are made once
        if last is not answer:
            headers = self.fields(answer)
            start = {"type": "http.response.start", "status": answer.http_status, "headers": headers}
            body = {"type": "http.response.body", "body": answer.raw}
            self._start = (answer, start, body)
        await send(start)
        # what would come is told by the length, and does not come
        await send(_NO_BODY if scope["method"] == "HEAD" else body)

    async def refused(self, answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request as something says that stands before this."""
        if scope["type"] == "http":
            await self._send(answer, scope, receive, send)
            if self.tell is not None:
                self.tell(scope["method"], shown(scope), answer.http_status)

    def fields(self, answer: Answer) -> list[tuple[bytes, bytes]]:
        """Return the headers of an answer, as they go over the wire."""
        return fields_of(answer, self._dialect)

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "an App cannot be pickled or copied: it belongs to the event loop that serves it; hand over its "
            "service, which can be, and call create_app there"
        )

    def __repr__(self) -> str:
        return f"<create_app({self.service!r})>"


def _control_plane(app: App) -> Asgi:
    try:
        from simimport.service.http.control_plane import control_plane
    except ModuleNotFoundError as error:
        raise missing(error) from None
    return control_plane(app.service, app.max_body, app.revive)
