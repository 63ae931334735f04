"""Staging: generated people, as many as a scenario asks for, the same for the same seed.

Reads no files and fails nobody: generated people are unique, so only the scenario decides who fails. How
people are made stands in `dealing`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from simimport.checks import whole
from simimport.memory import STAGED, check_users
from simimport.model import seeds
from simimport.model.people.cell_lists import items_of
from simimport.model.people.dealing import OPTIONAL, Dealer
from simimport.model.scenario import Scenario, scenario_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DEALT_ROLES", "Generated", "iter_users", "stage"]

#: Every role that a generated person may have.
DEALT_ROLES = frozenset(role for roles in OPTIONAL["roles"][1] for role in items_of(roles))


def stage(scenario: Scenario, *, seed: int | None = None) -> pd.DataFrame:
    """Return the users frame of generated people that `scenario` stages.

    Parameters
    ----------
    scenario : Scenario
        Its `users` says how many, its `locale` says of where.
    seed : int, optional
        From 0 to 2**64 - 1; None draws one. The first 100 people of 5,000 are the 100 of 100.

    Returns
    -------
    DataFrame
        One row per person, in import order. Strings, but for `utc_offset` (float64, hours) and `deleted`
        (boolean with gaps):

        ================  =======================================================================
        import_id         the position from 1
        username, email   unique; addresses are in example.com, example.org and example.net
        name              97 % have one, written as the locale writes it, without titles
        extra_emails      3 %: a second address, in mail.example.com
        roles             10 %: ``user``, ``user,livechat-agent``, ``moderator``, …
        type              20 %: ``user``, one in ten of them ``bot``
        utc_offset        70 %
        bio               20 %: an occupation
        avatar_url        30 %
        deleted           2 % true, 10 % false
        status_text       15 %
        ================  =======================================================================

    Raises
    ------
    ParameterError
        If `scenario` or `seed` is none, or so many users do not fit into memory: then take `iter_users`.

    Notes
    -----
    The words are those of Faker's provider for the locale, drawn once and evenly; NumPy deals them. The
    shares are ours: a mixture in which every optional key of ``import.addUsers`` is met in 1,000 users.

    Examples
    --------
    >>> from simimport.model.scenario import Scenario
    >>> people = stage(Scenario(users=1000), seed=7)
    >>> people.shape
    (1000, 12)
    >>> bool(people["email"].is_unique)
    True
    >>> people["import_id"].tolist()[:3]
    ['1', '2', '3']
    """
    scenario = scenario_of(scenario)
    check_users(STAGED, scenario.users, scenario.batch_size)
    return Dealer(scenario.locale, seeds.resolve(seed)).deal(scenario.users)


class Generated:
    """The generated people of a scenario and seed, from any place on: to go on takes as long as to begin.

    May be asked by several threads.
    """

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self._scenario, self.seed = scenario, seed
        self._lock = threading.Lock()
        # made when somebody is dealt: the words of a locale take longer than an import
        self._dealer: Dealer | None = None
        self._dealt = 0

    def check(self, users: int) -> None:
        """Refuse so many in all who do not fit into memory.

        Raises
        ------
        ScenarioError
            If they do not.
        """
        check_users(STAGED, users, self._scenario.batch_size)

    def take(self, first: int, number: int) -> pd.DataFrame:
        """Return so many people, those who come after the first so many: rows of `stage`."""
        self.check(first + number)
        with self._lock:
            dealer = self._dealer
            if dealer is None or first < self._dealt:
                dealer, self._dealt = Dealer(self._scenario.locale, self.seed), 0
            if self._dealt < first:
                dealer.deal(first - self._dealt)
            people = dealer.deal(number)
            self._dealer, self._dealt = dealer, first + number
        return people.reset_index(drop=True)


def iter_users(
    scenario: Scenario, *, seed: int | None = None, chunk: int = 100_000
) -> Iterator[pd.DataFrame]:
    """Return an iterator of users frames which, one after the other, are those of `stage`.

    Parameters
    ----------
    scenario : Scenario
        As for `stage`.
    seed : int, optional
        As for `stage`.
    chunk : int, default 100_000
        Rows per frame, at least 1; the last may have fewer. It changes nobody, and memory does not grow
        with the number of users.

    Returns
    -------
    iterator of DataFrame
        With the columns of `stage`, as ``columns("users")`` says; the index goes on from frame to frame.
        No users are no frames.

    Raises
    ------
    ParameterError
        If `scenario` is none, or `seed` or `chunk` out of range, at once.

    Examples
    --------
    >>> from simimport.model.scenario import Scenario
    >>> [len(people) for people in iter_users(Scenario(users=250), seed=7, chunk=100)]
    [100, 100, 50]
    """
    scenario, rows = scenario_of(scenario), whole("chunk", chunk, 1)
    return _chunks(Dealer(scenario.locale, seeds.resolve(seed)), scenario.users, rows)


def _chunks(dealer: Dealer, users: int, chunk: int) -> Iterator[pd.DataFrame]:
    for start in range(0, users, chunk):
        yield dealer.deal(min(chunk, users - start))
