"""Dealing people: the words of a locale, spread by NumPy over as many users as are asked for.

Knows shares, slots and how usernames stay unique; which words there are is found in `word_lists`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from simimport.model import columns, seeds
from simimport.model.people.word_lists import vocabulary

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from simimport.model.people.word_lists import Format

    Words = npt.NDArray[np.uint64]
    Indices = npt.NDArray[np.int64]

__all__ = ["OPTIONAL", "Dealer"]

#: Per optional column: the share of people who have it, in thousandths at the finest, and what is dealt
#: evenly to those who do; nothing where it is made of the locale's words.
OPTIONAL: Mapping[str, tuple[float, tuple[Any, ...]]] = {
    "name": (0.97, ()),
    "extra_emails": (0.03, ()),
    "roles": (
        0.10,
        ("user", "user", "user", "user,livechat-agent", "user,livechat-manager", "moderator", "bot", "guest"),
    ),
    "type": (0.20, ("user",) * 9 + ("bot",)),
    # offsets in use, the half and three-quarter hours of Tehran, Kabul, Delhi, Kathmandu and Adelaide too
    "utc_offset": (
        0.70,
        (-8.0, -6.0, -5.0, -3.0, 0.0, 1.0, 2.0, 3.0, 3.5, 4.5, 5.5, 5.75, 7.0, 8.0, 9.0, 9.5, 10.0, 12.0),
    ),
    "bio": (0.20, ()),
    "avatar_url": (0.30, ()),
    "deleted": (0.12, (True, False, False, False, False, False)),
    "status_text": (
        0.15,
        ("In a meeting", "On holiday", "Working from home", "At lunch", "On the phone", "Back on Monday"),
    ),
}
# Reserved (RFC 2606): mail to them reaches nobody.
_DOMAINS = ("@example.com", "@example.org", "@example.net")
_EXTRA_DOMAIN = "@mail.example.com"

_SLOTS = 1000
# Random words per user. Part of every result: any change here stages other people for the same seed.
_WORDS = ("format", "left", "right", "domain", *OPTIONAL)
# Users dealt at a time; what a block needs fits a processor's cache.
_BLOCK = 65_536


class Dealer:
    """Deals the people of one locale, in order, from one stream, however many are asked for at a time.

    The words of one user follow those of the user before, and the counters of usernames are all that is
    remembered: memory does not grow with users.
    """

    def __init__(self, locale: str, seed: int) -> None:
        import numpy as np

        words = vocabulary(locale)
        self._rng = seeds.stream(seed, "people")
        self._dealt = 0
        self._texts = _strings(words.texts)
        self._slugs = _strings(words.slugs)
        self._domains = _strings(_DOMAINS)
        self._formats = _Formats(words.formats)
        self._slots = {name: _slots(name, values) for name, (_, values) in OPTIONAL.items() if values}
        self._slots["bio"] = _slots("bio", words.bios)
        # a slug's number among the given names, or among those that follow one: ".smith", or nothing
        self._given, given = _numbered(words.slugs, given=True)
        self._family, self._families = _numbered(words.slugs, given=False)
        self._seen = np.zeros(given * self._families, dtype=np.int32)

    def deal(self, users: int) -> pd.DataFrame:
        """Return the frame of the next `users` people."""
        import pandas as pd

        frames = [self._block(min(_BLOCK, users - start)) for start in range(0, max(users, 1), _BLOCK)]
        return frames[0] if len(frames) == 1 else pd.concat(frames)

    def _block(self, users: int) -> pd.DataFrame:
        import numpy as np
        import pandas as pd

        words = self._rng.integers(0, 2**32, size=(users, len(_WORDS)), dtype=np.uint32)
        drawn = {name: words[:, at].astype(np.uint64) for at, name in enumerate(_WORDS)}
        slot = {name: _among(drawn[name], _SLOTS) for name in ("format", *OPTIONAL)}
        left, right, given, family = self._formats.deal(slot["format"], drawn["left"], drawn["right"])
        usernames = self._usernames(given, family)
        made = {name: slots.take(slot[name]) for name, slots in self._slots.items()}
        index = pd.RangeIndex(self._dealt, self._dealt + users)
        self._dealt += users
        made |= {
            "import_id": _strings([str(position + 1) for position in index]),
            "username": usernames,
            "email": usernames + self._domains.take(_among(drawn["domain"], len(_DOMAINS))),
            "name": _some("name", slot, self._texts.take(left) + self._texts.take(right)),
            "extra_emails": _some("extra_emails", slot, usernames + _EXTRA_DOMAIN),
            "avatar_url": _some("avatar_url", slot, "https://example.com/avatar/" + usernames + ".png"),
        }
        people = columns.frame("users", made)
        people.index = index
        return people

    def _usernames(self, given: Indices, family: Indices) -> Any:
        """Return ``given.family``, followed by its number from the second person of that name on.

        No two are equal: no slug has a dot or a digit, so the dot says where the given name ends and the
        first digit where the number begins, and each number is given to a pair of slugs once.
        """
        import numpy as np

        pairs = self._given[given] * self._families + self._family[family]
        # sorted by pair and, within one, by row: a row's rank in its pair is its distance from the first
        order = np.sort(pairs * _BLOCK + np.arange(len(pairs)))
        rows, pairs = order % _BLOCK, order // _BLOCK
        first = np.flatnonzero(np.diff(pairs, prepend=-1))
        lengths = np.diff(first, append=len(pairs))
        number = np.empty(len(pairs), dtype=np.int64)
        number[rows] = self._seen[pairs] + np.arange(len(pairs)) - np.repeat(first, lengths)
        self._seen[pairs[first]] += lengths.astype(np.int32)
        distinct: Sequence[int] | Indices = range(int(number.max(initial=0)) + 1)
        if len(distinct) > _BLOCK:  # many people of few names: most numbers are in other blocks
            distinct, number = np.unique(number, return_inverse=True)
        numbers = _strings([str(at + 1) if at else "" for at in distinct])
        return self._slugs.take(given) + self._slugs.take(family) + numbers.take(number)


class _Formats:
    """A locale's ways to write a name, as arrays over formats."""

    def __init__(self, formats: tuple[Format, ...]) -> None:
        import numpy as np

        ends = np.cumsum([form.weight for form in formats])
        self._slots = np.searchsorted(ends, (np.arange(_SLOTS) + 0.5) / _SLOTS * ends[-1])
        self._family_first = np.array([form.family_first for form in formats])
        self._left = np.array([(form.left.start, len(form.left)) for form in formats], dtype=np.uint64)
        self._right = np.array([(form.right.start, len(form.right)) for form in formats], dtype=np.uint64)

    def deal(self, slot: Indices, left: Words, right: Words) -> tuple[Indices, Indices, Indices, Indices]:
        """Return, per user, where the left and right halves of the name are, then the given and family."""
        import numpy as np

        form = self._slots[slot]
        lefts = _among(left, self._left[form, 1]) + self._left[form, 0].astype(np.int64)
        rights = _among(right, self._right[form, 1]) + self._right[form, 0].astype(np.int64)
        turned = self._family_first[form]
        return lefts, rights, np.where(turned, rights, lefts), np.where(turned, lefts, rights)


def _among(words: Words, size: int | Words) -> Indices:
    """Return random 32-bit words as indices below `size`."""
    import numpy as np

    # a product and a shift: no division, and the bias is below size / 2**32
    return (words * size >> 32).astype(np.int64)


def _strings(values: Sequence[str]) -> Any:
    """Return an array of whatever the installed pandas calls a string; where it can, pyarrow's, in C."""
    import pandas as pd

    return pd.Series(list(values)).array


def _slots(name: str, values: Sequence[Any]) -> Any:
    """Return the table of 1,000 slots from which an optional column is dealt."""
    import pandas as pd

    filled = _filled(name)
    slots = [values[at % len(values)] if at < filled else None for at in range(_SLOTS)]
    return pd.array(slots, dtype="boolean") if name == "deleted" else pd.Series(slots).array


def _filled(name: str) -> int:
    return round(OPTIONAL[name][0] * _SLOTS)


def _some(name: str, slot: Mapping[str, Indices], values: Any) -> Any:
    """Return `values` where the column's slot is a filled one, missing elsewhere."""
    values[slot[name] >= _filled(name)] = None
    return values


def _numbered(slugs: Sequence[str], *, given: bool) -> tuple[Indices, int]:
    """Return each slug's number among the given (or the other) ones, and how many there are."""
    import numpy as np

    numbers: dict[str, int] = {}
    for slug in slugs:
        if given == (slug[:1] not in ("", ".")):
            numbers.setdefault(slug, len(numbers))
    return np.array([numbers.get(slug, 0) for slug in slugs], dtype=np.int64), len(numbers)
