"""Who may enter: accounts, and the tokens that are live. Logging in makes one, and logging out ends one.

Knows who a caller is; what each may call, and how a refusal reads, is decided in `http/` and `refusals`.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from simimport.service.login.account import (
    BYPASS,
    RUN_IMPORT,
    STEER,
    VIEW_OPERATIONS,
    Account,
    administrator,
    fresh_token,
)
from simimport.service.login.credentials import credentials_of, digest_of, resumed_token
from simimport.service.login.listed import accounts_in, listed

__all__ = [
    "BYPASS", "MOST_TOKENS", "RUN_IMPORT", "STEER", "VIEW_OPERATIONS", "Account", "Accounts", "administrator",
]  # fmt: skip

#: So many tokens that `login` made live at a time for each account, as on a server: the oldest goes for one
#: more (MAX_RESUME_LOGIN_TOKENS, `app/authentication/server/startup/index.js` @ 0137f511).
MOST_TOKENS = 50

_USER_ID, _TOKEN = b"x-user-id", b"x-auth-token"
# what nobody's password is compared with, so that it takes as long
_NOBODY = hashlib.sha256(secrets.token_bytes(32)).hexdigest()

Headers = Iterable[tuple[bytes, bytes]]


class Accounts:
    """All who may call.

    Parameters
    ----------
    given : mapping or path, optional
        ``{user id: {"token", "permissions", "username", "password", "emails", "roles"}}``, the last four for
        login, or a TOML or JSON file with that. None makes one administrator, ``admin``, with the page's user
        id, a random token and a random password. The first may use the control plane whatever its
        permissions are: somebody must.

    Attributes
    ----------
    made : bool
        Whether the administrator was made here, and nobody else can know the token.
    """

    def __init__(self, given: Mapping[str, Mapping[str, Any]] | str | os.PathLike[str] | None = None) -> None:
        self.made: bool = given is None
        if isinstance(given, (str, os.PathLike)):
            given = accounts_in(given)
        accounts = [administrator()] if given is None else listed(given)
        accounts[0] = replace(accounts[0], permissions=accounts[0].permissions | {STEER})
        self.first: Account = accounts[0]
        self.all: tuple[Account, ...] = tuple(accounts)
        # Tokens are kept and looked up as digests only, as a server does it: whoever guesses one cannot
        # choose its digest, so how long it takes to look that up tells nothing of those that are live.
        self._live = {(account.id.encode(), _digest(account.token.encode())): account for account in accounts}
        # those that `login` made, oldest first
        self._made: dict[str, dict[bytes, None]] = {account.id: {} for account in accounts}
        named = [account for account in accounts if account.password is not None]
        self._by_name = {account.username: account for account in named}
        self._by_address = {address: account for account in named for address in account.addresses}
        # one that was given belongs to whom it was given, whatever the name of another comes to
        self._by_address |= {address: account for account in named for address in account.emails or ()}
        self._passwords = {account.id: digest_of(account.password or "") for account in named}

    def who(self, headers: Headers) -> Account | None:
        """Return whose headers these are; None where they are nobody's.

        A header that comes twice counts as one with both values, as HTTP has it, and so is nobody's.
        """
        return self._live.get(_keys(headers))

    def with_token(self, headers: Mapping[bytes, bytes]) -> Account | None:
        """Return whose headers these are, as `who` does, where each comes once."""
        return self._live.get((headers.get(_USER_ID, b""), _digest(headers.get(_TOKEN, b""))))

    def login(self, body: Any) -> tuple[Account, str] | None:
        """Return who logs in, and the token for that; None where what is asked for is wrong.

        By name or address and password, plain or hashed, it is a new one; with ``resume`` that which is
        resumed.
        """
        token = resumed_token(body)
        if token is not None:
            account = self._resuming(token)
            return None if account is None else (account, token)
        account = self._entering(body)
        if account is None:
            return None
        token = fresh_token()
        self._begin(account, _digest(token.encode()))
        return account, token

    def logout(self, headers: Headers) -> None:
        """End the token that is in some headers, if it is live."""
        keys = _keys(headers)
        account = self._live.pop(keys, None)
        if account is not None:
            self._made[account.id].pop(keys[1], None)

    def revive(self, accounts: Iterable[Account]) -> None:
        """Let the tokens that some accounts were given be live again: whoever logged out may enter."""
        for account in accounts:
            self._live[account.id.encode(), _digest(account.token.encode())] = account

    def _resuming(self, token: str) -> Account | None:
        digest = _digest(token.encode("utf-8", "surrogatepass"))
        found = [self._live.get((account.id.encode(), digest)) for account in self.all]
        return next(filter(None, found), None)

    def _entering(self, body: Any) -> Account | None:
        asked = credentials_of(body)
        if asked is None:
            return None
        account = self._by_name.get(asked.username) or self._by_address.get(asked.email or "")
        expected = _NOBODY if account is None else self._passwords[account.id]
        right = hmac.compare_digest(asked.digest.encode("utf-8", "surrogatepass"), expected.encode())
        return account if right else None

    def _begin(self, account: Account, digest: bytes) -> None:
        made = self._made[account.id]
        made[digest] = None
        self._live[account.id.encode(), digest] = account
        if len(made) > MOST_TOKENS:
            oldest = next(iter(made))
            del made[oldest], self._live[account.id.encode(), oldest]


def _keys(headers: Headers) -> tuple[bytes, bytes]:
    """Return the user id and the digest of the token that are in some headers, as they are looked up."""
    user_id = token = None
    for name, value in headers:
        if name == _USER_ID:
            user_id = value if user_id is None else user_id + b", " + value
        elif name == _TOKEN:
            token = value if token is None else token + b", " + value
    return user_id or b"", hashlib.sha256(token or b"").digest()


def _digest(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()
