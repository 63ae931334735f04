"""The Gamma's upper tail, against SciPy."""

from __future__ import annotations

import numpy as np
from scipy import stats

from simimport.analysis.gamma_tail import gamma_sf


def test_it_is_scipys_at_all_shapes() -> None:
    rng = np.random.default_rng(1)
    shape = np.exp(rng.uniform(np.log(0.05), np.log(1e6), 20_000))
    middle, far = rng.random(20_000), 10.0 ** rng.uniform(-14, -1, 20_000)
    scale = np.exp(rng.uniform(-5, 5, 20_000))
    for wanted, relative, absolute in ((middle, 0.0, 1e-6), (far, 1e-5, 0.0)):
        x = stats.gamma.isf(wanted, shape, scale=scale)
        found = gamma_sf(x, shape * scale, shape * scale**2)
        np.testing.assert_allclose(found, wanted, rtol=relative, atol=absolute)


def test_at_its_ends_and_of_single_numbers() -> None:
    one = np.array(1.0)
    assert gamma_sf(np.array([-1.0, 0.0, 1e9]), one, one).tolist() == [1.0, 1.0, 0.0]
    assert gamma_sf(one, one, one).shape == ()
