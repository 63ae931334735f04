"""Numbers of any type are taken for what they are, and a bool is none, wherever the wing takes numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simimport import (
    ParameterError,
    Scenario,
    Trace,
    compare,
    compare_etas,
    fit,
    interval_for,
    observe,
    polling_tradeoff,
    simulate,
    sweep,
)

SMALL = Scenario(users=200)
RUN = simulate(SMALL, seed=1)
TRACE = Trace(observe(RUN))


def tradeoff(**arguments: Any) -> pd.DataFrame:
    return polling_tradeoff(SMALL, **{"every_s": [5], "replicates": 2, **arguments})


def swept(**arguments: Any) -> pd.DataFrame:
    return sweep(SMALL, over={"failure_rate": [0.1]}, **{"replicates": 2, **arguments})


def fitted(**arguments: Any) -> pd.DataFrame:
    return fit(TRACE, **arguments).estimates


CALLS: list[tuple[Callable[[Any], object], str, float]] = [
    (lambda n: observe(RUN, every_s=n), "every_s", 5),
    (lambda n: observe(RUN, jitter_s=n), "jitter_s", 1),
    (lambda n: observe(RUN, latency_s=n), "latency_s", 1),
    (lambda n: observe(RUN, phase_s=n), "phase_s", 2),
    (lambda n: observe(RUN, jitter_s=1, seed=n), "seed", 3),
    (lambda n: tradeoff(every_s=[n]), "every_s", 5),
    (lambda n: tradeoff(replicates=n), "replicates", 3),
    (lambda n: tradeoff(seed=n), "seed", 3),
    (lambda n: interval_for(tradeoff(every_s=[1, 5]), "delay_s", n), "wanted", 1),
    (lambda n: compare(SMALL, SMALL, replicates=n), "replicates", 3),
    (lambda n: compare(SMALL, SMALL, replicates=2, seed=n), "seed", 3),
    (lambda n: compare(SMALL, SMALL, replicates=2, level=n), "level", 0.75),
    (lambda n: compare_etas(RUN, every_s=n), "every_s", 5),
    (lambda n: compare_etas(RUN, every_s=[n]), "every_s", 5),
    (lambda n: swept(replicates=n), "replicates", 3),
    (lambda n: swept(seed=n), "seed", 3),
    (lambda n: fitted(batch_size=n), "batch_size", 50),
    (lambda n: fitted(level=n), "level", 0.75),
    (lambda n: fitted(seed=n), "seed", 3),
    (lambda n: fit(TRACE).forecast(TRACE[:5], seed=n).end_high_s, "seed", 3),
    (lambda n: fit(TRACE).stall(TRACE[:3], false_alarms=n), "false_alarms", 0.25),
]


@pytest.mark.parametrize(("call", "field", "value"), CALLS)
def test_any_type_of_number_counts(call: Callable[[Any], object], field: str, value: float) -> None:
    plain = call(value)
    # fields that take whole numbers alone take those of any type
    kinds = [np.int64, np.uint8] if isinstance(value, int) else [np.float32, np.float64]
    if field.endswith("_s"):
        kinds.append(np.float32)
    for kind in kinds:
        other = call(kind(value))
        same = plain.equals(other) if isinstance(plain, pd.DataFrame) else plain == other
        assert same, kind


@pytest.mark.parametrize("value", [True, np.True_])
@pytest.mark.parametrize(("call", "field", "_"), CALLS)
def test_a_bool_is_no_number(call: Callable[[Any], object], field: str, _: float, value: object) -> None:
    with pytest.raises(ParameterError) as caught:
        call(value)
    assert caught.value.field == field
