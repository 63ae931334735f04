"""PRESETS: scenarios named for what people see.

`data/scenarios/` holds the same as TOML, for those who do not write Python; a test holds them equal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from simimport.errors import ParameterError, suggestion
from simimport.model.scenario import Scenario
from simimport.show.shown import Shown

__all__ = ["PRESETS", "Presets", "UnknownPresetError"]


class UnknownPresetError(ParameterError, KeyError):
    """There is no preset of that name."""


class Presets(Shown, Mapping[str, Scenario]):
    """Scenarios by name, and a line about each.

    Examples
    --------
    >>> from simimport import PRESETS, simulate
    >>> list(PRESETS)[:3]
    ['page_example', 'calm', 'flaky']
    >>> PRESETS["flaky"].failure_rate, PRESETS.about("flaky")
    (0.15, 'Many failures, uneven speed and now and then a stall')
    >>> simulate(PRESETS["crash_midway"], seed=7).final
    <State.ERROR: 'error'>
    """

    _card: ClassVar[str] = "simimport.model.cards:presets"

    def __init__(self, presets: Mapping[str, tuple[str, Scenario]]) -> None:
        self._presets = dict(presets)

    def __getitem__(self, name: str) -> Scenario:
        return self._find(name)[1]

    def __iter__(self) -> Iterator[str]:
        return iter(self._presets)

    def __len__(self) -> int:
        return len(self._presets)

    def about(self, name: str) -> str:
        """Return the line about a preset.

        Parameters
        ----------
        name : str

        Returns
        -------
        str
        """
        return self._find(name)[0]

    def _find(self, name: str) -> tuple[str, Scenario]:
        try:
            return self._presets[name]
        except (KeyError, TypeError):
            hint = suggestion(name, list(self))
            raise UnknownPresetError("preset", name, ", ".join(self), hint=hint) from None

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name in self._presets

    def __repr__(self) -> str:
        width = max(map(len, self))
        lines = [f"  {name:{width}}  {about}" for name, (about, _) in self._presets.items()]
        return "\n".join(["PRESETS:", *lines])


PRESETS = Presets({
    "page_example": (
        "The documentation page's example: 8,000 users, ready at once",
        Scenario(new_s=0.0),
    ),
    "calm": (
        "A steady import in which nearly everything works",
        Scenario(users=2000, failure_rate=0.002, latency_cv=0.2),
    ),
    "flaky": (
        "Many failures, uneven speed and now and then a stall",
        Scenario(
            users=2000, failure_rate=0.15, failure_clustering=0.1, latency_cv=1.5,
            stall_rate=0.05, stall_s=20.0,
        ),
    ),
    "all_fail": (
        "Every single user fails; the operation is done all the same",
        Scenario(users=500, failure_rate=1.0),
    ),
    "empty": (
        "The staging area was emptied before the run: nothing to do",
        Scenario(users=0),
    ),
    "one_user": (
        "One user: no counter moves before the end",
        Scenario(users=1, failure_rate=0.0),
    ),
    "exact_batch": (
        "Exactly one batch: the first flush is the last",
        Scenario(users=50, failure_rate=0.0),
    ),
    "batch_plus_one": (
        "One user more than a batch: the last flush brings a single user",
        Scenario(users=51, failure_rate=0.0),
    ),
    "canceled_early": (
        "An administrator interrupts it within the first batch",
        Scenario(users=2000, cancel_rate=1.0, cancel_at=0.0),
    ),
    "canceled_midway": (
        "An administrator interrupts it halfway",
        Scenario(users=2000, cancel_rate=1.0, cancel_at=0.5),
    ),
    "crash_midway": (
        "It crashes halfway: counters stay at the last flush",
        Scenario(users=2000, crash_rate=1.0, crash_at=0.51),
    ),
    "stuck_at_zero": (
        "Ten minutes pass before the first counter moves",
        Scenario(users=2000, stall_at=0.0, stall_s=600.0),
    ),
    "stalls_at_99": (
        "It hurries to 99 % and then seems dead for ten minutes",
        Scenario(users=5000, stall_at=0.99, stall_s=600.0),
    ),
    "slows_down": (
        "The last user takes five times as long as the first",
        Scenario(users=4000, slowdown=4.0),
    ),
    "done_but_nobody_imported": (
        "Done, 100 % processed, and nobody was imported",
        Scenario(users=120, failure_rate=1.0, failure_clustering=1.0),
    ),
    "clustered_failures": (
        "One user in ten fails, whole batches at a time",
        Scenario(users=4000, failure_rate=0.1, failure_clustering=0.9),
    ),
    "csv_upload": (
        "A traditional importer: it loads a file first",
        Scenario(users=1000, importer="csv", loading_s=12.0),
    ),
    "restless_admin": (
        "One import in two is interrupted, one in ten crashes",
        Scenario(users=2000, cancel_rate=0.5, crash_rate=0.1),
    ),
    "big": (
        "A hundred thousand users: about an hour",
        Scenario(users=100_000),
    ),
})  # fmt: skip
