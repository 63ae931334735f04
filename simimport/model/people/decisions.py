"""What staged people decide by themselves: duplicates, missing e-mails, deciding addresses.

Reads frames, draws nothing. Generated people decide nothing, so nobody asks here about them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simimport.model.people.cell_lists import items_of

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["REASONS", "SHARES", "Decisions", "Taken", "decisions", "undecided"]

#: Why an import of a user fails, in the order of their codes, which begin with 1.
REASONS = ("duplicate-email", "duplicate-username", "missing-email", "server-error")

#: The shares in which drawn failures take a reason. An estimate: what servers reject most are addresses that
#: are there already; a missing e-mail is never drawn, since generated people have one.
SHARES = {"duplicate-email": 0.6, "duplicate-username": 0.25, "server-error": 0.15}

_CODE = {reason: code for code, reason in enumerate(REASONS, start=1)}
_DECIDING = re.compile(
    r"(?:fail\.(?P<fail>duplicate-email|duplicate-username|server-error)"
    r"|slow\.(?P<slow>\d{1,9}(?:\.\d{1,6})?)s|(?P<cancel>cancel)|(?P<crash>crash))(?:\+[^@]*)?@example\.com"
)


@dataclass(frozen=True, slots=True)
class Decisions:
    """What the people themselves decide.

    Parameters
    ----------
    decided : ndarray of bool, one per user
        Whose outcome is not drawn.
    reason : ndarray of int8, one per user
        1 + the index in `REASONS` for those who fail by themselves, else 0.
    slow_s : dict of int to float
        Seconds by which a user (its position) takes longer.
    cancel, crash : int or None
        The first user at whom an administrator cancels, or the operation crashes.
    """

    decided: NDArray[np.bool_]
    reason: NDArray[np.int8]
    slow_s: dict[int, float]
    cancel: int | None
    crash: int | None


def undecided(users: int) -> Decisions:
    """Return the decisions of so many people who decide nothing."""
    import numpy as np

    return Decisions(np.zeros(users, dtype=np.bool_), np.zeros(users, dtype=np.int8), {}, None, None)


class Taken:
    """The e-mail addresses and usernames that are taken on a server; people only ever join them.

    Attributes
    ----------
    people : int
        How many they are.
    """

    def __init__(self, users: pd.DataFrame | None = None) -> None:
        self.people = 0
        self._addresses: set[str] = set()
        self._usernames: set[str] = set()
        if users is not None and len(users):
            self.people = len(users)
            self._addresses.update(_addresses(users)["address"])
            self._usernames.update(users["username"].dropna())

    def join(self, others: Taken) -> None:
        """Let others join them."""
        self.people += others.people
        self._addresses |= others._addresses
        self._usernames |= others._usernames

    def addresses(self, asked: pd.Series[str]) -> NDArray[np.bool_]:
        """Return which of some addresses are taken."""
        return _among(asked, self._addresses)

    def usernames(self, asked: pd.Series[str]) -> NDArray[np.bool_]:
        """Return which of some usernames are taken."""
        return _among(asked, self._usernames)


def _among(asked: pd.Series[str], there: set[str]) -> NDArray[np.bool_]:
    import numpy as np

    # one look for each that is asked, however many are there
    plain = asked.to_numpy(dtype=object)
    return np.fromiter(map(there.__contains__, plain), dtype=np.bool_, count=len(plain))


def decisions(staged: pd.DataFrame, taken: Sequence[Taken] = ()) -> Decisions:
    """Return what the staged people decide, given what is taken on the server already.

    A user fails whose e-mail (any of several) or username equals that of an earlier row or of an existing
    person; also if the earlier one failed, which keeps failures nested in the failure rate (a server would
    admit it then). The comparison is case-sensitive; missing usernames never collide. Of several reasons the
    first counts: a missing e-mail, a duplicate e-mail, a duplicate username, a deciding address.
    """
    import numpy as np

    reason = np.zeros(len(staged), dtype=np.int8)
    addresses = _addresses(staged)
    first = addresses.groupby("address")["row"].transform("min")
    twice = (addresses["row"] > first).to_numpy()
    usernames = staged["username"].reset_index(drop=True)
    # an empty name is as good as none
    usernames = usernames.where(usernames != "")
    again = (usernames.duplicated() & usernames.notna()).to_numpy(dtype=np.bool_)
    for others in taken:
        twice = twice | others.addresses(addresses["address"])
        again = again | others.usernames(usernames)

    deciding = _deciding(addresses)
    decided = np.zeros(len(staged), dtype=np.bool_)
    decided[list(deciding)] = True
    for row, (kind, value) in deciding.items():
        if kind == "fail":
            reason[row] = _CODE[value]
    reason[again] = _CODE["duplicate-username"]
    reason[addresses["row"][twice].to_numpy()] = _CODE["duplicate-email"]
    missing = staged["email"].isna() | (staged["email"] == "")
    reason[missing.to_numpy(dtype=np.bool_)] = _CODE["missing-email"]
    decided |= reason > 0

    # who fails as a duplicate is turned away, whatever its address would have decided
    acting = {row: (kind, value) for row, (kind, value) in deciding.items() if not reason[row]}
    return Decisions(
        decided=decided,
        reason=reason,
        slow_s={row: float(value) for row, (kind, value) in acting.items() if kind == "slow"},
        cancel=min((row for row, (kind, _) in acting.items() if kind == "cancel"), default=None),
        crash=min((row for row, (kind, _) in acting.items() if kind == "crash"), default=None),
    )


def _addresses(users: pd.DataFrame) -> pd.DataFrame:
    """Return one row per e-mail address: ``row`` (position of the user) and ``address``, in that order."""
    import numpy as np
    import pandas as pd

    row = np.arange(len(users))
    first = pd.DataFrame({"row": row, "address": users["email"].to_numpy(dtype=object)})
    extra = pd.DataFrame({"row": row, "address": users["extra_emails"].to_numpy(dtype=object)}).dropna()
    extra["address"] = extra["address"].map(items_of)
    every = pd.concat([first.dropna(), extra.explode("address")]) if len(extra) else first.dropna()
    every = every[every["address"] != ""]
    return every.sort_values("row", kind="stable", ignore_index=True)


def _deciding(addresses: pd.DataFrame) -> dict[int, tuple[str, str]]:
    """Return, by position of the user, the kind and the value of its first deciding address."""
    found: dict[int, tuple[str, str]] = {}
    rows: Any = zip(addresses["row"].tolist(), addresses["address"].tolist(), strict=True)
    for row, address in rows:
        # a plain look at the end first: the pattern is slow, and nearly nobody has such an address
        if address.endswith("@example.com") and row not in found:
            match = _DECIDING.fullmatch(address)
            if match and match.lastgroup:
                found[row] = (match.lastgroup, match[match.lastgroup])
    return found
