"""People as they are read, one after the other: made users in batches, of which only the columns are kept.

Knows no file. What is wrong is reported together at the end, by line or by the number of the person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from simimport.errors import UsersError
from simimport.model import columns
from simimport.model.people.api_body import columns_of
from simimport.model.people.api_values import kind_of
from simimport.model.people.exports.own import OwnKeys
from simimport.model.people.exports.systems import OWN, System, system_of
from simimport.model.people.understood import with_words
from simimport.model.people.users_frame import joined
from simimport.show.words import counted, number

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Gathered"]

_BATCH = 1_000
#: More than anybody mends by hand; each takes many times its bytes in the file.
_MOST_WRONG = 10_000


class Gathered:
    """People on their way into a frame.

    Parameters
    ----------
    source : object
        What an error calls the whole.
    by_line : bool
        Whether the places are lines of a file; else they are numbers of people, from 1.
    system : System, optional
        Whose people they must be; else it is told by the first of them.
    """

    def __init__(self, source: object, *, by_line: bool, system: System | None = None) -> None:
        self._source = source
        self._by_line = by_line
        self.system = system
        self.people = 0
        self._batch: list[Any] = []
        self._places: list[int] = []
        self._wrong: list[tuple[int, str, str]] = []
        self._left_out: Counter[str] = Counter()
        self._keys = OwnKeys()
        self._parts: list[tuple[dict[str, Any], int]] = []
        self._kinds: Any = None
        self._without_email = 0

    def add(self, person: Any, place: int) -> None:
        """Take in what stands for a person at a place."""
        self._batch.append(person)
        self._places.append(place)
        if len(self._batch) >= _BATCH:
            self._settle()

    def report(self, place: int, field: str, problem: str) -> None:
        """Take in what is wrong at a place."""
        if len(self._wrong) >= _MOST_WRONG:
            self._wrong.append((place + 1, "", "what follows was not read, as so much before it is wrong"))
            self._refuse()
        self._wrong.append((place, field, problem))

    def settled(self) -> System:
        """Return whose people they are, when all of them are there."""
        self._settle()
        return self.system or OWN

    def _settle(self) -> None:
        """Make columns of the people since the last time."""
        if self.system is None and self._batch:
            self.system = system_of(self._batch)
        users, places = [], []
        for person, place in zip(self._batch, self._places, strict=True):
            user = self._user(person, place)
            if isinstance(user, str):
                self._left_out[user] += 1
            elif user is not None:
                users.append(user)
                places.append(place)
        self._batch, self._places = [], []
        if self.system is OWN:
            self._keys.look(users, places)
        try:
            made = columns_of(users, lines=places)
        except UsersError as error:
            for row in error.rows:
                self.report(*row)
        else:
            self._append(made, len(users))

    def _user(self, person: Any, place: int) -> Mapping[str, Any] | str | None:
        if not isinstance(person, Mapping):
            self.report(place, "", f"must be an object, not {kind_of(person)}")
            return None
        try:
            return (self.system or OWN).user_of(person)
        except ValueError as error:
            self.report(place, "", str(error))
            return None

    def _append(self, made: Mapping[str, list[Any]], count: int) -> None:
        """Keep columns as arrays, which take a fraction of lists; one that nobody has is not there."""
        import pandas as pd

        if not count:
            return
        there = {name: values for name, values in made.items() if values.count(None) < count}
        if self._kinds is None:
            self._kinds = columns.frame("users", {name: [] for name in columns.names("users")}).dtypes
        arrays = {name: pd.Series(values, dtype=self._kinds[name]) for name, values in there.items()}
        self._parts.append((arrays, count))
        self._without_email += made["email"].count(None)
        self.people += count

    def frame(self, name: str, more: Iterable[str] = ()) -> pd.DataFrame:
        """Return the users frame, which says how it was read: as what, who was left out, and what more.

        Raises
        ------
        UsersError
            If any of them cannot be read, or they are no people; it names them all.
        """
        self._settle()
        if self.system is OWN and self._keys.are_strange:
            raise UsersError(self._source, [(0, "", self._keys.refusal_of_all())])
        for row in self._keys.wrong():
            self.report(*row)
        if self._wrong:
            self._refuse()
        frame = joined(self._parts)
        left_out = (f"{counted(n, what)} left out" for what, n in self._left_out.items())
        people = counted(self.people, "person", "people")
        if without := self._without_email:
            people += f" ({number(without)} without an e-mail)"
        return with_words(frame, [name, people, *left_out, *self._keys.left_out(), *more])

    def _refuse(self) -> NoReturn:
        rows = sorted(self._wrong, key=lambda row: row[0])
        if not self._by_line:
            # a number of a person is no line of a file
            rows = [(0, f"user {place} {field}".strip(), problem) for place, field, problem in rows]
        raise UsersError(self._source, rows)
