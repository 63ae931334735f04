"""What is written in the box beside a slider, read and said: shares as people write them, and plain numbers.

Texts and numbers alone; no widgets. What is said has every place that the value has, for it is edited.
"""

from __future__ import annotations

import re
from math import isfinite

__all__ = ["read", "written"]

_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?:\D|$))")
_WRITTEN = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(%?)\s*(?:users/s|s)?", re.IGNORECASE)
_PLACES = 9


def read(written: str, *, share: bool) -> float | None:
    """Return the number that a text means; None if it means none.

    Parameters
    ----------
    written : str
        The text, with a point or a comma before the decimals, and perhaps with commas between thousands.
    share : bool
        Whether it is a share of something. Then what has a per cent sign is per cent, and of what has none, a
        number from 1 on is per cent too, and one below 1 is the share itself.

    Examples
    --------
    >>> [read(text, share=True) for text in ("2.5 %", "2.5", "0.025", "2,5%", "0.5 %")]
    [0.025, 0.025, 0.025, 0.025, 0.005]
    >>> [read(text, share=False) for text in ("1,234.5", "30 s", "12 %", "some")]
    [1234.5, 30.0, None, None]
    """
    plain = _THOUSANDS.sub("", written.strip()).replace(",", ".")
    found = _WRITTEN.fullmatch(plain)
    if found is None or (found[2] and not share):
        return None
    value = float(found[1])
    if share and (found[2] or abs(value) >= 1):
        # not a hundredth as floats have it: 7 % is 0.07 and no neighbour of it
        value = float(f"{found[1]}e-2") if "e" not in found[1].lower() else value / 100
    return value if isfinite(value) else None


def written(value: float, *, share: bool) -> str:
    """Return a number as it stands in the box, with all of its places; `read` gives it back.

    Examples
    --------
    >>> written(0.025, share=True), written(0.99999, share=True)
    ('2.5 %', '99.999 %')
    >>> written(30.0, share=False), written(1234.5, share=False)
    ('30', '1,234.5')
    """
    shown = round(value * 100 if share else value, _PLACES)
    whole = shown == int(shown)
    digits = f"{int(shown):,}" if whole else f"{shown:,.{_PLACES}f}".rstrip("0")
    return f"{digits} %" if share else digits
