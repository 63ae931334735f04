"""The streams of many seeds at once: the same generators as `seeds.stream` gives, made in a block.

Knows NumPy's SeedSequence by heart, and a test holds it against NumPy's own. Draws nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.random.bit_generator import ISeedSequence

from simimport.model.seeds import STREAMS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Words = NDArray[np.uint32]

__all__ = ["StreamBlock"]

# The constants of SeedSequence, which NumPy promises never to change (M. E. O'Neill's seed_seq, NEP 19).
_POOL = 4
_INIT_A, _MULT_A = 0x43B0D7E5, 0x931E8875
_INIT_B, _MULT_B = 0x8B51F9DD, 0x58F38DED
_MIX_L, _MIX_R = np.uint32(0xCA01F9DD), np.uint32(0x4973F715)
_HALF = np.uint32(16)


class StreamBlock:
    """The streams of a block of seeds.

    Parameters
    ----------
    seeds : ndarray of int64
        From 0 to 2**63 - 1.

    Notes
    -----
    Hashing a seed takes SeedSequence about 10 µs, one seed at a time; in a block of hundreds it takes less
    than one. The generator itself is NumPy's PCG64, seeded with the words that SeedSequence would give.

    Examples
    --------
    >>> from simimport.model.seeds import stream
    >>> block = StreamBlock(np.array([5, 6]))
    >>> block.stream(6, "failure").random() == stream(6, "failure").random()
    True
    """

    def __init__(self, seeds: NDArray[np.int64]) -> None:
        self._seeds = seeds.astype(np.uint64)
        self._row = {seed: row for row, seed in enumerate(seeds.tolist())}
        self._words: dict[str, NDArray[np.uint64]] = {}

    def stream(self, seed: int, name: str) -> np.random.Generator:
        """Return the stream `name` of one of the seeds, at its beginning."""
        if name not in self._words:
            self._words[name] = _seed_words(self._seeds, STREAMS[name])
        hashed = _Hashed(self._words[name][self._row[seed]])
        # NumPy takes any ISeedSequence, but its annotations name only its own
        return np.random.Generator(np.random.PCG64(hashed))  # type: ignore[arg-type]


class _Hashed(ISeedSequence):
    """A seed sequence whose words are known already."""

    def __init__(self, words: NDArray[np.uint64]) -> None:
        self._words = words

    def generate_state(self, n_words: int, dtype: object = np.uint32) -> NDArray[np.uint64]:
        """Return the four words of 64 bits for which PCG64 asks."""
        return self._words


class _Hash:
    """The hash of SeedSequence: its constant changes at every use."""

    def __init__(self, constant: int, multiplier: int) -> None:
        self._constant, self._multiplier = constant, multiplier

    def __call__(self, value: Words) -> Words:
        before = np.uint32(self._constant)
        self._constant = self._constant * self._multiplier % 2**32
        value = (value ^ before) * np.uint32(self._constant)
        return value ^ (value >> _HALF)


def _seed_words(seeds: NDArray[np.uint64], key: int) -> NDArray[np.uint64]:
    """Return ``SeedSequence(seed, spawn_key=(key,)).generate_state(4, np.uint64)``, a row per seed."""
    low, high = seeds.astype(np.uint32), (seeds >> np.uint64(32)).astype(np.uint32)
    nothing = np.zeros_like(low)
    mixing = _Hash(_INIT_A, _MULT_A)
    # with a spawn key the seed's own words are filled up to the size of the pool
    pool = [mixing(word) for word in (low, high, nothing, nothing)]
    for source in range(_POOL):
        for target in range(_POOL):
            if source != target:
                pool[target] = _mix(pool[target], mixing(pool[source]))
    for target in range(_POOL):
        pool[target] = _mix(pool[target], mixing(nothing + np.uint32(key)))
    giving = _Hash(_INIT_B, _MULT_B)
    words = np.array([giving(pool[place % _POOL]) for place in range(2 * _POOL)]).astype(np.uint64)
    return np.ascontiguousarray((words[0::2] | words[1::2] << np.uint64(32)).T)


def _mix(left: Words, right: Words) -> Words:
    mixed: Words = _MIX_L * left - _MIX_R * right
    return mixed ^ (mixed >> _HALF)
