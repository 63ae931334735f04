"""Account: one who may call, and what is shown of it.

Knows no tokens but its own; which are live is told in `accounts`.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from simimport.model.run.wire import PAGE_USER
from simimport.service.calls.endpoints import PERMISSIONS, RUN_IMPORT

__all__ = ["BYPASS", "RUN_IMPORT", "STEER", "VIEW_OPERATIONS", "Account", "administrator", "fresh_token"]

VIEW_OPERATIONS = PERMISSIONS["getLatestImportOperations"]
BYPASS = "api-bypass-rate-limit"
#: Of the control plane; no server has it.
STEER = "simimport-control"


@dataclass(frozen=True, slots=True)
class Account:
    """One who may call.

    Parameters
    ----------
    id : str
        The user id, as in ``X-User-Id``.
    token : str
        As in ``X-Auth-Token``; it lives until somebody logs out with it.
    permissions : frozenset of str
        ``run-import`` lets it call the endpoints, but for ``getLatestImportOperations``, which needs
        ``view-import-operations``; ``api-bypass-rate-limit`` lets it as often as it likes;
        ``simimport-control`` lets it use the control plane.
    username, password : str, optional
        For ``login``; both or neither.
    emails, roles : tuple of str, optional
        As ``me`` shows them. Whoever has a name has an e-mail, ``NAME@example.com`` unless given; whoever
        may import is an ``admin``, and others are ``user``.
    """

    id: str
    token: str = field(repr=False)
    permissions: frozenset[str] = frozenset()
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    emails: tuple[str, ...] | None = None
    roles: tuple[str, ...] | None = None
    unlimited: bool = field(init=False, repr=False)
    may_steer: bool = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "unlimited", BYPASS in self.permissions)
        object.__setattr__(self, "may_steer", STEER in self.permissions)

    @property
    def headers(self) -> dict[str, str]:
        """The two headers of a call."""
        return {"X-User-Id": self.id, "X-Auth-Token": self.token}

    @property
    def addresses(self) -> tuple[str, ...]:
        """Its e-mails, given or not."""
        if self.emails is not None or self.username is None:
            return self.emails or ()
        return (self.username if "@" in self.username else f"{self.username}@example.com",)

    def me(self) -> dict[str, Any]:
        """Return what ``me`` and ``login`` show of it: of a server's fields, those that clients read.

        ``@rocket.chat/sdk`` reads ``data.me.username``, and fails without.
        """
        name = self.username or self.id
        usual = ("admin",) if RUN_IMPORT in self.permissions else ("user",)
        addresses = self.addresses
        return {
            "_id": self.id,
            "username": name,
            "name": name,
            "emails": [{"address": address, "verified": True} for address in addresses],
            "roles": list(usual if self.roles is None else self.roles),
            "status": "offline",
            "active": True,
            # the first that is verified (getUserInfo.ts @ 00d0bbab)
            **({"email": addresses[0]} if addresses else {}),
            "settings": {"profile": {}, "preferences": {}},
        }


def administrator() -> Account:
    """Return an administrator with the page's user id, a random token and a random password."""
    permissions = frozenset({RUN_IMPORT, VIEW_OPERATIONS, BYPASS})
    return Account(PAGE_USER, fresh_token(), permissions, "admin", secrets.token_urlsafe(12))


def fresh_token() -> str:
    """Return a token that nobody can guess: 43 characters, as servers make them."""
    return secrets.token_urlsafe(32)
