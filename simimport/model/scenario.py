"""Scenario: the frozen parameters of an import, what they may be, and their files.

The only place that knows a parameter's range, unit and meaning; it draws nothing.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib.util
import json
import math
import operator
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Self

from simimport.errors import ScenarioError, suggestion
from simimport.model.files import read_text, written_aside
from simimport.show.shown import Shown

__all__ = ["EPOCH", "FIELDS", "Scenario", "instant", "timestamp"]

#: The instant of the documentation page's example.
EPOCH = "2016-09-13T14:57:56.037Z"
_MOST_USERS = 1_000_000_000
# A thousand years in seconds: longer is a slip of the unit, and timestamps end with the year 9999.
_LONGEST_S = 31_557_600_000.0


@dataclasses.dataclass(frozen=True, slots=True)
class Rule:
    """What a field may be: a check that returns the value as it is kept, or raises ValueError."""

    allowed: str
    check: Callable[[Any], Any]
    kind: type


def _number(value: Any) -> float:
    # NumPy has a bool of its own; asked by its kind, so that NumPy need not be loaded
    is_bool = isinstance(value, bool) or getattr(getattr(value, "dtype", None), "kind", "") == "b"
    if is_bool or isinstance(value, (str, bytes)):
        raise ValueError
    number = float(value)
    if not math.isfinite(number):
        raise ValueError
    return number


def _between(low: float, high: float) -> Callable[[Any], float]:
    def check(value: Any) -> float:
        number = _number(value)
        if not low <= number <= high:
            raise ValueError
        return number + 0.0  # -0.0 is 0.0

    return check


def _count(low: int, high: int) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        number = _number(value)
        if number != int(number) or not low <= number <= high:
            raise ValueError
        return operator.index(value) if hasattr(value, "__index__") else int(number)

    return check


def _optional(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else check(value)


def _cv(value: Any) -> float:
    number = _number(value)
    if number != 0 and not 1e-6 <= number <= 10:
        raise ValueError
    return number + 0.0


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


def instant(text: str) -> datetime:
    """Return the instant that an ISO 8601 text names, cut to milliseconds; without an offset it is UTC."""
    moment = datetime.fromisoformat(text)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def timestamp(moment: datetime) -> str:
    """Return an instant as the wire shows it: ``2016-09-13T14:57:56.037Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def _epoch(value: Any) -> str:
    if isinstance(value, datetime):
        value = value.isoformat()
    if not isinstance(value, str):
        raise ValueError  # noqa: TRY004 - likewise
    return value if value == "now" else timestamp(instant(value))


_RATE = Rule("a number from 0 to 1", _between(0, 1), float)
_WHERE = Rule("None, or a number from 0 to 1", _optional(_between(0, 1)), float)
_SECONDS = Rule(f"seconds, from 0 to {_LONGEST_S:.0f}", _between(0, _LONGEST_S), float)


def _field(default: Any, rule: Rule, about: str) -> Any:
    return dataclasses.field(default=default, metadata={"rule": rule, "about": about})


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Scenario(Shown):
    """The parameters of an import: frozen, checked, and equal when they say the same.

    Parameters
    ----------
    users : int, default 8000
        How many users are staged; 0 to 1,000,000,000. With ``staged=`` given to `simulate`, their number.
    batch_size : int, default 50
        How many users are processed between two updates of the published counters; at least 1.
    failure_rate : float, default 0.02
        Probability, per user, that the import of a valid staged user fails. Over n users who are neither
        duplicates nor deciding addresses, the failures are Binomial(n, rate) while `failure_clustering` is 0.
    failure_clustering : float, default 0
        Intraclass correlation ρ of failures inside a batch: beta-binomial, mean unchanged.
    cancel_rate : float, default 0
        Probability, per operation, that an administrator interrupts it while it imports. It is asked when
        a user, uniform over those to be processed, would start, and honoured at the flush of the batch in
        flight.
    cancel_at : float or None
        The fraction of the users at which a cancel strikes, if it strikes; None draws it.
    crash_rate : float, default 0
        Probability, per operation, of a crash, at once, when a user, uniform, would have finished; that user
        is unreached. A crash in the batch in flight beats a cancel not yet honoured.
    crash_at : float or None
        The fraction of the users at which a crash strikes, if it strikes; None draws it.
    users_per_s : float, default 30
        Mean speed, in users per second; above 0. An estimate: one bcrypt hash per user at cost 10 gives 25 to
        60 users per second on two to four cores.
    latency_cv : float, default 0.5
        Coefficient of variation of one user's processing time, which is Gamma distributed: 0 is constant,
        1 exponential; 0, or 1e-6 to 10.
    slowdown : float, default 0
        Relative growth of the mean time from the first user to the last: 1.5 means that the last takes 2.5
        times as long. Constant within a batch, at the value of its middle user.
    stall_rate : float, default 0
        Probability, per batch, that it waits `stall_s` before its first user.
    stall_at : float or None
        The fraction of the users whose batch stalls for certain, beside those that `stall_rate` draws.
    stall_s : float, default 30
        How long a stall lasts, in seconds.
    importer : {"api", "csv"}
        A traditional importer, ``csv``, passes through the state ``loading``.
    new_s, loading_s, ready_s : float, default 2, 0, 5
        Seconds in these states before the operation is run. With the importer ``api``, `loading_s` must be 0.
    locale : str, default "en_US"
        Of the staged people: any locale for which Faker has names.
    epoch : str
        The instant that time 0 stands for in timestamps: ISO 8601, or ``now``, which `simulate` resolves.
        The default is that of the documentation page's example.

    Raises
    ------
    ScenarioError
        If a field is out of range; it names the field, the value and what is allowed.

    Examples
    --------
    >>> Scenario(users=500, failure_rate=0.05)
    Scenario(users=500, failure_rate=0.05)
    """

    _card: ClassVar[str] = "simimport.model.cards:scenario"

    users: int = _field(8000, Rule(f"a whole number from 0 to {_MOST_USERS}", _count(0, _MOST_USERS), int),
                        "users to stage")
    batch_size: int = _field(50, Rule(f"a whole number from 1 to {_MOST_USERS}", _count(1, _MOST_USERS), int),
                             "users between two updates of the counters")
    failure_rate: float = _field(0.02, _RATE, "probability per user that its import fails")
    failure_clustering: float = _field(0.0, _RATE, "correlation of failures inside a batch")
    cancel_rate: float = _field(0.0, _RATE, "probability per import that an administrator interrupts it")
    cancel_at: float | None = _field(None, _WHERE, "fraction of the users at which a cancel strikes")
    crash_rate: float = _field(0.0, _RATE, "probability per import that it crashes")
    crash_at: float | None = _field(None, _WHERE, "fraction of the users at which a crash strikes")
    users_per_s: float = _field(30.0, Rule("a number above 0, to 1e9", _between(1e-9, 1e9), float),
                                "mean speed in users per second")
    latency_cv: float = _field(0.5, Rule("0, or a number from 1e-6 to 10", _cv, float),
                               "coefficient of variation of one user's time")
    slowdown: float = _field(0.0, Rule("a number from 0 to 1e6", _between(0, 1e6), float),
                             "growth of the mean time from the first user to the last")
    stall_rate: float = _field(0.0, _RATE, "probability per batch that it stalls")
    stall_at: float | None = _field(None, _WHERE, "fraction of the users whose batch stalls for certain")
    stall_s: float = _field(30.0, _SECONDS, "seconds that a stall lasts")
    importer: str = _field("api", Rule("'api' or 'csv'", _importer, str), "who adds the users: api or csv")
    new_s: float = _field(2.0, _SECONDS, "seconds in the state new")
    loading_s: float = _field(0.0, _SECONDS, "seconds in the state loading (csv only)")
    ready_s: float = _field(5.0, _SECONDS, "seconds in the state ready")
    locale: str = _field("en_US", Rule("a locale for which Faker has names, such as en_US", _locale, str),
                         "locale of the staged people")
    epoch: str = _field(EPOCH, Rule(f"an ISO 8601 instant such as {EPOCH}, or 'now'", _epoch, str),
                        "instant that time 0 stands for")

    def __post_init__(self) -> None:
        for name, rule in FIELDS.items():
            value = getattr(self, name)
            try:
                kept = rule.check(value)
            except (ValueError, TypeError, OverflowError):
                hint = suggestion(value, locales()) if name == "locale" else ""
                raise ScenarioError(name, value, rule.allowed, hint=hint) from None
            object.__setattr__(self, name, kept)
        if self.importer == "api" and self.loading_s:
            raise ScenarioError("loading_s", self.loading_s, "0 with the importer 'api' (only 'csv' loads)")

    def __repr__(self) -> str:
        said = ", ".join(f"{name}={value!r}" for name, value in self.changed().items())
        return f"Scenario({said})"

    def changed(self) -> dict[str, Any]:
        """Return the fields that differ from their default, in the order of the signature."""
        return {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if getattr(self, field.name) != field.default
        }

    def replace(self, **changes: Any) -> Self:
        """Return a scenario with some fields changed.

        Raises
        ------
        ScenarioError
            If a field is unknown or out of range.
        """
        _known(changes)
        return dataclasses.replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """Return every field, in the order of the signature; `from_dict` takes it back."""
        return {name: getattr(self, name) for name in FIELDS}

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Return the scenario with these fields; what is absent has its default.

        Raises
        ------
        ScenarioError
            If it is no mapping, or a field is unknown or out of range.
        """
        if not isinstance(fields, Mapping):
            raise ScenarioError("scenario", fields, "a mapping of field names to values")
        _known(fields)
        return cls(**fields)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Return the scenario in a TOML or JSON file (a name that ends in ``.json``).

        Raises
        ------
        ScenarioError
            If the file is missing, not UTF-8, not TOML or JSON, or says something that is not allowed.
        """
        import tomllib

        wanted = "a readable TOML or JSON file of scenario fields"
        is_json = Path(path).suffix.lower() == ".json"
        try:
            text = read_text(path)
            fields = json.loads(text) if is_json else tomllib.loads(text)
        except (ValueError, RecursionError) as error:
            raise ScenarioError("the file", os.fspath(path), wanted, hint=f" Reason: {error}.") from None
        try:
            return cls.from_dict(fields)
        except ScenarioError as error:
            error.args = (f"{path}: {error}",)
            raise

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the scenario as TOML, or as JSON where the name ends in ``.json``, and return the path.

        A field that is None is absent from TOML, which has no null.
        """
        target = Path(path)
        if target.suffix.lower() == ".json":
            text = json.dumps(self.to_dict(), indent=2) + "\n"
        else:
            # for these values (numbers, and strings that need no more than quotes) JSON and TOML agree
            said = {name: value for name, value in self.to_dict().items() if value is not None}
            text = "".join(f"{name} = {json.dumps(value)}\n" for name, value in said.items())
        with written_aside(target) as file:
            file.write(text)
        return target


def _known(fields: Mapping[str, Any]) -> None:
    for name, value in fields.items():
        if name not in FIELDS:
            hint = suggestion(name, list(FIELDS))
            raise ScenarioError(f"the field {name!r}", value, "one of " + ", ".join(FIELDS), hint=hint)


#: Every field's rule, in the order of the signature.
FIELDS: Mapping[str, Rule] = {field.name: field.metadata["rule"] for field in dataclasses.fields(Scenario)}
