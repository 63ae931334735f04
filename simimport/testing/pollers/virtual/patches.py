"""Virtual time in a thread, for code that asks `time`, `datetime` and asyncio itself; restored afterwards.

Puts `functions` in all places of loaded modules where the real ones stand. Nothing here knows of pollers.
Time that passes elsewhere (in threads that such a thread starts, in locks, sockets and other processes) is
real, and stays so.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, NamedTuple

from simimport.testing.pollers.virtual.functions import functions, methods

__all__ = ["patched"]

#: Who ask for real instants, or compare the types of their values: they keep the class that they imported.
_OWN_DATETIME = {"faker", "hypothesis", "matplotlib", "numpy", "pandas", "pyarrow", "pydantic", "simimport"}


class _Place(NamedTuple):
    names: dict[str, Any]
    name: str
    found: Any
    instead: Any


class _Patches:
    """What is in place of the real functions, for how many, and where it stands."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.users = 0
        self._places: list[_Place] = []
        self._methods: list[tuple[type, str, Any]] = []
        self._real: dict[int, tuple[Any, Any]] = {}

    def put(self) -> None:
        """Put virtual time in all places where real time stands now."""
        pairs = functions()
        self._real = {id(virtual): (virtual, real) for real, virtual in pairs}
        try:
            for kind, name, method in methods():
                self._methods.append((kind, name, getattr(kind, name)))
                setattr(kind, name, method)
            for place in _places({id(real): (real, virtual) for real, virtual in pairs}):
                self._places.append(place)
                place.names[place.name] = place.instead
        except BaseException:
            self.take_back()
            raise

    def take_back(self) -> None:
        """Put the real functions back, also where what was imported meanwhile took the others."""
        for kind, name, real in self._methods:
            setattr(kind, name, real)
        for place in self._places:
            if place.names.get(place.name) is place.instead:
                place.names[place.name] = place.found
        for place in _places(self._real):
            place.names[place.name] = place.instead
        self._places, self._methods = [], []


_patches = _Patches()


@contextmanager
def patched() -> Iterator[None]:
    """Put virtual time in force, for threads that ask for it; several may at once."""
    with _patches.lock:
        if not _patches.users:
            _patches.put()
        _patches.users += 1
    try:
        yield
    finally:
        with _patches.lock:
            _patches.users -= 1
            if not _patches.users:
                _patches.take_back()


def _places(wanted: dict[int, tuple[Any, Any]]) -> Iterator[_Place]:
    """Yield where in loaded modules something stands that is to be replaced."""
    for module_name, module in list(sys.modules.items()):
        root = module_name.partition(".")[0]
        if root == "simimport" or not isinstance(module, ModuleType):
            continue
        own_datetime = root in _OWN_DATETIME or (root in sys.stdlib_module_names and root != "datetime")
        names = vars(module)
        for name, value in list(names.items()):
            pair = wanted.get(id(value))
            if pair is not None and not (own_datetime and isinstance(value, type)):
                yield _Place(names, name, value, pair[1])
