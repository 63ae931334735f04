"""As much of what is drawn as can be seen: of more points than paper has places for, some.

Draws nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

__all__ = ["MOST", "few"]

#: Of a curve: several times the dots of a printed page.
MOST = 10_000


def few(length: int, most: int = MOST) -> Ints:
    """Return the places of at most so many of some things, evenly spread, the first and the last among them.

    Of the steps of a curve that only rises, what is left out lies between two that are drawn and hardly
    differ.

    Examples
    --------
    >>> few(4).tolist(), few(9, 3).tolist(), few(0).tolist()
    ([0, 1, 2, 3], [0, 4, 8], [])
    """
    if length <= most:
        return np.arange(length, dtype=np.int64)
    places: Ints = np.linspace(0, length - 1, most).round().astype(np.int64)
    return places
