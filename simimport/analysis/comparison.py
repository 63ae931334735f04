"""What `compare` found, as people read it: a table of a few columns, and a sentence to be pasted.

Compares nothing: it holds the numbers, and says them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from simimport.analysis.estimates import Estimates
from simimport.errors import ParameterError, suggestion
from simimport.show import html
from simimport.show.words import counted, duration, number, percent, printable

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Comparison", "changes_of", "p_in_words"]

_MOST_CHANGES = 3
_MEANS = ("duration_s", "importing_s", "imported", "failed")
#: By measure: how a difference of it is said, where it is above 0, below, and where there is none.
_SAID = {
    "duration_s": ("an import takes {} longer", "an import takes {} less", "an import takes as long"),
    "importing_s": ("importing takes {} longer", "importing takes {} less", "importing takes as long"),
    "imported": ("{} more users are imported", "{} fewer users are imported", "as many users are imported"),
    "failed": ("{} more users fail", "{} fewer users fail", "as many users fail"),
    **{
        name: tuple(f"{many} of the imports {end}" for many in ("{} more", "{} less", "as many"))
        for name, end in (("done", "are done"), ("canceled", "are canceled"), ("error", "end in an error"))
    },
}  # fmt: skip


class Comparison(Estimates):
    """What `compare` returns: an ordinary frame of differences, shown as people read it.

    Attributes
    ----------
    pairs : int
        How many were compared.
    level : float
        Of the intervals.
    changes : str
        What the second has that the first has not, as far as that is known.
    """

    _kind = "Comparison"
    _first = ("difference", "p", "first", "second")
    _metadata: ClassVar[list[str]] = ["pairs", "level", "changes"]
    pairs: int
    level: float
    changes: str

    @classmethod
    def of(cls, table: pd.DataFrame, *, pairs: int, level: float, changes: str) -> Comparison:
        """Return it from its table, and from what else is known."""
        made = cls(table)
        made.pairs, made.level, made.changes = pairs, level, changes
        return made

    def sentence(self, measure: str = "duration_s") -> str:
        """Return what was found of a measure, in words that can be pasted.

        Raises
        ------
        ParameterError
            If there is no such measure.

        Examples
        --------
        >>> from simimport import Scenario, compare
        >>> few = Scenario(users=1000, failure_rate=0.02)
        >>> found = compare(few, few.replace(failure_rate=0.03), replicates=50)
        >>> found.sentence("failed").split(" (")[0]
        'With failure_rate 0.03 instead of 0.02, 10.2 more users fail in the mean'
        """
        measures = list(map(str, self.index))
        if measure not in measures:
            raise ParameterError("measure", measure, ", ".join(measures), hint=suggestion(measure, measures))
        row: dict[Any, float] = self.loc[measure].to_dict()
        pairs = f"{counted(self.pairs, 'pair')} of the same seeds"
        begin = f"With {self.changes}" if self.changes else "In the second"
        if math.isnan(row["difference"]):
            return f"{begin}: nothing is known of {measure} ({pairs})."
        more, less, none = _SAID[measure]
        if row["difference"] == row["low"] == row["high"] == 0:
            return f"{begin}, {none} in every pair ({pairs})."
        phrase = more if row["difference"] > 0 else less if row["difference"] < 0 else none
        phrase = phrase.format(_amount(measure, abs(row["difference"])))
        if measure in _MEANS:
            phrase += " in the mean"
        if row["difference"] and not row["p"] <= 1 - self.level:
            phrase += ", which chance alone may explain"
        return f"{begin}, {phrase} ({self._evidence(measure, row)}{pairs})."

    def _evidence(self, measure: str, row: Mapping[Any, float]) -> str:
        if math.isnan(row["low"]):
            return ""
        low, high = (
            _amount(measure, abs(row[end])).removesuffix(" percentage points") for end in ("low", "high")
        )
        if row["low"] < 0 < row["high"]:
            ends = f"from {low} less to {high} more"
        else:
            ends = f"{high} to {low}" if row["high"] <= 0 else f"{low} to {high}"
        return f"{percent(self.level)} interval {ends}; {p_in_words(row['p'])}; "

    def in_words(self) -> pd.DataFrame:
        """Return the table in fewer columns, each difference with its limits, as texts.

        Times are in seconds, shares of all pairs.

        Examples
        --------
        >>> from simimport import Scenario, compare
        >>> few = Scenario(users=1000, failure_rate=0.02)
        >>> compare(few, few.replace(failure_rate=0.03), replicates=50).in_words().loc["failed"].tolist()
        ['19.18', '29.34', '10.2 (9.5 to 10.9)', '< 0.0001']
        """
        return super().in_words()

    def _words(self, rows: pd.DataFrame) -> pd.DataFrame:
        made = super()._words(rows)
        made["p"] = [_p(p) for p in rows["p"]]
        return made

    def __repr__(self) -> str:
        return f"{super().__repr__()}\n{self.sentence()}"

    def _cell(self, key: Any, name: str, value: Any, limits: Sequence[float]) -> str:
        return html.text(_p(value)) if name == "p" else super()._cell(key, name, value, limits)

    def _is_time(self, key: Any, name: str) -> bool:
        return str(key).endswith("_s")

    def _facts(self) -> tuple[str, ...]:
        pairs = f"{counted(self.pairs, 'pair')} of the same seeds"
        return pairs, f"{percent(self.level)} intervals"

    def _notes(self) -> tuple[str, ...]:
        return (html.note(html.text(self.sentence())),)


def p_in_words(p: float) -> str:
    """Return a p as it is printed: no digits beyond two, and none of what is next to nothing.

    Examples
    --------
    >>> p_in_words(0.03125), p_in_words(1.0), p_in_words(2e-9), p_in_words(0.00034)
    ('p = 0.031', 'p = 1', 'p < 0.0001', 'p = 0.00034')
    """
    if p < 0.0001:
        return "p < 0.0001"
    return f"p = {number(float(f'{p:.2g}'))}"


def _p(p: float) -> str:
    return p_in_words(p).removeprefix("p = ").removeprefix("p ")


def _amount(measure: str, size: float) -> str:
    if measure.endswith("_s"):
        return duration(size)
    if measure in _MEANS:
        return number(float(f"{size:.3g}"))
    # not in per cent, of which nobody could tell whether they are of the first's share
    return f"{number(round(100 * size, 1))} percentage points"


def changes_of(first: Mapping[str, Any], second: Mapping[str, Any]) -> str:
    """Return what the second has instead of the first, of what is known of both.

    Examples
    --------
    >>> changes_of({"users": 500, "slowdown": 0.0}, {"users": 8000, "slowdown": 0.0})
    'users 8,000 instead of 500'
    """
    changed = [
        f"{name} {_value(second[name])} instead of {_value(first[name])}"
        for name in second
        if name in first and _value(second[name]) != _value(first[name])
    ]
    more = len(changed) - _MOST_CHANGES
    if more > 0:
        changed = [*changed[:_MOST_CHANGES], f"{counted(more, 'other change')}"]
    return " and ".join([", ".join(changed[:-1]), changed[-1]]) if len(changed) > 1 else "".join(changed)


def _value(value: Any) -> str:
    if isinstance(value, str):
        return printable(value)
    # a field that is not given is missing in frames
    return "none" if value is None or math.isnan(value) else number(value)
