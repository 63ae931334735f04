"""The entrance: who may call an endpoint, in what order that is checked, and who has called too often.

What is answered to those who come in is the service's; what goes over the wire is `app`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from simimport.model.dialects import dialect_of
from simimport.model.instants import instant
from simimport.service import refusals
from simimport.service.accounts import Account, Accounts
from simimport.service.answers import Answer
from simimport.service.http.asgi import MAX_UNKNOWN, Receive, Scope
from simimport.service.http.long_work import LONG, LONG_BODY, beside, forget
from simimport.service.http.request_body import Headers, TooLargeError, object_of, received
from simimport.service.journal import POLLS
from simimport.service.operations import ENDPOINTS
from simimport.service.rate_limit import Limiter
from simimport.service.served import Served

__all__ = ["Entrance"]


class Entrance:
    """What stands before a service's endpoints.

    Parameters
    ----------
    service : Served
    accounts : Accounts
        Who may enter.
    max_body : int
        The largest body, in bytes; a larger one is refused with 413 while it arrives.
    """

    def __init__(self, service: Served, accounts: Accounts, max_body: int) -> None:
        self._service, self._accounts, self._max_body = service, accounts, max_body
        self._max_login = min(max_body, MAX_UNKNOWN)
        self._dialect = dialect_of(service.dialect)
        self._limiter, self._life = Limiter(service.clock.now_us()), service.log

    async def endpoint(self, endpoint: str, scope: Scope, receive: Receive) -> Answer:
        """Answer a call of an endpoint, or refuse it."""
        if scope["method"] != ENDPOINTS[endpoint]:
            return self._other_method(scope["method"], ENDPOINTS[endpoint])
        account = self._accounts.who(scope["headers"])
        if account is None:
            return self._refused(endpoint, refusals.unauthorized(self._dialect))
        payload: Any = {}
        # the server ignores the bodies of all others
        if endpoint == "import.addUsers":
            try:
                raw = await received(receive, scope["headers"], self._max_body)
            except TooLargeError:
                return self._refused(endpoint, refusals.too_large(self._max_body), account)
            payload = await beside(len(raw) > LONG_BODY, self._read, raw, scope["headers"])
        # nobody can refuse him, so nothing need be looked at on the way: most polls come through here
        if account.may_import and account.unlimited:
            if endpoint in POLLS:
                return self._service.answer(endpoint, payload, account=account.id)
            return await self._answered(endpoint, payload, account)
        client = scope.get("client")
        return await self._checked(endpoint, payload, account, client[0] if client else "")

    def _read(self, raw: bytes, headers: Headers) -> Any:
        payload = object_of(raw, headers)
        body = self._service.read("import.addUsers", payload)
        forget(payload if isinstance(payload, (dict, list)) else [])
        return body

    async def _answered(self, endpoint: str, payload: Any, account: Account) -> Answer:
        if endpoint != "import.run" or self._service.staged <= LONG:
            return self._service.answer(endpoint, payload, account=account.id)
        return await beside(True, partial(self._service.answer, endpoint, payload, account=account.id))

    async def login(self, scope: Scope, receive: Receive) -> Answer:
        """Answer ``POST login`` with the token of whom name and password belong to, or refuse it."""
        if scope["method"] != "POST":
            return self._other_method(scope["method"], "POST")
        headers = scope["headers"]
        try:
            raw = await received(receive, headers, self._max_login)
        except TooLargeError:
            return self._refused("login", refusals.too_large(self._max_login))
        account = self._accounts.login(object_of(raw, headers, forms=True))
        if account is None:
            return self._refused("login", refusals.bad_login())
        self._service.note("login", 200, account=account.id)
        data = {"userId": account.id, "authToken": account.token}
        return Answer.ok({"status": "success", "data": data})

    async def _checked(self, endpoint: str, payload: Any, account: Account, address: str) -> Answer:
        """Answer a caller who may be refused or limited.

        The order of checks is the router's. Typed routes ask for the permission first and look at the body
        before they count the call; older ones count every call of somebody who is logged in, then look at
        the body, and the endpoint itself asks for the permission last.
        """
        refusal: Answer | None = None
        headers: Mapping[str, str] = {}
        if self._dialect.typed_routes:
            refusal = _forbidden(account) or self._service.validate(endpoint, payload)
            if refusal is None:
                refusal, headers = self._limited(endpoint, account, address)
        else:
            refusal, headers = self._limited(endpoint, account, address)
            refusal = refusal or self._service.validate(endpoint, payload) or _forbidden(account)
        if refusal is None:
            answer = await self._answered(endpoint, payload, account)
        else:
            answer = self._refused(endpoint, refusal, account)
        return replace(answer, headers={**answer.headers, **headers}) if headers else answer

    def _limited(
        self, endpoint: str, account: Account, address: str
    ) -> tuple[Answer | None, Mapping[str, str]]:
        """Count a call; return the refusal, if it is one too many, and the headers of what is answered."""
        if account.unlimited:
            return None, {}
        service = self._service
        now_us = service.clock.now_us()
        # a service that was reset has a new journal: its windows begin anew, too
        if service.log is not self._life:
            self._limiter, self._life = Limiter(now_us), service.log
        taken = self._limiter.take(address, endpoint, now_us)
        epoch_ms = round(instant(service.scenario.epoch).timestamp() * 1000)
        headers = taken.headers(epoch_ms)
        return (None if taken.allowed else refusals.too_many(headers, taken.wait_us / 1e6)), headers

    def _other_method(self, method: str, allowed: str) -> Answer:
        """Return the answer to another method than the endpoint's own. HEAD is one, as any."""
        if method != "OPTIONS":
            return refusals.wrong_method(self._dialect, allowed)
        if self._dialect.router == "restivus":
            return Answer(200, "", b"", {"Allow": f"{allowed}, OPTIONS"}, "text/plain; charset=utf-8")
        return Answer(200, "OK", b"OK", content_type="text/plain; charset=UTF-8")

    def _refused(self, endpoint: str, refusal: Answer, account: Account | None = None) -> Answer:
        """Return a refusal, written down."""
        self._service.note(endpoint, refusal.http_status, account=account.id if account else None)
        return refusal


def _forbidden(account: Account) -> Answer | None:
    return None if account.may_import else refusals.forbidden()
