"""Scenario: the frozen parameters of an import, what each is by default, and their files.

What a parameter may be stands in `fields`. Draws nothing.
Kept whole: it is one class, and half of it are docstrings with their examples.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar

from simimport.checks import file_path, is_whole
from simimport.errors import ParameterError, ScenarioError, brief, suggestion
from simimport.model import fields as rules
from simimport.model.fields import Rule
from simimport.model.files import read_text, written_aside
from simimport.show.shown import Shown

__all__ = ["FIELDS", "Scenario", "scenario_of"]

_Class = TypeVar("_Class")
# twenty lines, and whatever is said about them
_MOST_OF_A_FILE = 2**16
_LONGEST_LINE = 300


def _in_our_words(cls: type[_Class]) -> type[_Class]:
    """Make a class refuse what is no field of it as `Scenario.from_dict` does, not as Python does.

    Its own ``__init__`` is asked first, so that nothing is looked at twice where nothing is wrong, and is
    what `inspect.signature` and type checkers see.
    """
    init: Callable[..., None] = cls.__init__

    @functools.wraps(init)
    def checked(self: _Class, /, *unnamed: Any, **fields: Any) -> None:
        try:
            init(self, *unnamed, **fields)
        except TypeError:
            if unnamed:
                allowed = "fields by their names, such as users=500"
                raise ScenarioError("an argument without a name", unnamed[0], allowed) from None
            _check_names(fields)
            raise

    cls.__init__ = checked  # type: ignore[assignment, method-assign]  # it takes more, to refuse it
    return cls


def _field(default: Any, rule: Rule, about: str) -> Any:
    return dataclasses.field(default=default, metadata={"rule": rule, "about": about})


@_in_our_words
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
        If a field is unknown or out of range; it names the field, the value and what is allowed.

    Examples
    --------
    >>> Scenario(users=500, failure_rate=0.05)
    Scenario(users=500, failure_rate=0.05)
    """

    _card: ClassVar[str] = "simimport.model.cards:scenario"

    users: int = _field(8000, rules.USERS, "users to stage")
    batch_size: int = _field(50, rules.BATCH_SIZE, "users between two updates of the counters")
    failure_rate: float = _field(0.02, rules.RATE, "probability per user that its import fails")
    failure_clustering: float = _field(0.0, rules.RATE, "correlation of failures inside a batch")
    cancel_rate: float = _field(0.0, rules.RATE, "probability per import that an administrator interrupts it")
    cancel_at: float | None = _field(None, rules.PLACE, "fraction of the users at which a cancel strikes")
    crash_rate: float = _field(0.0, rules.RATE, "probability per import that it crashes")
    crash_at: float | None = _field(None, rules.PLACE, "fraction of the users at which a crash strikes")
    users_per_s: float = _field(30.0, rules.SPEED, "mean speed in users per second")
    latency_cv: float = _field(0.5, rules.LATENCY_CV, "coefficient of variation of one user's time")
    slowdown: float = _field(0.0, rules.SLOWDOWN, "growth of the mean time from the first user to the last")
    stall_rate: float = _field(0.0, rules.RATE, "probability per batch that it stalls")
    stall_at: float | None = _field(None, rules.PLACE, "fraction of the users whose batch stalls for certain")
    stall_s: float = _field(30.0, rules.SECONDS, "seconds that a stall lasts")
    importer: str = _field("api", rules.IMPORTER, "who adds the users: api or csv")
    new_s: float = _field(2.0, rules.SECONDS, "seconds in the state new")
    loading_s: float = _field(0.0, rules.SECONDS, "seconds in the state loading (csv only)")
    ready_s: float = _field(5.0, rules.SECONDS, "seconds in the state ready")
    locale: str = _field("en_US", rules.LOCALE, "locale of the staged people")
    epoch: str = _field(rules.PAGE_EPOCH, rules.EPOCH, "instant that time 0 stands for")

    def __post_init__(self) -> None:
        for name, rule in FIELDS.items():
            value = getattr(self, name)
            if value is _DEFAULTS[name]:
                continue  # most are, and are as they should be
            try:
                kept = rule.check(value)
            except (ValueError, TypeError, OverflowError):
                hint = suggestion(value, rules.locales()) if name == "locale" else ""
                raise ScenarioError(name, value, rule.allowed, hint=hint) from None
            if kept is not value:
                object.__setattr__(self, name, kept)
        if self.importer == "api" and self.loading_s:
            raise ScenarioError("loading_s", self.loading_s, "0 with the importer 'api' (only 'csv' loads)")

    def __repr__(self) -> str:
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.changed().items())
        return f"Scenario({arguments})"

    def changed(self) -> dict[str, Any]:
        """Return the fields that differ from their default, in the order of the signature.

        Returns
        -------
        dict of str to object

        Examples
        --------
        >>> Scenario(users=500, failure_rate=0.02).changed()
        {'users': 500}
        """
        return {name: value for name, value in self.to_dict().items() if value != _DEFAULTS[name]}

    def replace(self, **changes: Any) -> Self:
        """Return a scenario with some fields changed.

        Parameters
        ----------
        **changes
            Fields by their names.

        Returns
        -------
        Scenario

        Raises
        ------
        ScenarioError
            If a field is unknown or out of range.

        Examples
        --------
        >>> from simimport import PRESETS
        >>> PRESETS["calm"].replace(users=100, latency_cv=0.5)
        Scenario(users=100, failure_rate=0.002)
        """
        _check_names(changes)
        return dataclasses.replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """Return every field, in the order of the signature; `from_dict` takes it back.

        Returns
        -------
        dict of str to object

        Examples
        --------
        >>> fields = Scenario(users=500).to_dict()
        >>> len(fields), fields["users"], fields["batch_size"]
        (20, 500, 50)
        """
        return {name: getattr(self, name) for name in FIELDS}

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Return the scenario with these fields; what is absent has its default.

        Parameters
        ----------
        fields : mapping of str to object

        Returns
        -------
        Scenario

        Raises
        ------
        ScenarioError
            If it is no mapping, or a field is unknown or out of range.

        Examples
        --------
        >>> Scenario.from_dict({"users": 500, "failure_rate": 0.05})
        Scenario(users=500, failure_rate=0.05)
        """
        if not isinstance(fields, Mapping):
            raise ScenarioError("scenario", fields, "a mapping of field names to values")
        _check_names(fields)
        return cls(**fields)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        r"""Return the scenario in a TOML or JSON file (a name that ends in ``.json``).

        Parameters
        ----------
        path : path

        Returns
        -------
        Scenario

        Raises
        ------
        ScenarioError
            If the file is missing, not UTF-8, not TOML or JSON, or says something that is not allowed.
        ParameterError
            If `path` is none.

        Examples
        --------
        >>> import pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = pathlib.Path(folder, "slow.toml")
        ...     _ = path.write_text("users = 500\nusers_per_s = 5\n")
        ...     Scenario.load(path)
        Scenario(users=500, users_per_s=5.0)
        """
        import tomllib

        wanted = "a readable TOML or JSON file of scenario fields"
        is_json = Path(file_path("path", path)).suffix.lower() == ".json"
        try:
            text = read_text(path, most=_MOST_OF_A_FILE)
            fields = json.loads(text) if is_json else tomllib.loads(_with_short_lines(text))
        except (ValueError, RecursionError) as error:
            raise ScenarioError("the file", os.fspath(path), wanted, hint=f" Reason: {error}.") from None
        try:
            return cls.from_dict(fields)
        except ScenarioError as error:
            error.args = (f"{path}: {error}",)
            raise

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the scenario as TOML, or as JSON where the name ends in ``.json``, and return the path.

        A field that is None is absent from TOML, which has no null. The file is whole or not there; a link is
        followed, and a file that is replaced keeps its mode.

        Parameters
        ----------
        path : path

        Returns
        -------
        Path

        Examples
        --------
        >>> import pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Scenario(users=500).save(pathlib.Path(folder, "mine.toml"))
        ...     path.read_text().splitlines()[:3]
        ['users = 500', 'batch_size = 50', 'failure_rate = 0.02']
        """
        target = Path(file_path("path", path))
        if target.suffix.lower() == ".json":
            text = json.dumps(self.to_dict(), indent=2) + "\n"
        else:
            # for these values (numbers, and strings that need no more than quotes) JSON and TOML agree
            given = {name: value for name, value in self.to_dict().items() if value is not None}
            text = "".join(f"{name} = {json.dumps(value)}\n" for name, value in given.items())
        with written_aside(target) as file:
            file.write(text)
        return target


def scenario_of(given: Any) -> Scenario:
    """Return what was given, if it is a scenario.

    Raises
    ------
    ParameterError
        If it is anything else.
    """
    if not isinstance(given, Scenario):
        hint = f" For so many users give Scenario(users={brief(given)})." if is_whole(given) else ""
        raise ParameterError("scenario", given, "a Scenario, such as PRESETS['calm']", hint=hint)
    return given


def _with_short_lines(text: str) -> str:
    """Return the text of a TOML file, if no line of it can take long: a key with many dots takes minutes."""
    for place, line in enumerate(text.split("\n"), start=1):
        if len(line) > _LONGEST_LINE and not line.startswith("#"):
            raise ValueError(f"line {place} has more than {_LONGEST_LINE} characters, and is no comment")
    return text


def _check_names(fields: Mapping[str, Any]) -> None:
    """Refuse the first that is no field of a scenario."""
    for name, value in fields.items():
        if name not in FIELDS:
            hint = suggestion(name, list(FIELDS))
            raise ScenarioError(f"the field {brief(name)}", value, "one of " + ", ".join(FIELDS), hint=hint)


#: Every field's rule, in the order of the signature.
FIELDS: Mapping[str, Rule] = {field.name: field.metadata["rule"] for field in dataclasses.fields(Scenario)}
_DEFAULTS: Mapping[str, Any] = {field.name: field.default for field in dataclasses.fields(Scenario)}
