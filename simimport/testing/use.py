"""What one test asks the plugin for, what it has taken of it, and how a report tells both.

Decides nothing, and keeps no test: the plugin does, and loads this for the tests that use it.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import TYPE_CHECKING

from simimport.show.words import number

if TYPE_CHECKING:
    import pytest

    from simimport.service.journal import Journal
    from simimport.service.service import ImportService
    from simimport.testing.marker import Asked

__all__ = ["Use", "test_id"]

#: Of a schedule of more faults only their number is shown: the marker has it.
_SHOWN_FAULTS = 12


@dataclass
class Use:
    """What one test asks for, and what it has taken.

    Parameters
    ----------
    marks : list of pytest.Mark
        Its markers, as they were read.
    asked : Asked
        What they ask for together.
    seed : int
    origin, option : str
        Where the seed comes from, in words, and the option that repeats it.
    """

    marks: list[pytest.Mark]
    asked: Asked
    seed: int
    origin: str
    option: str
    #: what its fixtures made: a label, and how to show it when it is wanted
    made: dict[str, Callable[[], str]] = field(default_factory=dict)
    service: ImportService | None = None
    _first_log: Journal | None = None

    def make(self, service: ImportService) -> None:
        """Take note of the test's service."""
        self.service, self._first_log = service, service.log
        self.made["service"] = lambda: _code(service, self.asked)
        self.made["which is"] = lambda: repr(service)

    def take_over(self, before: Use) -> None:
        """Take what the test had before it asked for something else."""
        self.made, self.service, self._first_log = before.made, before.service, before._first_log

    def section(self, item: pytest.Item) -> str:
        """Return what the report of a failed test says of it: the seed, and how to repeat it."""
        lines = {
            "seed": f"{self.seed} ({self.origin})",
            "again": f"pytest {_doctest_options(item)}{shlex.quote(_id_from_here(item))}{self.option}",
            **{label: show() for label, show in self.made.items()},
        }
        width = max(map(len, lines))
        return "\n".join(f"{label:{width}}  {line}" for label, line in lines.items())

    @property
    def unstruck(self) -> str:
        """What is to be said of faults that never struck; empty where there is nothing to say."""
        if self.service is None or not self.service.faults:
            return ""
        faults, left = self.service.faults, self.service.faults.unstruck
        # of a long schedule the end is rarely reached, and need not be
        if not left or (len(left) < len(faults) and len(faults) > _SHOWN_FAULTS):
            return ""
        named = ", ".join(map(repr, left)) if len(left) <= _SHOWN_FAULTS else f"all {number(len(left))}"
        # a reset begins a life, with a journal of its own, and forgets what struck before
        since = "" if self.service.log is self._first_log else ", since its last reset"
        return f"faults that never struck{since}: {named}"


def test_id(item: pytest.Item) -> str:
    """Return the name of a test."""
    # not item.nodeid, to which pytest-xdist adds the group of a test
    return f"{item.parent.nodeid}::{item.name}" if item.parent is not None else item.nodeid


def _id_from_here(item: pytest.Item) -> str:
    """Return the test's name as pytest takes it where it was started."""
    started = item.config.invocation_params.dir
    if started == item.config.rootpath:
        return test_id(item)
    path, colons, rest = test_id(item).partition("::")
    return os.path.relpath(item.config.rootpath / path, started) + colons + rest


def _doctest_options(item: pytest.Item) -> str:
    """Return the options without which pytest finds no doctest in a file; with a blank behind."""
    import pytest

    if not isinstance(item, pytest.DoctestItem):
        return ""
    if item.path.suffix == ".py":
        return "--doctest-modules "
    globs = [glob for glob in item.config.getoption("doctestglob") or [] if fnmatch(item.path.name, glob)]
    return "".join(f"{shlex.quote(f'--doctest-glob={glob}')} " for glob in globs)


def _code(service: ImportService, asked: Asked) -> str:
    """Return the line of code that makes the service again."""
    from simimport.service.clock import ManualClock

    parts = [repr(service.scenario), f"seed={service.seed}"]
    if type(service.clock) is not ManualClock:
        parts.append("clock=import_clock")
    if service.dialect != "docs":
        parts.append(f"dialect={service.dialect!r}")
    if 0 < len(service.faults) <= _SHOWN_FAULTS:
        parts.append(f"faults={service.faults!r}")
    elif service.faults:
        parts.append(f"faults=<the {number(len(service.faults))} of its marker>")
    if asked.autostart is not False:
        parts.append("autostart=True" if asked.autostart is True else "autostart=<the frame of its marker>")
    return f"ImportService({', '.join(parts)})"
