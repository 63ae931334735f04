"""Record: what a run holds, and what follows from it for the rooms that show it, save it or serve it.

Everything is a look-up in the course; reading changes nothing. The public face of a record is `Run`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from simimport.model.dialects import DOCS, Dialect
from simimport.model.run.course import Course, Ending, ending
from simimport.model.run.timeline import Timeline, timeline
from simimport.model.run.truth import Truth
from simimport.model.run.wire import Document
from simimport.model.scenario import Scenario
from simimport.version import __version__

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Record"]


@dataclass(frozen=True, eq=False, repr=False)
class Record:
    """What a run holds.

    Parameters
    ----------
    scenario : Scenario
        Its parameters; of a branch, those of its future.
    seed : int
        Likewise.
    course : Course
        What would happen if nobody interrupted: everything that was drawn.
    clear_us : int or None
        When ``import.clear`` was called, in microseconds after the creation, if it was.
    given : DataFrame or None
        The staged people, where they were given; None where they are generated.
    existing : int
        How many people were on the server already.
    origin : mapping or None
        Of a run that was made from another: its ``parent`` (an origin likewise, with ``code``, ``scenario``
        and ``seed``), the ``call`` that made it, ``at_s`` and ``changes``.
    saved_versions : mapping or None
        The versions that drew it, where it was drawn elsewhere and saved.
    """

    scenario: Scenario
    seed: int
    course: Course = field(repr=False)
    clear_us: int | None = None
    given: pd.DataFrame | None = None
    existing: int = 0
    origin: Mapping[str, Any] | None = None
    saved_versions: Mapping[str, str] | None = None

    @cached_property
    def ending(self) -> Ending:
        """How the course ends, in microseconds and batches."""
        return ending(self.course, self.clear_us)

    @cached_property
    def truth(self) -> Truth:
        """What happened, up to the end: users and batches as arrays."""
        return Truth(self.course, self.ending, self.clear_us)

    def timeline(self, dialect: Dialect = DOCS) -> Timeline:
        """Return every change of the published document, as that dialect has it."""
        if dialect.name not in self._timelines:
            self._timelines[dialect.name] = timeline(self.course, self.clear_us, dialect)
        return self._timelines[dialect.name]

    @cached_property
    def _timelines(self) -> dict[str, Timeline]:
        return {}

    @cached_property
    def document(self) -> Document:
        """What never changes in the operation's document."""
        return Document.of(self.scenario, self.course.segments[0].seed)

    @cached_property
    def versions(self) -> Mapping[str, str]:
        """The versions that drew it: of simimport, numpy and faker."""
        if self.saved_versions is not None:
            return self.saved_versions
        from importlib.metadata import version

        import numpy as np

        return {"simimport": __version__, "numpy": np.__version__, "faker": version("faker")}

    @property
    def code(self) -> str:
        """The line of code that makes this run again."""
        if self.origin is not None:
            return f"{self.origin['parent']['code']}.{self.origin['call']}"
        fields = self.scenario.changed()
        arguments = [f"{name}={value!r}" for name, value in fields.items() if not self._is_length(name)]
        arguments += ["staged=users"] if self.given is not None else []
        arguments += ["existing=existing"] if self.existing else []
        return f"simulate({', '.join([*arguments, f'seed={self.seed}'])})"

    def _is_length(self, name: str) -> bool:
        """Return whether a field is the number of given users, which they have themselves."""
        return name == "users" and self.given is not None
