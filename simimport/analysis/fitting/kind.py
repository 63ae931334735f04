"""Imports of one kind that were watched, and what they and a running one together leave likely of it.

Fits what must be fitted, once; says nothing in words, and puts no forecast together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from simimport.analysis.fitting.check import Checked, checked, checked_running
from simimport.analysis.fitting.likely.posterior import Likely, Posterior, posterior
from simimport.analysis.fitting.likely.running import likely_of_running
from simimport.analysis.fitting.shown.evidence import Evidence, same_import

__all__ = ["Kind"]


class Kind:
    """Watched imports of one kind.

    Parameters
    ----------
    parts : sequence of Evidence
    seed : int
        Of the draws.
    """

    def __init__(self, parts: Sequence[Evidence], seed: int) -> None:
        self.parts: tuple[Evidence, ...] = tuple(parts)
        self._seed = seed
        self._posteriors: dict[tuple[int, ...], Posterior] = {}
        self._checks: dict[tuple[int, ...], Checked] = {}
        # of the last import that those before hardly foresaw: in a silence it shows nothing new
        self._together: tuple[Any, Posterior] | None = None
        self._silent: tuple[Any, Likely | None] | None = None
        if len(self.parts) == 1:
            # who fits one import is often asked about the same
            self._together = (_shown((), self.parts[0]), self.posterior)

    @property
    def posterior(self) -> Posterior:
        """What all of them leave likely."""
        return self._posterior_of(tuple(range(len(self.parts))))

    @property
    def check(self) -> Checked:
        """Whether they look like the model."""
        return self._check_of(tuple(range(len(self.parts))))

    def likely_of(
        self, part: Evidence, rng: np.random.Generator, *, failures_too: bool = True
    ) -> Likely | None:
        """Return what is likely of an import: those before decide, and what it shows itself.

        What it shows of failures is weighed only if it matters: it takes most of the time.
        """
        others = self._others(part)
        if not part.processed:
            return self._posterior_of(others).likely(None, rng)
        if others:
            likely = likely_of_running(self._posterior_of(others), part, rng, failures_too=failures_too)
            if likely is not None:
                return likely
        return self._with(others, part).likely(len(others), rng)

    def likely_in_silence(self, part: Evidence) -> Likely | None:
        """Return the same of times, by draws of its own: while an import is silent, it shows nothing new."""
        key = _shown(self._others(part), part)
        if self._silent is None or self._silent[0] != key:
            rng = np.random.default_rng([self._seed, 4])
            self._silent = (key, self.likely_of(part, rng, failures_too=False))
        return self._silent[1]

    def checks_of(self, part: Evidence, likely: Likely, *, failures_too: bool = True) -> list[Checked]:
        """Return whether the imports before look like the model, and whether this one looks as is likely."""
        others = self._others(part)
        before = [self._check_of(others)] if others else []
        return [*before, checked_running(part, likely, self._seed, failures_too=failures_too)]

    def is_alone(self, part: Evidence) -> bool:
        """Return whether nothing but an import itself tells what is likely of it."""
        return not self._others(part)

    def note_on(self, part: Evidence) -> str:
        """Return what those before cannot tell of an import that has not shown it itself; or nothing."""
        others = self._others(part)
        return "" if len(part.last) or not others else self._posterior_of(others).notes.get("night_cv", "")

    def _with(self, others: tuple[int, ...], part: Evidence) -> Posterior:
        """Return what some imports and another one leave likely together."""
        key = _shown(others, part)
        if self._together is None or self._together[0] != key:
            parts = [*(self.parts[place] for place in others), part]
            self._together = (key, posterior(parts, self._seed))
        return self._together[1]

    def _others(self, part: Evidence) -> tuple[int, ...]:
        return tuple(place for place, other in enumerate(self.parts) if not same_import(part, other))

    def _posterior_of(self, places: tuple[int, ...]) -> Posterior:
        if places not in self._posteriors:
            self._posteriors[places] = posterior([self.parts[place] for place in places], self._seed)
        return self._posteriors[places]

    def _check_of(self, places: tuple[int, ...]) -> Checked:
        if places not in self._checks:
            parts = [self.parts[place] for place in places]
            self._checks[places] = checked(parts, self._posterior_of(places), self._seed)
        return self._checks[places]


def _shown(others: tuple[int, ...], part: Evidence) -> tuple[Any, ...]:
    """Return all that a posterior of some imports and another one takes of that one."""
    columns = (part.first, part.last, part.seconds, part.noise_s2, part.failed)
    before = (part.before, part.failed_before)
    return (others, part.users, part.sizes, part.dated, *before, *(column.tobytes() for column in columns))
