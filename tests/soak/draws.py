"""Seeded draws, many a second: what a soak does follows from its seed and a number, and can be had again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")


class Draws:
    """Draws that follow from a few whole numbers."""

    def __init__(self, *key: int) -> None:
        self._rng = np.random.default_rng(key)
        self._drawn: list[float] = []

    def share(self) -> float:
        """A number from 0 to below 1."""
        if not self._drawn:
            self._drawn = self._rng.random(128).tolist()
        return self._drawn.pop()

    def below(self, end: int) -> int:
        return int(self.share() * end)

    def chance(self, probability: float) -> bool:
        return self.share() < probability

    def pick(self, choices: Sequence[T]) -> T:
        return choices[int(self.share() * len(choices))]

    def bytes(self, length: int) -> bytes:
        return self._rng.bytes(length)
