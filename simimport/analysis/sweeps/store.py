"""A sweep's folder on disk: a manifest that says which sweep it is, and a file for each finished chunk.

Each file is written aside and renamed, so that whatever is there is whole. Runs nothing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simimport.analysis.sweeps.plan import Cells, Plan
from simimport.analysis.sweeps.worker import FINALS, NUMBERS
from simimport.checks import whole
from simimport.errors import ParameterError, RecordError
from simimport.model.files import content_of, read_bytes, read_text, written_aside
from simimport.model.scenario import FIELDS, Scenario
from simimport.model.seeds import resolve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

__all__ = ["Store", "open_store", "read_store"]

MANIFEST = "sweep.json"
_FORMAT = 1
_DIGEST_BYTES = 16
_NUMBER = np.dtype("<i8")
# a cell takes 1 kB of it
_MOST_OF_A_MANIFEST = 2**28
# in users, as a plan counts a chunk's work: beyond it there are more chunks than names for them
_MOST_WORK = 10**7 * 256_000_000
# what the facts of a manifest are called where they are not those wanted
_NAMES = {"over": "swept fields", "cells": "scenarios", "staged": "staged people"}


class Store:
    """The folder of one sweep.

    Parameters
    ----------
    folder : Path
        Where it is.
    plan : Plan
        Of which sweep.
    digest : bytes
        Of its manifest: every chunk is sealed with it, so that none of another sweep's passes for one.
    """

    def __init__(self, folder: Path, plan: Plan, digest: bytes) -> None:
        self.folder = folder
        self.plan = plan
        self._digest = digest

    def write(self, chunk: int, numbers: Ints) -> None:
        """Keep a chunk's numbers."""
        data = np.ascontiguousarray(numbers, dtype=_NUMBER).tobytes()
        with written_aside(self._chunk_path(chunk), "wb") as file:
            file.write(self._seal_of(chunk, data))
            file.write(data)

    def read(self, chunk: int) -> Ints:
        """Return a chunk's numbers.

        Raises
        ------
        RecordError
            If the file is missing or damaged.
        """
        path = self._chunk_path(chunk)
        wanted = self.plan.size(chunk) * len(NUMBERS) * _NUMBER.itemsize
        try:
            content = read_bytes(path, most=_DIGEST_BYTES + wanted, stream=False)
        except ValueError:
            if not path.exists():
                raise RecordError(path, "this chunk is not there yet: run the sweep to its end") from None
            content = b""
        seal, data = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
        if len(data) == wanted and seal == self._seal_of(chunk, data):
            numbers = np.frombuffer(data, dtype=_NUMBER).astype(np.int64, copy=False)
            rows = numbers.reshape(-1, len(NUMBERS))
            # its seal is no secret: what is no row of a sweep is refused too
            if numbers.min(initial=0) >= 0 and rows[:, 0].max(initial=0) < len(FINALS):
                return rows
        raise RecordError(path, "the file is damaged; delete it, and run the sweep again to have it anew")

    def finished(self) -> list[int]:
        """Return the chunks that are there, each found whole.

        Raises
        ------
        RecordError
            If one is damaged.
        """
        there = [chunk for chunk in range(self.plan.chunks) if self._chunk_path(chunk).exists()]
        for chunk in there:
            self.read(chunk)
        return there

    def numbers_of_cells(self) -> Iterator[Ints]:
        """Return the numbers of one cell after the other, so that no more than one is in memory."""
        parts: list[Ints] = []
        for chunk in range(self.plan.chunks):
            numbers, place = self.read(chunk), 0
            for _, first, last in self.plan.pieces(chunk):
                parts.append(numbers[place : place + last - first])
                place += last - first
                if last == self.plan.replicates:
                    yield np.concatenate(parts)
                    parts = []

    def _chunk_path(self, chunk: int) -> Path:
        return self.folder / f"{chunk:07d}.rows"

    def _seal_of(self, chunk: int, data: bytes) -> bytes:
        seal = blake2b(data, digest_size=_DIGEST_BYTES, key=self._digest)
        # two chunks may hold the same numbers, and one renamed must not pass for the other
        seal.update(str(chunk).encode())
        return seal.digest()


def open_store(path: str | os.PathLike[str], plan: Plan) -> Store:
    """Return the store of a sweep in a folder: a new one, or the one that is there already.

    Raises
    ------
    ParameterError
        If `path` is no path, no folder, or a folder with something else in it.
    RecordError
        If the folder holds another sweep, one of other versions, or a damaged one.
    """
    folder = _checked_folder(path)
    text = json.dumps({"format": _FORMAT, **plan.facts}, indent=1)
    if (folder / MANIFEST).exists():
        _, kept = _read_manifest(folder)
        _refuse_another_sweep(folder, kept, json.loads(text))
        # the text as it is read back: a key such as -0.0 or 1e22 has one spelling then
        return Store(folder, plan, _digest_of(kept))
    if folder.exists() and content_of(folder):
        raise ParameterError("store", str(path), "a folder that is new, empty, or this sweep's own")
    folder.mkdir(exist_ok=True)
    sealed = {**json.loads(text), "digest": _digest_of(json.loads(text)).hex()}
    with written_aside(folder / MANIFEST) as file:
        file.write(json.dumps(sealed, indent=1) + "\n")
    return Store(folder, plan, _digest_of(sealed))


def read_store(path: str | os.PathLike[str]) -> Store:
    """Return the store in a folder, whichever sweep's it is.

    Raises
    ------
    ParameterError, RecordError
        If there is none, or it is damaged.
    """
    folder = _checked_folder(path)
    if not (folder / MANIFEST).exists():
        raise RecordError(folder, f"there is no {MANIFEST}, so this is no sweep's store")
    plan, facts = _read_manifest(folder)
    return Store(folder, plan, _digest_of(facts))


def _checked_folder(path: str | os.PathLike[str]) -> Path:
    try:
        folder = Path(path)
    except TypeError:
        folder = None
    if folder is None or not str(path) or (folder.exists() and not folder.is_dir()):
        raise ParameterError("store", path, "the path of a folder")
    if not folder.resolve().parent.is_dir():
        raise ParameterError("store", os.fspath(path), "a folder inside one that exists")
    return folder


def _read_manifest(folder: Path) -> tuple[Plan, dict[str, Any]]:
    path = folder / MANIFEST
    try:
        facts = _facts_of(read_text(path, most=_MOST_OF_A_MANIFEST, stream=False))
        plan = _plan_of(facts)
        fits = plan.chunks == facts["chunks"]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise RecordError(path, f"the manifest cannot be used ({error}); name another folder") from None
    if not fits:
        raise RecordError(path, "another version cut this sweep into other chunks; name another folder")
    return plan, facts


def _facts_of(text: str) -> dict[str, Any]:
    """Return what a manifest says; ValueError and its like if that cannot be."""
    facts: dict[str, Any] = json.loads(text)
    if facts["format"] != _FORMAT:
        raise ValueError(f"its format is {facts['format']}, and this version reads {_FORMAT}")
    if facts.pop("digest") != _digest_of(facts).hex():
        raise ValueError("its digest does not fit")
    return facts


def _plan_of(facts: Mapping[str, Any]) -> Plan:
    """Return the plan of a manifest, whoever wrote it; ValueError and its like if it is none of a sweep."""
    versions, names = facts["versions"], facts["over"]
    if not all(isinstance(text, str) for text in (*versions, *versions.values())):
        raise ValueError("its versions are no texts")
    if not names or not (names == ["scenario"] or all(name in FIELDS for name in names)):
        raise ValueError("its swept fields are no fields of a scenario")
    if facts["staged"] is not None and not isinstance(facts["staged"], str):
        raise ValueError("its digest of staged people is no text")
    scenarios = [Scenario.from_dict(cell["scenario"]) for cell in facts["cells"]]
    keys = [tuple(cell["key"]) for cell in facts["cells"]]
    for place, (key, scenario) in enumerate(zip(keys, scenarios, strict=True)):
        # sweeps name scenarios by texts, all of them, or number them
        name = key[0] if isinstance(keys[0][0], str) and isinstance(key[0], str) else place
        values = (name,) if names == ["scenario"] else tuple(getattr(scenario, field) for field in names)
        if key != values:
            raise ValueError(f"the key of cell {place} does not fit its scenario")
    replicates = whole("replicates", facts["replicates"], 1)
    if not scenarios or sum(scenario.users + 4000 for scenario in scenarios) * replicates > _MOST_WORK:
        raise ValueError("it has no scenarios, or more runs than can be")
    return Plan(Cells(tuple(names), keys, scenarios), replicates, resolve(facts["seed"]))


def _refuse_another_sweep(folder: Path, kept: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Refuse a folder whose facts are not those of the wanted sweep."""
    differ = [name for name in wanted if kept.get(name) != wanted[name]]
    if not differ:
        return
    if differ == ["versions"]:
        had = ", ".join(f"{name} {number}" for name, number in kept["versions"].items())
        reason = f"this sweep was begun with {had}: go on with these, or name another folder"
        raise RecordError(folder, reason)
    # what follows from the rest is not named
    names = [_NAMES.get(name, name) for name in differ if name not in ("chunks", "rows", "versions")]
    raise RecordError(
        folder, f"it holds another sweep, with other {', '.join(names)}; name another folder for this one"
    )


def _digest_of(facts: Mapping[str, Any]) -> bytes:
    text = json.dumps({name: value for name, value in facts.items() if name != "digest"}, sort_keys=True)
    return blake2b(text.encode(), digest_size=_DIGEST_BYTES).digest()
