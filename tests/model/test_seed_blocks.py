"""Streams made in blocks are those that are made one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simimport.model.seed_blocks import StreamBlock
from simimport.model.seeds import STREAMS, derive, derive_all, stream


@given(st.lists(st.integers(0, 2**63 - 1), min_size=1, max_size=20, unique=True))
def test_streams_in_a_block_are_numpys_own(seeds: list[int]) -> None:
    block = StreamBlock(np.array(seeds, dtype=np.int64))
    for name in STREAMS:
        for seed in seeds:
            # twice: a stream begins anew each time
            for _ in range(2):
                assert block.stream(seed, name).bit_generator.state == stream(seed, name).bit_generator.state


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1, 2**32, 2**53 - 1, 2**63 - 1])
def test_streams_at_the_edges(seed: int) -> None:
    assert StreamBlock(np.array([seed])).stream(seed, "crash").random() == stream(seed, "crash").random()


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**53))
def test_derived_seeds_in_a_block(seed: int, first: int) -> None:
    assert derive_all(seed, first, first + 5).tolist() == [derive(seed, first + k) for k in range(5)]
