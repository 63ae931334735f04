"""What is thought of stalls that were not seen, against its laws."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simimport.analysis.fitting.likely.stretches import Shared
from simimport.analysis.fitting.likely.unseen import drawn_lengths, rates_of_long, share_of_longer


def test_the_lengths_of_stalls_follow_the_tail_that_is_stated() -> None:
    uniform = (np.arange(20_000) + 0.5) / 20_000
    lengths = drawn_lengths(7.0, uniform)
    for x in (0.1, 1.0, 7.0, 50.0, 900.0):
        share = float(share_of_longer(np.array(x), 7.0))
        assert (lengths > x).mean() == pytest.approx(share, abs=1e-4)
        longer = drawn_lengths(7.0, uniform, x)
        assert longer.min() >= x
        further = float(share_of_longer(np.array(2 * x), 7.0))
        assert (longer > 2 * x).mean() == pytest.approx(further / share, abs=1e-4)


def test_long_stalls_are_as_rare_as_batches_without_any_say() -> None:
    count, batches = 40_000, 160
    # none; of a tenth of a batch, in most of them; and longer than any batch, as a draw has them
    rate, stall_s = np.repeat([0.0, 0.8, 0.01], count), np.repeat([0.0, 0.1, 9.0], count)
    shared = Shared(np.ones(3 * count), np.zeros(3 * count), rate, stall_s)
    found = rates_of_long(shared, 6.0, batches, np.random.default_rng(1)).reshape(3, count)
    assert not found[0].any()
    assert (found[2] == 0.01).all()
    # none of 160 batches, and a Beta(1/2, 3/2) beforehand
    assert stats.kstest(found[1], stats.beta(0.5, 1.5 + batches).cdf).pvalue > 1e-3
