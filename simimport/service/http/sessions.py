"""What clients call around an import: they log in and out, ask who they are, and what server it is.

Who may enter, and which tokens are live, is kept in `accounts`; what goes over the wire is `app`'s.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from simimport.model.dialects import DIALECTS, Dialect
from simimport.service import refusals
from simimport.service.accounts import Account, Accounts
from simimport.service.answers import Answer
from simimport.service.calls.endpoints import SESSION_CALLS
from simimport.service.calls.sent import kept
from simimport.service.http.asgi import MAX_UNKNOWN, Receive, Scope, address_of
from simimport.service.http.methods import turned_away
from simimport.service.http.request_body import TooLargeError, object_of, received
from simimport.service.rate_limit import Limits
from simimport.service.served import Served

__all__ = ["Sessions"]

_LOGGED_OUT = "You've been logged out!"


class Sessions:
    """What stands beside a service's endpoints.

    Parameters
    ----------
    service : Served
    accounts : Accounts
        Who may enter.
    limits : Limits
        The limiter that its endpoints have, too.
    max_body : int
        The largest body, in bytes; one of ``login`` is at most 64 kB.
    """

    def __init__(self, service: Served, accounts: Accounts, limits: Limits, max_body: int) -> None:
        self._service, self._accounts, self._limits = service, accounts, limits
        self._max_body = min(max_body, MAX_UNKNOWN)

    @property
    def _dialect(self) -> Dialect:
        # a life of the service may have another than the one before
        return DIALECTS[self._service.dialect]

    async def answer(self, call: str, scope: Scope, receive: Receive) -> Answer:
        """Answer a call, or refuse it."""
        other = turned_away(self._dialect, scope["method"], *SESSION_CALLS[call])
        if other is not None:
            return other
        if call == "info":
            # not limited: it belongs to no version of the API (`ApiClass.ts` @ 0358e0dc)
            return self._service.aside(call, self._info)
        account, body = self._accounts.who(scope["headers"]), b""
        if call == "login":
            try:
                body = await received(receive, scope["headers"], self._max_body)
            except TooLargeError:
                return self._noted(call, refusals.too_large(self._max_body))
        elif account is None:
            return self._noted(call, refusals.unauthorized(self._dialect))
        # who logs in is nobody yet, and so not exempt, but for the headers of somebody who is
        exempt = account is not None and account.unlimited
        refusal, headers = self._limits.take(address_of(scope), call, exempt=exempt)
        if refusal is not None:
            answer = self._noted(call, refusal, None if call == "login" else account, kept(body))
        elif call == "login" or account is None:
            answer = self._service.aside(call, partial(self._login, body, scope), payload=kept(body))
        else:
            perform = partial(self._me if call == "me" else self._logout, account, scope)
            answer = self._service.aside(call, perform, account=account.id)
        return replace(answer, headers={**headers, **answer.headers}) if headers else answer

    def _login(self, raw: bytes, scope: Scope) -> tuple[Answer, str | None]:
        entered = self._accounts.login(object_of(raw, scope["headers"], self._dialect, forms=True))
        if entered is None:
            return refusals.bad_login(self._dialect), None
        account, token = entered
        data = {"userId": account.id, "authToken": token, "me": account.me()}
        body: dict[str, Any] = {"status": "success", "data": data}
        # from 7.4 on, as everything that succeeds
        if self._dialect.router == "hono":
            body["success"] = True
        return Answer.ok(body), account.id

    def _logout(self, account: Account, scope: Scope) -> tuple[Answer, str | None]:
        self._accounts.logout(scope["headers"])
        # 7.4 and later were seen to answer with nothing at all (Rocket.Chat #35922), but not by everybody
        data = {"message": _LOGGED_OUT}
        return Answer.ok({"status": "success", "data": data}), account.id

    def _me(self, account: Account, scope: Scope) -> tuple[Answer, str | None]:
        return Answer.ok({**account.me(), "success": True}), account.id

    def _info(self) -> tuple[Answer, str | None]:
        # without its patch, as servers tell it to anybody (`getServerInfo.ts` @ 50f0ec2a)
        version = self._dialect.name.removeprefix("server-") if self._dialect.server else "6.3"
        return Answer.ok({"version": version, "success": True}), None

    def _noted(
        self, call: str, answer: Answer, account: Account | None = None, text: str | None = None
    ) -> Answer:
        """Return a refusal, written down."""
        name = account.id if account else None
        self._service.note(call, answer.http_status, account=name, payload=text)
        return answer
