"""How the tests look for an example."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from hypothesis import Phase, find, settings
from hypothesis import strategies as st

T = TypeVar("T")


def some(strategy: st.SearchStrategy[T], wanted: Callable[[T], bool]) -> T:
    """Return an example that is wanted, the first that comes; shrinking takes long."""
    return find(strategy, wanted, settings=settings(max_examples=500, phases=[Phase.generate]))
