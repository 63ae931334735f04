"""What a sweep is: its cells, its rows, how they are cut into chunks, and the frame that they make.

Runs nothing and writes nothing: that is `sweep` and `store`.
"""

from __future__ import annotations

import itertools
import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from operator import length_hint
from typing import TYPE_CHECKING, Any

import numpy as np

from simimport.analysis.sweeps.worker import FINALS, NUMBERS, Job, Piece, plain, versions
from simimport.errors import ParameterError, ScenarioError, suggestion
from simimport.memory import CELL, VALUE, check_room
from simimport.model.columns import frame, string_dtype
from simimport.model.instants import timestamp
from simimport.model.scenario import FIELDS, Scenario
from simimport.model.seeds import derive_all

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from simimport.model.people.decisions import Decisions

    Ints = NDArray[np.int64]

__all__ = ["Cells", "Plan", "cells_of"]

# A run costs about as much as drawing its users and this many more.
_RUN_USERS = 4_000
# A chunk's work, in users: at the least some 120 ms, so that handing it out costs little beside; at the most
# some two seconds, so that it is soon stored.
_LEAST_USERS, _MOST_USERS = 40_000_000, 600_000_000
_CHUNKS = 128
_KINDS = {int: "int64", float: "float64"}


@dataclass(frozen=True)
class Cells:
    """The scenarios of a sweep, and what tells them apart.

    Parameters
    ----------
    names : tuple of str
        The swept fields, or ``scenario``.
    keys : list of tuple
        Per cell, their values.
    scenarios : list of Scenario
        Per cell.
    """

    names: tuple[str, ...]
    keys: list[tuple[Any, ...]]
    scenarios: list[Scenario]

    def column(self, place: int) -> Any:
        """Return one key's values as an array, one per cell, of the kind that the field has."""
        import pandas as pd

        name, values = self.names[place], [key[place] for key in self.keys]
        kind = _KINDS.get(FIELDS[name].kind if name in FIELDS else type(values[0]))
        if kind is None:
            return pd.Series(values, dtype=string_dtype()).array
        return np.array(values, dtype=kind)


def cells_of(base: Scenario | None, over: Any) -> Cells:
    """Return the cells that `sweep`'s first two arguments mean.

    Raises
    ------
    ParameterError
        If there are none, or they are not what `sweep` takes.
    """
    if base is not None and not isinstance(base, Scenario):
        raise ParameterError("base", base, "a Scenario, such as PRESETS['calm'], or None for the default")
    if isinstance(over, Mapping):
        entries = dict(over)
        if entries and all(isinstance(value, Scenario) for value in entries.values()):
            if not all(isinstance(name, str) for name in entries):
                raise ParameterError("over", over, "scenarios under names that are texts")
            return _cells_of_scenarios(base, list(entries), list(entries.values()))
        return _cells_of_fields(base or Scenario(), entries)
    if not isinstance(over, Iterable) or isinstance(over, (str, bytes)):
        raise ParameterError("over", over, "a mapping of field names to values, or a list of scenarios")
    scenarios = list(over)
    for place, scenario in enumerate(scenarios):
        if not isinstance(scenario, Scenario):
            raise ParameterError(f"over[{place}]", scenario, "a Scenario, as all of a list must be")
    return _cells_of_scenarios(base, list(range(len(scenarios))), scenarios)


def _cells_of_scenarios(base: Scenario | None, names: Sequence[Any], scenarios: list[Scenario]) -> Cells:
    if base is not None:
        raise ParameterError("base", base, "None where whole scenarios are swept: each says all itself")
    if not scenarios:
        raise ParameterError("over", scenarios, "at least one scenario")
    return Cells(("scenario",), [(name,) for name in names], scenarios)


def _cells_of_fields(base: Scenario, over: Mapping[Any, Any]) -> Cells:
    if not over:
        raise ParameterError("over", over, "at least one field with its values")
    values = [_values_of_field(name, choices) for name, choices in over.items()]
    names: tuple[str, ...] = tuple(over)
    combinations = math.prod(map(len, values))
    check_room("the number of combinations", combinations, CELL * combinations)
    keys, scenarios = [], []
    for key in itertools.product(*values):
        fields: dict[str, Any] = dict(zip(names, key, strict=True))
        try:
            scenario = base.replace(**fields)
        except ScenarioError as error:
            cell = ", ".join(f"{name}={value!r}" for name, value in fields.items())
            error.args = (f"over, cell {cell}: {error}",)
            raise
        scenarios.append(scenario)
        keys.append(tuple(getattr(scenario, name) for name in names))
    if len(set(keys)) < len(keys):
        twice, _ = Counter(keys).most_common(1)[0]
        cell_twice = dict(zip(names, twice, strict=True))
        raise ParameterError("over", cell_twice, "each value once; this cell is there twice")
    return Cells(names, keys, scenarios)


def _values_of_field(name: Any, choices: Any) -> list[Any]:
    if name not in FIELDS:
        hint = suggestion(name, list(FIELDS))
        raise ScenarioError(f"over: the field {name!r}", choices, "one of " + ", ".join(FIELDS), hint=hint)
    if isinstance(choices, (str, bytes)) or not isinstance(choices, Iterable):
        hint = f" For one value write [{choices!r}]."
        raise ParameterError(f"over[{name!r}]", choices, "a list of values", hint=hint)
    check_room(f"over[{name!r}]", choices, VALUE * length_hint(choices))
    values = list(choices)
    if not values:
        raise ParameterError(f"over[{name!r}]", values, "at least one value")
    return values


@dataclass(frozen=True)
class Plan:
    """A sweep before it is run.

    Parameters
    ----------
    cells : Cells
        Whose rows.
    replicates, seed : int
        As `sweep` takes them.
    people : Decisions or None
        What staged people decide.
    """

    cells: Cells
    replicates: int
    seed: int
    people: Decisions | None = None

    @property
    def rows(self) -> int:
        """The number of runs."""
        return len(self.cells.scenarios) * self.replicates

    @cached_property
    def bounds(self) -> list[int]:
        """Where chunks begin, and the number of rows; whoever runs them, so that a store can change hands."""
        weights = [scenario.users + _RUN_USERS for scenario in self.cells.scenarios]
        work = sum(weights) * self.replicates / _CHUNKS
        limit = min(max(work, _LEAST_USERS), _MOST_USERS)
        bounds, room = [0], limit
        for cell, weight in enumerate(weights):
            place, end = cell * self.replicates, (cell + 1) * self.replicates
            while place < end:
                # a run that is larger than a chunk leaves less than no room
                taken = min(int(room // weight), end - place)
                if taken < 1 and place > bounds[-1]:
                    bounds.append(place)
                    room = limit
                    continue
                taken = max(taken, 1)
                place += taken
                room -= taken * weight
        return [*bounds, self.rows]

    @property
    def chunks(self) -> int:
        """The number of chunks."""
        return len(self.bounds) - 1

    def size(self, chunk: int) -> int:
        """Return how many rows a chunk has."""
        return self.bounds[chunk + 1] - self.bounds[chunk]

    def job(self, chunk: int) -> Job:
        """Return a chunk as plain data."""
        pieces: list[Piece] = []
        for cell, first, last in self.pieces(chunk):
            pieces.append((self._dated_scenarios[cell].to_dict(), first, last))
        return Job(versions(), self.seed, self._plain_people, pieces)

    def pieces(self, chunk: int) -> Iterator[tuple[int, int, int]]:
        """Return, of a chunk, each cell with its first replicate and the one after its last."""
        place, end = self.bounds[chunk : chunk + 2]
        while place < end:
            cell, first = divmod(place, self.replicates)
            last = min(self.replicates, first + end - place)
            yield cell, first, last
            place += last - first

    @cached_property
    def _plain_people(self) -> dict[str, Any] | None:
        return plain(self.people)

    @cached_property
    def _dated_scenarios(self) -> list[Scenario]:
        """The scenarios, with ``now`` said: as of the beginning of the sweep."""
        from simimport.realtime import now

        present = timestamp(now())
        return [
            scenario.replace(epoch=present) if scenario.epoch == "now" else scenario
            for scenario in self.cells.scenarios
        ]

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What makes this sweep the one that it is, as JSON takes it."""
        return {
            "versions": versions(),
            "over": list(self.cells.names),
            "cells": [
                {"key": list(key), "scenario": scenario.to_dict()}
                for key, scenario in zip(self.cells.keys, self.cells.scenarios, strict=True)
            ],
            "replicates": self.replicates,
            "seed": self.seed,
            "staged": _digest_of(self.people),
            "rows": self.rows,
            "chunks": self.chunks,
        }

    @property
    def columns(self) -> dict[str, Any]:
        """Empty columns for all rows, for `fill`."""
        numbers = {name: np.empty(self.rows, dtype=np.int64) for name in NUMBERS[3:]}
        times = {name: np.empty(self.rows) for name in ("duration_s", "importing_s")}
        return {"final": np.empty(self.rows, dtype=np.int8), **times, **numbers}

    def fill(self, columns: Mapping[str, Any], chunk: int, numbers: Ints) -> None:
        """Write a chunk's numbers to where they belong."""
        place = slice(*self.bounds[chunk : chunk + 2])
        columns["final"][place] = numbers[:, 0]
        columns["duration_s"][place] = numbers[:, 1] / 1e6
        columns["importing_s"][place] = numbers[:, 2] / 1e6
        for column, name in enumerate(NUMBERS[3:], start=3):
            columns[name][place] = numbers[:, column]

    def frame(self, columns: dict[str, Any]) -> pd.DataFrame:
        """Return the frame `sweep` of filled columns."""
        cells, times = len(self.cells.scenarios), self.replicates
        final = columns["final"]
        made = frame("sweep", {
            **columns,
            "replicate": np.tile(np.arange(times), cells),
            "seed": np.tile(derive_all(self.seed, 0, times), cells),
            "final": np.array(FINALS, dtype=object)[final],
            "ended_itself": final != FINALS.index("canceled"),
        })  # fmt: skip
        for place, name in enumerate(self.cells.names):
            made.insert(place, name, self.cells.column(place).repeat(times))
        return made


def _digest_of(people: Decisions | None) -> str | None:
    """Return a digest of what staged people decide: nothing else of them counts."""
    if people is None:
        return None
    rest = json.dumps([sorted(people.slow_s.items()), people.cancel, people.crash])
    content = people.decided.tobytes() + people.reason.tobytes() + rest.encode()
    return blake2b(content, digest_size=16).hexdigest()
