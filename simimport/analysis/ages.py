"""The age of what a client shows, over all instants at which imports are at work.

Reads what `observe` gives of a run; how often to ask, and what it costs, is for `polling`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from simimport.analysis.sweeps.intervals import mean_interval
from simimport.model.run.run import Run

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Shown", "age_exceeded", "ages_of", "shown_of"]

# of halving: to a millionth of a millionth of the largest age
_STEPS = 40


class Shown(NamedTuple):
    """What a client shows while an import works, answer after answer.

    Parameters
    ----------
    begin_s : float
        When the work begins.
    edges_s : ndarray
        One more than answers: the first is shown from the first edge to the second, and before it nothing is.
    since_s : ndarray
        Since when each stood as it is shown. Nobody can have seen what is older than the import, so that it
        is no earlier than its beginning.
    """

    begin_s: float
    edges_s: Floats
    since_s: Floats


def shown_of(run: Run, observed: pd.DataFrame) -> Shown:
    """Return from when to when each answer is shown while the import works, and since when it was so."""
    import numpy as np

    begin_s, end_s = run.duration_s - run.importing_s, run.duration_s
    edges_s = np.clip([*observed["answered_s"], np.inf], begin_s, end_s)
    return Shown(begin_s, edges_s, np.maximum(observed["updated_at_s"].fillna(begin_s).to_numpy(), begin_s))


def ages_of(shown: Shown) -> Floats:
    """Return the age of what is shown as pieces over which it rises second by second: from, and to.

    Before the first answer it counts from the beginning of the import, too. Where the import never works
    there are no pieces.
    """
    import numpy as np

    begin_s, edges_s, since_s = shown
    starts = np.r_[0.0, edges_s[:-1] - since_s]
    ends = np.r_[edges_s[0] - begin_s, edges_s[1:] - since_s]
    pieces: Floats = np.stack([starts, ends], axis=1)[ends > starts]
    return pieces


def age_exceeded(imports: Sequence[Floats], share: float) -> tuple[float, float, float]:
    """Return the age that is exceeded for this share of the time of several imports, with its interval.

    The quantile of all their instants together: not a mean of quantiles, which is none. Its interval has the
    ages at which the time above them, less the share of all time, may be 0 in the mean over imports
    (Woodruff 1952, Confidence intervals for medians and other position measures, with imports as clusters):
    instants of one import are no independent ones. Where an import is alone there is none.

    Examples
    --------
    Ages that twice rise from 0 to 10 s are above 9.5 s for a twentieth of the time.

    >>> import numpy as np
    >>> [round(age, 9) for age in age_exceeded([np.array([[0.0, 10.0], [0.0, 10.0]])], 0.05)]
    [9.5, nan, nan]
    """
    import numpy as np

    working = [pieces for pieces in imports if len(pieces)]
    if not working:
        return math.nan, math.nan, math.nan
    lows, highs = np.concatenate(working).T
    firsts = np.cumsum([0, *map(len, working[:-1])])
    allowed_s = share * np.add.reduceat(highs - lows, firsts)

    def beyond(age: float) -> Floats:
        above_s: Floats = np.add.reduceat(np.maximum(highs - np.maximum(lows, age), 0.0), firsts)
        return above_s - allowed_s

    largest = float(highs.max())
    middle = _last(largest, lambda age: float(beyond(age).sum()) > 0)
    if len(working) < 2:
        return middle, math.nan, math.nan
    low, high = (
        _last(largest, lambda age, end=end: mean_interval(beyond(age), least=-math.inf)[end] > 0)  # type: ignore[misc]
        for end in (0, 1)
    )
    return middle, low, high


def _last(largest: float, holds: Callable[[float], bool]) -> float:
    """Return the last age up to which it holds, by bisection: 0 if for none, infinite if for the largest."""
    if not holds(0.0):
        return 0.0
    if holds(largest):
        return math.inf
    low, high = 0.0, largest
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return high
