"""The entrance: who may call an endpoint, in what order that is checked, and who has called too often.

What is answered to those who come in is the service's; what goes over the wire is `app`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from simimport.model.dialects import DIALECTS, Dialect
from simimport.service import refusals
from simimport.service.accounts import Account, Accounts
from simimport.service.answers import Answer
from simimport.service.calls.endpoints import BODIES, ENDPOINTS, POLLS, permission_of
from simimport.service.calls.endpoints import LONG as LONG_CALLS
from simimport.service.calls.sent import kept
from simimport.service.http.asgi import Receive, Scope, address_of
from simimport.service.http.long_work import LONG, LONG_BODY, beside, forget
from simimport.service.http.methods import turned_away
from simimport.service.http.request_body import Headers, TooLargeError, object_of, received
from simimport.service.rate_limit import Limits
from simimport.service.served import Served

__all__ = ["Entrance"]

# The schemas of their queries know no key (`rest-typings/src/v1/import/*ParamsGET.ts` @ 2318e91d). There is
# none for the status, and what its query says is ignored.
_CLOSED_QUERIES = {endpoint for endpoint, method in ENDPOINTS.items() if method == "GET"} - {"import.status"}
_NEEDED = {
    dialect.name: {endpoint: permission_of(endpoint, dialect) for endpoint in ENDPOINTS}
    for dialect in DIALECTS.values()
}


class Entrance:
    """What stands before a service's endpoints.

    Parameters
    ----------
    service : Served
    accounts : Accounts
        Who may enter.
    limits : Limits
        How often who is not exempt may call.
    max_body : int
        The largest body, in bytes; a larger one is refused with 413 while it arrives.
    """

    def __init__(self, service: Served, accounts: Accounts, limits: Limits, max_body: int) -> None:
        self._service, self._accounts, self._limits, self._max_body = service, accounts, limits, max_body

    @property
    def _dialect(self) -> Dialect:
        # a life of the service may have another than the one before
        return DIALECTS[self._service.dialect]

    async def endpoint(self, endpoint: str, scope: Scope, receive: Receive) -> Answer:
        """Answer a call of an endpoint, or refuse it."""
        if scope["method"] != ENDPOINTS[endpoint]:
            other = turned_away(self._dialect, scope["method"], ENDPOINTS[endpoint])
            if other is not None:
                return other
        account = self._accounts.who(scope["headers"])
        if account is None:
            return self._refused(endpoint, refusals.unauthorized(self._dialect))
        payload, text = {}, None
        # the server ignores the bodies of all others
        if endpoint in BODIES:
            try:
                raw = await received(receive, scope["headers"], self._max_body)
            except TooLargeError:
                return self._refused(endpoint, refusals.too_large(self._max_body), account)
            text = kept(raw)
            payload = await beside(len(raw) > LONG_BODY, self._read, endpoint, raw, scope["headers"])
        # nobody can refuse him, so nothing need be looked at on the way: most polls come through here
        may = _NEEDED[self._service.dialect][endpoint] in account.permissions
        if may and account.unlimited and not scope.get("query_string"):
            if endpoint in POLLS:
                return self._service.answer(endpoint, payload, account=account.id)
            return await self._answered(endpoint, payload, account, text)
        return await self._checked(endpoint, payload, account, scope, text)

    def polled(self, account: Account) -> Answer | None:
        """Answer ``import.status`` to an account that cannot be refused; None for any other."""
        may = _NEEDED[self._service.dialect]["import.status"] in account.permissions
        return self._service.polled(account.id) if may and account.unlimited else None

    def _read(self, endpoint: str, raw: bytes, headers: Headers) -> Any:
        payload = object_of(raw, headers, self._dialect)
        body = self._service.read(endpoint, payload)
        if body is not payload and isinstance(payload, (dict, list)):
            forget(payload)
        return body

    def _may(self, account: Account, endpoint: str) -> bool:
        needed = _NEEDED[self._service.dialect][endpoint]
        return not needed or needed in account.permissions

    async def _answered(self, endpoint: str, payload: Any, account: Account, text: str | None) -> Answer:
        answer = partial(self._service.answer, endpoint, payload, account=account.id, text=text)
        return await beside(endpoint in LONG_CALLS and self._service.staged > LONG, answer)

    async def _checked(
        self, endpoint: str, payload: Any, account: Account, scope: Scope, text: str | None
    ) -> Answer:
        """Answer a caller who may be refused or limited.

        The order of checks is the router's. Typed routes ask for the permission first and look at the query
        and the body before they count the call; older ones count every call of somebody who is logged in,
        then look at the two, and the endpoint itself asks for the permission last.
        """
        refusal: Answer | None = None
        headers: Mapping[str, str] = {}
        forbidden = None if self._may(account, endpoint) else refusals.forbidden()
        if self._dialect.typed_routes:
            refusal = forbidden or self._misfit(endpoint, payload, scope)
            if refusal is None:
                refusal, headers = self._limits.take(address_of(scope), endpoint, exempt=account.unlimited)
        else:
            refusal, headers = self._limits.take(address_of(scope), endpoint, exempt=account.unlimited)
            refusal = refusal or self._misfit(endpoint, payload, scope) or forbidden
        if refusal is None:
            answer = await self._answered(endpoint, payload, account, text)
        else:
            answer = self._refused(endpoint, refusal, account, text)
        # a fault that says so, too, says it last
        return replace(answer, headers={**headers, **answer.headers}) if headers else answer

    def _misfit(self, endpoint: str, payload: Any, scope: Scope) -> Answer | None:
        """Return the refusal of a query or a body that does not fit the endpoint's schemas."""
        query: bytes = scope.get("query_string", b"")
        if endpoint in _CLOSED_QUERIES and any(key for key, _ in parse_qsl(query, keep_blank_values=True)):
            return refusals.invalid_query(self._dialect)
        return self._service.validate(endpoint, payload)

    def _refused(
        self, endpoint: str, refusal: Answer, account: Account | None = None, text: str | None = None
    ) -> Answer:
        """Return a refusal, written down."""
        name = account.id if account else None
        self._service.note(endpoint, refusal.http_status, account=name, payload=text)
        return refusal
