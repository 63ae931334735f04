"""Parameters of which a test tries some every day, and all in the long run."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any

import pytest

__all__ = ["thinned"]


def thinned(values: Iterable[Any], everyday: Container[Any]) -> list[Any]:
    """Return all values of a parameter, or of several: those that are not for every day count as long."""
    return [value if value in everyday else _long(value) for value in values]


def _long(value: Any) -> Any:
    values = value if isinstance(value, tuple) else (value,)
    return pytest.param(*values, marks=pytest.mark.long)
