"""What each field of a scenario may be: its range in words, and the check that holds it to them.

Knows no scenario: which field has which rule, and what it is by default, stands in `scenario`.
"""

from __future__ import annotations

import functools
import importlib.util
import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from simimport.checks import is_number, is_whole, real
from simimport.model.instants import instant, timestamp

__all__ = [
    "BATCH_SIZE",
    "EPOCH",
    "IMPORTER",
    "LATENCY_CV",
    "LOCALE",
    "MOST_USERS",
    "PAGE_EPOCH",
    "PLACE",
    "RATE",
    "SECONDS",
    "SLOWDOWN",
    "SPEED",
    "USERS",
    "Rule",
    "locales",
]

#: The instant of the documentation page's example.
PAGE_EPOCH = "2016-09-13T14:57:56.037Z"
#: The most users that an import may have; no counter is beyond.
MOST_USERS = 1_000_000_000
# A thousand years in seconds: longer is a slip of the unit, and timestamps end with the year 9999.
_LONGEST_S = 31_557_600_000.0


@dataclass(frozen=True, slots=True)
class Rule:
    """What a field may be.

    Parameters
    ----------
    allowed : str
        In words.
    check : callable
        Takes a value and returns it as it is kept, or raises ValueError, TypeError or OverflowError.
    kind : type
        Of what is kept.
    """

    allowed: str
    check: Callable[[Any], Any]
    kind: type


def _between(low: float, high: float) -> Callable[[Any], float]:
    # -0.0 is kept as 0.0, so that scenarios which say the same are equal and show the same
    return lambda value: real("", value, low, high) or 0.0


def _count(low: int, high: int) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        if not is_number(value):
            raise ValueError
        number = float(value)
        # 1e3 counts too, as people write a thousand
        if number != int(number) or not low <= number <= high:
            raise ValueError
        return operator.index(value) if is_whole(value) else int(number)

    return check


def _optional(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else check(value)


def _cv(value: Any) -> float:
    # at 0 nothing is drawn; just above it the shape of the Gamma times, 1/cv², would know no bound
    return 0.0 if is_number(value) and value == 0 else real("", value, 1e-6, 10)


def _importer(value: Any) -> str:
    if value not in ("api", "csv"):
        raise ValueError
    return str(value)


def _locale(value: Any) -> str:
    if not isinstance(value, str) or (value != "en_US" and value not in locales()):
        raise ValueError
    return value


@functools.cache
def locales() -> tuple[str, ...]:
    """Return the locales for which the installed Faker has names.

    Read from its folders: importing Faker would cost a tenth of a second.
    """
    spec = importlib.util.find_spec("faker")
    if spec is None or spec.origin is None:
        return ("en_US",)
    folder = Path(spec.origin).parent / "providers" / "person"
    return tuple(sorted(entry.name for entry in folder.iterdir() if (entry / "__init__.py").is_file()))


def _epoch(value: Any) -> str:
    if isinstance(value, datetime):
        value = value.isoformat()
    if not isinstance(value, str):
        raise TypeError
    return value if value == "now" else timestamp(instant(value))


RATE = Rule("a number from 0 to 1", _between(0, 1), float)
PLACE = Rule("None, or a number from 0 to 1", _optional(_between(0, 1)), float)
SECONDS = Rule(f"seconds, from 0 to {_LONGEST_S:.0f}", _between(0, _LONGEST_S), float)
USERS = Rule(f"a whole number from 0 to {MOST_USERS}", _count(0, MOST_USERS), int)
BATCH_SIZE = Rule(f"a whole number from 1 to {MOST_USERS}", _count(1, MOST_USERS), int)
SPEED = Rule("a number above 0, to 1e9", _between(1e-9, 1e9), float)
LATENCY_CV = Rule("0, or a number from 1e-6 to 10", _cv, float)
SLOWDOWN = Rule("a number from 0 to 1e6", _between(0, 1e6), float)
IMPORTER = Rule("'api' or 'csv'", _importer, str)
LOCALE = Rule("a locale for which Faker has names, such as en_US", _locale, str)
EPOCH = Rule(f"an ISO 8601 instant such as {PAGE_EPOCH}, or 'now'", _epoch, str)
