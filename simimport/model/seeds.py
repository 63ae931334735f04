"""Named random streams, all from one integer.

Streams are independent: drawing from one, or adding one, never shifts another. No state.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING

from simimport.checks import whole

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    #: What gives a stream its generator: `stream`, or the same made for many seeds at once.
    Streams = Callable[[int, str], np.random.Generator]

__all__ = ["STREAMS", "derive", "derive_all", "resolve", "stream"]

#: The number of each stream is part of every result: append, never renumber.
STREAMS = {
    "people": 0,
    "failure": 1,
    "reason": 2,
    "latency": 3,
    "within": 4,
    "stall": 5,
    "cancel": 6,
    "crash": 7,
}
# The spawn key of derived seeds: none of a stream's.
_DERIVED = 1 << 16


def stream(seed: int, name: str, block: int | None = None) -> np.random.Generator:
    """Return the stream `name` of `seed`, at its beginning.

    Parameters
    ----------
    seed : int
        As `resolve` gives it.
    name : str
        A key of `STREAMS`.
    block : int, optional
        Where a stream is drawn in blocks that must be had in any order: which block.

    Notes
    -----
    A PCG64 seeded by a SeedSequence with the spawn key ``(number of the stream, block)``: NumPy's own
    scheme for independent streams. Making one takes about 13 µs, so it is made only to be drawn from.
    """
    import numpy as np

    key = (STREAMS[name],) if block is None else (STREAMS[name], block)
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


def resolve(seed: object) -> int:
    """Return `seed` as an integer, or one drawn from the operating system where it is None.

    Raises
    ------
    ParameterError
        If it is neither None nor a whole number from 0 to 2**64 - 1.
    """
    if seed is None:
        return secrets.randbits(32)
    return whole("seed", seed, 0, 2**64 - 1, allowed="None, or a whole number from 0 to 2**64 - 1")


def derive(seed: int, number: int) -> int:
    """Return the seed of the `number`-th of many that come from one: below 2**53, so that JSON keeps it.

    Notes
    -----
    A fixed bijection of the numbers below 2**53 (an odd multiplier, an offset from the seed): no two numbers
    below 2**53 share a seed.
    """
    offset, multiplier = _bijection(seed)
    return (offset + number * multiplier) % 2**53


def derive_all(seed: int, first: int, last: int) -> NDArray[np.int64]:
    """Return `derive` of every number from `first` to before `last`.

    Examples
    --------
    >>> derive_all(7, 3, 5).tolist() == [derive(7, 3), derive(7, 4)]
    True
    """
    import numpy as np

    offset, multiplier = _bijection(seed)
    # what overflows 64 bits does not touch the lowest 53
    numbers = np.arange(first, last).astype(np.uint64) * np.uint64(multiplier) + np.uint64(offset)
    return (numbers & np.uint64(2**53 - 1)).astype(np.int64)


def _bijection(seed: int) -> tuple[int, int]:
    import numpy as np

    offset, multiplier = np.random.SeedSequence(seed, spawn_key=(_DERIVED,)).generate_state(2, np.uint64)
    return int(offset), int(multiplier) | 1
