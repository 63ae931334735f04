"""The HTTP shim: a plain ASGI application around an ImportService. It opens no socket; `serving` does.

Decides who may enter, in what order that is checked, and what headers say; bodies come from the service.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import replace
from typing import Any

from simimport.errors import MissingExtraError, ParameterError
from simimport.model.dialects import dialect_of
from simimport.model.instants import instant
from simimport.service import refusals
from simimport.service.accounts import Account, Accounts
from simimport.service.answers import Answer, headers_of
from simimport.service.http.asgi import Asgi, ClientGoneError, Receive, Scope, Send, late, live, reset, shown
from simimport.service.http.request_body import TooLargeError, object_of, received
from simimport.service.rate_limit import Limiter
from simimport.service.refusals import Refusal
from simimport.service.service import ENDPOINTS, ImportService

__all__ = ["CONTROL", "MAX_BODY", "PREFIX", "App", "create_app"]

PREFIX = "/api/v1/"
CONTROL = "/_simimport"
#: The largest body, in bytes.
MAX_BODY = 16_000_000

#: What is told of each request: its method, its path as it came, and the status of the answer.
Tell = Callable[[str, str, int], None]

_PATHS = {PREFIX + endpoint: endpoint for endpoint in ENDPOINTS}
_LOGIN = PREFIX + "login"


def create_app(
    service: ImportService,
    *,
    accounts: Mapping[str, Mapping[str, Any]] | None = None,
    cors: bool = False,
    control: bool = True,
    max_body: int = MAX_BODY,
) -> App:
    """Return an ASGI application that serves an ImportService, for any ASGI server, or none.

    Parameters
    ----------
    service : ImportService
        Also yours while it is served: advance its clock, read its journal.
    accounts : mapping, optional
        ``{user id: {"token": str, "permissions": [str], "username": str, "password": str}}``, the last two
        for ``POST /api/v1/login``. The permission ``run-import`` lets in; without ``api-bypass-rate-limit``
        ten calls a minute are allowed. None makes one administrator, with the page's user id and a random
        token.
    cors : bool, default False
        Whether pages of other origins may call it.
    control : bool, default True
        Whether there is a control plane under ``/_simimport/``.
    max_body : int, default 16,000,000
        The largest body, in bytes; a larger one is refused with 413 while it arrives.

    Returns
    -------
    App
        With ``.headers``, those of the first account.

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
    return App(service, accounts=accounts, cors=cors, control=control, max_body=max_body)


class App:
    """The application that `create_app` returns.

    Attributes
    ----------
    service : ImportService
    accounts : Accounts
    headers : dict of str to str
        Of a call by the first account.
    tell : callable, optional
        Called after each request with its method, its path and the status; 0 where it was reset.
    """

    def __init__(
        self,
        service: ImportService,
        *,
        accounts: Mapping[str, Mapping[str, Any]] | None,
        cors: bool,
        control: bool,
        max_body: int,
    ) -> None:
        if not isinstance(service, ImportService):
            raise ParameterError("service", service, "an ImportService")
        if isinstance(max_body, bool) or not isinstance(max_body, int) or max_body < 1:
            raise ParameterError("max_body", max_body, "a whole number of bytes from 1 on")
        self.service = service
        self.accounts = Accounts(accounts)
        self.headers = self.accounts.first.headers
        self.max_body = max_body
        self.tell: Tell | None = None
        self._dialect = dialect_of(service.dialect)
        self._control = _control_plane(self) if control else None
        self._entry: Asgi = _with_cors(self._http) if cors else self._http
        self._limiter, self._life = Limiter(service.clock.now_us()), service.log
        self._start: tuple[Answer | None, dict[str, Any], dict[str, Any]] = (None, {}, {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            await self._entry(scope, receive, send)
        elif scope["type"] == "lifespan":
            await live(receive, send)
        else:
            await send({"type": "websocket.close"})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        endpoint = _PATHS.get(path)
        try:
            if endpoint is not None:
                answer = await self._endpoint(endpoint, scope, receive)
            elif path == _LOGIN:
                answer = await self._login(scope, receive)
            elif self._control is not None and path.startswith(CONTROL + "/"):
                await self._controlled(scope, receive, send)
                return
            else:
                answer = Answer.of(refusals.unknown_path(self._dialect))
            await self._send(answer, scope, receive, send)
        except ClientGoneError:
            return
        if self.tell is not None:
            self.tell(scope["method"], shown(scope), answer.http_status)

    # who may enter -----------------------------------------------------------------------------------

    async def _endpoint(self, endpoint: str, scope: Scope, receive: Receive) -> Answer:
        if scope["method"] != ENDPOINTS[endpoint]:
            return self._other_method(scope["method"], ENDPOINTS[endpoint])
        account = self.accounts.who(scope["headers"])
        if account is None:
            return self._refused(endpoint, refusals.unauthorized(self._dialect))
        payload: Any = {}
        # the server ignores the bodies of all others
        if endpoint == "import.addUsers":
            try:
                raw = await received(receive, scope["headers"], self.max_body)
            except TooLargeError:
                return self._refused(endpoint, refusals.too_large(self.max_body), account)
            payload = object_of(raw, scope["headers"])
        if account.may_import and account.unlimited:
            return self.service.answer(endpoint, payload, account=account.id)
        client = scope.get("client")
        return self._checked(endpoint, payload, account, client[0] if client else "")

    def _checked(self, endpoint: str, payload: Any, account: Account, address: str) -> Answer:
        """Answer a caller who may be refused or limited, in the dialect's order of checks."""
        refusal: Refusal | None = None
        headers: Mapping[str, str] = {}
        if self._dialect.typed_routes:
            refusal = _forbidden(account) or self.service.validate(endpoint, payload)
            if refusal is None:
                refusal, headers = self._limited(endpoint, account, address)
        else:
            refusal, headers = self._limited(endpoint, account, address)
            refusal = refusal or self.service.validate(endpoint, payload) or _forbidden(account)
        if refusal is None:
            answer = self.service.answer(endpoint, payload, account=account.id)
        else:
            answer = self._refused(endpoint, refusal, account)
        return replace(answer, headers={**answer.headers, **headers}) if headers else answer

    def _limited(
        self, endpoint: str, account: Account, address: str
    ) -> tuple[Refusal | None, Mapping[str, str]]:
        """Count a call; return the refusal, if it is one too many, and the headers of what is answered."""
        if account.unlimited:
            return None, {}
        service = self.service
        now_us = service.clock.now_us()
        # a service that was reset has a new journal: its windows begin anew, too
        if service.log is not self._life:
            self._limiter, self._life = Limiter(now_us), service.log
        taken = self._limiter.take(address, endpoint, now_us)
        epoch_ms = round(instant(service.scenario.epoch).timestamp() * 1000)
        headers = taken.headers(epoch_ms)
        return (None if taken.allowed else refusals.too_many(headers, taken.wait_us / 1e6)), headers

    async def _login(self, scope: Scope, receive: Receive) -> Answer:
        if scope["method"] != "POST":
            return self._other_method(scope["method"], "POST")
        headers = scope["headers"]
        try:
            raw = await received(receive, headers, self.max_body)
        except TooLargeError:
            return self._refused("login", refusals.too_large(self.max_body))
        account = self.accounts.login(object_of(raw, headers, forms=True))
        if account is None:
            return self._refused("login", refusals.bad_login())
        self.service.note("login", 200, account=account.id)
        data = {"userId": account.id, "authToken": account.token}
        return Answer.ok({"status": "success", "data": data})

    def _other_method(self, method: str, allowed: str) -> Answer:
        """Return the answer to another method than the endpoint's own. HEAD is one, as any."""
        if method != "OPTIONS":
            return Answer.of(refusals.wrong_method(self._dialect, allowed))
        if self._dialect.router == "restivus":
            return Answer(200, "", b"", {"Allow": f"{allowed}, OPTIONS"}, "text/plain; charset=utf-8")
        return Answer(200, "OK", b"OK", content_type="text/plain; charset=UTF-8")

    def _refused(self, endpoint: str, refusal: Refusal, account: Account | None = None) -> Answer:
        """Return a refusal, written down."""
        self.service.note(endpoint, refusal.http_status, account=account.id if account else None)
        return Answer.of(refusal)

    async def _controlled(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on to the control plane; it needs the same headers."""
        answer = Answer.of(refusals.unauthorized(self._dialect))
        status = answer.http_status

        async def noting(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        if self.accounts.who(scope["headers"]) is None or self._control is None:
            await self._send(answer, scope, receive, send)
        else:
            await self._control(scope, receive, noting)
        if self.tell is not None:
            self.tell(scope["method"], shown(scope), status)

    # what goes out -----------------------------------------------------------------------------------

    async def _send(self, answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
        if answer.delay_s:
            await late(answer.delay_s, receive)
        if answer.reset:
            await reset(scope, receive)
            return
        known, start, body = self._start
        # polls between two changes get the very same answer, so its messages are made once
        if known is not answer:
            headers = self._headers(answer)
            start = {"type": "http.response.start", "status": answer.http_status, "headers": headers}
            body = {"type": "http.response.body", "body": answer.raw}
            self._start = (answer, start, body)
        await send(start)
        await send(body)

    def _headers(self, answer: Answer) -> list[tuple[bytes, bytes]]:
        told = {**headers_of(answer, self._dialect), "content-length": str(len(answer.raw))}
        return [(name.encode(), value.encode()) for name, value in told.items()]

    def __repr__(self) -> str:
        return f"<create_app({self.service!r})>"


def _forbidden(account: Account) -> Refusal | None:
    return None if account.may_import else refusals.forbidden()


def _control_plane(app: App) -> Asgi:
    try:
        from simimport.service.http.control_plane import control_plane
    except ModuleNotFoundError as error:
        raise _missing(error) from None
    return control_plane(app.service, app.max_body)


def _with_cors(app: Asgi) -> Asgi:
    try:
        from starlette.middleware.cors import CORSMiddleware
    except ModuleNotFoundError as error:
        raise _missing(error) from None
    # a token is needed all the same, and is no cookie: any origin may ask
    return CORSMiddleware(
        app,
        allow_origins=("*",),
        allow_methods=("GET", "POST", "PUT"),
        allow_headers=("X-User-Id", "X-Auth-Token", "Content-Type"),
        expose_headers=("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Retry-After"),
    )


def _missing(error: ModuleNotFoundError) -> Exception:
    missing = error.name is not None and error.name.partition(".")[0] != "simimport"
    return MissingExtraError("serving over HTTP", "http") if missing else error
