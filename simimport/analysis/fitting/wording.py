"""How the parameters of a fit are said, each in its own unit, what they mean, and how chances are said.

Estimates nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from simimport.model.scenario import Scenario
from simimport.show.words import duration, number, percent

__all__ = ["chance", "form_of", "meaning_of"]

_FORMS: dict[str, Callable[[float], str]] = {
    "night_cv": percent, "stall_rate": percent, "stall_s": duration, "failure_rate": percent,
}  # fmt: skip
#: Of those that are no fields of a scenario.
_MEANINGS = {"night_cv": "how much the speed differs from one import to another"}


def form_of(parameter: str) -> Callable[[float], str]:
    """Return what says the figures of a parameter.

    Examples
    --------
    >>> form_of("stall_s")(90), form_of("failure_rate")(0.05), form_of("users_per_s")(29.786)
    ('1 min 30 s', '5 %', '29.79')
    """
    return _FORMS.get(parameter, number)


def meaning_of(parameter: str) -> str:
    """Return what a parameter means.

    Examples
    --------
    >>> meaning_of("failure_rate"), meaning_of("night_cv")
    ('probability per user that its import fails', 'how much the speed differs from one import to another')
    """
    fields = Scenario.__dataclass_fields__
    return _MEANINGS[parameter] if parameter in _MEANINGS else str(fields[parameter].metadata["about"])


def chance(probability: float) -> str:
    """Return a probability as a share of imports; what is less likely than numbers can tell may happen still.

    Examples
    --------
    >>> chance(0.0), chance(0.25)
    ('under 0.0001 %', '25 %')
    """
    return percent(max(probability, 1e-300))
