"""How things are said to people: numbers, counts, durations, shares and ranges. The only place that rounds.

Takes plain values and gives text; what goes to machines is never said here. An instant is said as a duration
since time 0, but where it echoes an argument, which can then be pasted back: there `in_seconds` says it.
"""

from __future__ import annotations

import math
from collections.abc import Callable

__all__ = [
    "counted", "cut", "duration", "estimated", "in_seconds", "number", "percent", "printable",
    "printable_lines", "ranged", "size",
]  # fmt: skip

# from the largest; each in milliseconds
_UNITS = (("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1000))
_SIZES = (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3))
# from where on a duration has no smaller places than these, both in milliseconds: its two largest units
_COARSE = ((86_400_000, 3_600_000), (3_600_000, 60_000), (1000, 100))
_NOTHING = "n/a"
# beyond these a number would be a line of zeros, or of digits that a float does not have
_SMALLEST, _LARGEST = 1e-6, 1e15
_LONGEST_INT = 10**40
# a share nearer to none or to all than this is not told in digits; a little less, as floats round
_LEAST_SHARE = 1e-6 * (1 - 1e-9)


def number(value: float) -> str:
    """Return a number with its thousands apart, and no more places than its size deserves.

    Examples
    --------
    >>> number(12345), number(0.05), number(27.9484), number(1773.2001), number(float("nan"))
    ('12,345', '0.05', '27.95', '1,773.2', 'n/a')
    """
    if isinstance(value, int):
        return f"{value:,}" if abs(value) < _LONGEST_INT else _shortened(value)
    if math.isnan(value):
        return _NOTHING
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    size = abs(value)
    if size >= _LARGEST or 0 < size < _SMALLEST:
        return f"{value:.4g}"
    if value == int(value):
        return f"{int(value):,}"
    # four of its own digits; of what is larger, tenths too
    places = max(3 - math.floor(math.log10(size)), 1)
    return f"{value:,.{places}f}".rstrip("0").rstrip(".")


def _shortened(value: int) -> str:
    """Return an integer of more digits than anybody reads: a server may say any."""
    # beyond all floats, too; loaded here, as it is hardly ever needed
    from decimal import Decimal

    return f"{Decimal(value):.4g}"


def counted(amount: float, singular: str, plural: str = "") -> str:
    """Return so many things.

    Examples
    --------
    >>> counted(1, "user"), counted(2000, "user"), counted(0, "flush", "flushes")
    ('1 user', '2,000 users', '0 flushes')
    """
    return f"{number(amount)} {singular if amount == 1 else plural or singular + 's'}"


def size(amount: float) -> str:
    """Return so many bytes, as memory is spoken of.

    Examples
    --------
    >>> size(12_345_678_901), size(3_100_000), size(640), size(2.5e15)
    ('12.3 GB', '3.1 MB', '640 B', '2,500 TB')
    """
    for unit, many in _SIZES:
        if amount >= many:
            value = amount / many
            return f"{_places(value, 1 if value < 99.95 else 0)} {unit}"
    return f"{_places(amount, 0)} B"


def duration(seconds: float, *, exact: bool = False) -> str:
    """Return a duration as people say it: its two largest units, or all of them to the millisecond.

    Examples
    --------
    >>> duration(273.456), duration(0.01), duration(59.97), duration(3723), duration(200_000)
    ('4 min 33.5 s', '10 ms', '1 min', '1 h 2 min', '2 d 8 h')
    >>> duration(-90), duration(float("nan")), duration(0), duration(2e-6)
    ('-1 min 30 s', 'n/a', '0 s', '0.002 ms')
    >>> duration(200_000, exact=True), duration(90.25, exact=True)
    ('2 d 7 h 33 min 20 s', '1 min 30.25 s')
    """
    if not math.isfinite(seconds):
        return number(seconds)
    if abs(seconds) >= _LARGEST:
        return f"{seconds:.4g} s"
    sign = "-" if seconds < 0 else ""
    left = abs(seconds) * 1000
    if left < 0.0005:  # instants are whole microseconds
        return "0 s"
    if left < 999.5:
        return f"{sign}{_places(left, 1 if left >= 0.05 and not exact else 3)} ms"
    left = round(left)
    if not exact:
        # rounded before it is parted, so that nothing reads 60 s or 24 h; twice, as rounding may reach a unit
        for _ in range(2):
            step = next((step for begin, step in _COARSE if left >= begin), 1)
            left = round(left / step) * step
    parts = []
    for unit, size in _UNITS[:-1]:
        whole, left = divmod(left, size)
        parts += [f"{whole:,} {unit}"] if whole else []
    if left or not parts:
        parts.append(f"{_places(left / 1000, 3)} s")
    return sign + " ".join(parts)


def in_seconds(seconds: float) -> str:
    """Return an instant or a duration in seconds alone, as arguments are given: to be pasted back.

    Examples
    --------
    >>> in_seconds(1273.456789), in_seconds(12), in_seconds(float("nan"))
    ('1273.456789 s', '12 s', 'n/a')
    """
    if not math.isfinite(seconds):
        return number(seconds)
    if abs(seconds) >= _LARGEST:
        return f"{seconds:g} s"
    return f"{_places(seconds, 6, apart='')} s"


def percent(share: float) -> str:
    """Return a share of all in per cent; only nothing is 0 %, and only all are 100 %.

    One place after the point, and more where it takes more to tell a share from none or from all.

    Examples
    --------
    >>> percent(0.25), percent(1 / 3), percent(0.0005), percent(1)
    ('25 %', '33.3 %', '0.05 %', '100 %')
    >>> percent(0.00001), percent(0.99999), percent(1e-9), percent(1 - 1e-9)
    ('0.001 %', '99.999 %', 'under 0.0001 %', 'over 99.9999 %')
    """
    if not math.isfinite(share):
        return _NOTHING if math.isnan(share) else f"{number(share)} %"
    if not 0 < share < 1:  # none, all, or a ratio that is no share
        return f"{_places(share * 100, 1)} %"
    distance = min(share, 1 - share)
    if distance < _LEAST_SHARE:
        return "under 0.0001 %" if share < 0.5 else "over 99.9999 %"
    # so many that the first digit which is not 0 is shown, of the share or of what it lacks
    places = max(1, -math.floor(math.log10(distance * 100) + 1e-9))
    return f"{_places(share * 100, places)} %"


def ranged(low: float, high: float, form: Callable[[float], str] = number) -> str:
    """Return a range from its two ends, each as `form` says it.

    Examples
    --------
    >>> ranged(23.3, 30), ranged(0.14, 0.2, percent)
    ('23.3 to 30', '14 % to 20 %')
    """
    return f"{form(low)} to {form(high)}"


def estimated(value: float, low: float, high: float) -> str:
    """Return an estimate with its interval, all to the place that the interval's width deserves.

    The two limits are at least five steps of the last place after the point apart. What is not known is left
    out.

    Examples
    --------
    >>> estimated(0.17, 0.14, 0.2), estimated(272.5401, 271.9, 273.18), estimated(1234.2, 1100.7, 1400)
    ('0.17 (0.14 to 0.20)', '272.5 (271.9 to 273.2)', '1,234 (1,101 to 1,400)')
    >>> estimated(3.0, 3.0, 3.0), estimated(4.25, float("nan"), float("nan")), estimated(9.1, 8.5, math.inf)
    ('3 (3 to 3)', '4.25', '9.1 (8.5 to ∞)')
    """
    if math.isnan(low) or math.isnan(high) or math.isnan(value):
        return number(value)
    width = high - low
    if not 0 < width < math.inf:
        return f"{number(value)} ({ranged(low, high)})"
    places = min(max(math.ceil(-math.log10(width / 5) - 1e-9), 0), 12)

    def rounded(part: float) -> str:
        digits = f"{part:,.{places}f}"
        # nothing is less than 0 by nothing
        return digits.removeprefix("-") if not digits.strip("-0.,") else digits

    return f"{rounded(value)} ({ranged(low, high, rounded)})"


def printable(text: object) -> str:
    """Return anybody's text on one line, without what would move a cursor, or hide or turn words round.

    Examples
    --------
    >>> print(printable("Zoë" + chr(27) + "[2J"))
    Zoë\N{REPLACEMENT CHARACTER}[2J
    """
    words = str(text)
    if words.isprintable():
        return words
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in words)


def cut(words: str, most: int) -> str:
    """Return a text, or its beginning where it is longer than so many letters.

    Examples
    --------
    >>> cut("importing", 9), cut("importing", 4)
    ('importing', 'imp…')
    """
    return words if len(words) <= most else words[: most - 1] + "…"


def printable_lines(text: str) -> str:
    r"""Return anybody's text in its own lines, each as `printable` has it.

    Examples
    --------
    >>> print(printable_lines("people.csv: 2 rows:\n  line 1: " + chr(27) + "[2J"))
    people.csv: 2 rows:
      line 1: �[2J
    """
    return "\n".join(map(printable, text.split("\n")))


def _places(value: float, most: int, apart: str = ",") -> str:
    """Return a number with at most so many places after the point, and no zeros at its end."""
    digits = f"{value:{apart}.{most}f}"
    digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return "0" if digits == "-0" else digits
