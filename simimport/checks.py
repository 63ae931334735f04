"""What arguments may be: a check returns the value as it is kept, or raises what says what is allowed.

Any type of integer or number counts, NumPy's and pandas' too; a bool is no number here, and a text is none.
NumPy is never loaded for it: its values are asked by their kind.
"""

from __future__ import annotations

import math
import operator
import os
from typing import Any

from simimport.errors import ParameterError

__all__ = [
    "file_path", "is_bool", "is_number", "is_whole", "json_list", "json_object",
    "positive", "real", "unit_interval", "whole",
]  # fmt: skip


def is_bool(value: object) -> bool:
    """Return whether a value is a truth value, Python's or NumPy's."""
    return isinstance(value, bool) or _kind(value) == "b"


def is_whole(value: object) -> bool:
    """Return whether a value is an integer of any type, and no bool.

    Examples
    --------
    >>> import numpy as np
    >>> is_whole(50), is_whole(np.int64(50)), is_whole(True), is_whole(np.True_), is_whole(50.0)
    (True, True, False, False, False)
    """
    if type(value) is int:
        return True  # nearly always
    if is_bool(value) or _is_array(value) or not hasattr(value, "__index__"):
        return False
    try:
        operator.index(value)
    except TypeError:  # NumPy's floats have an index that only refuses
        return False
    return True


def is_number(value: Any) -> bool:
    """Return whether a value is a number of any type, and neither a bool nor a text; NaN is one.

    Examples
    --------
    >>> import numpy as np
    >>> is_number(0.5), is_number(np.float32(0.5)), is_number(5), is_number("5"), is_number(False)
    (True, True, True, False, False)
    """
    if type(value) is float:
        return True  # nearly always, and scenarios are made by the thousand
    # float() reads texts, and buffers that hold one; NumPy's also lose an imaginary part on the way
    if isinstance(value, (bool, str, bytes)) or _kind(value) not in ("", "i", "u", "f"):
        return False
    if _is_array(value) or not (hasattr(value, "__float__") or hasattr(value, "__index__")):
        return False
    try:
        float(value)
    except (TypeError, ValueError, OverflowError):
        return False  # an integer beyond all floats
    return True


def _is_array(value: object) -> bool:
    """Return whether a value has places; older NumPys take an array of one number for that number."""
    return bool(getattr(value, "ndim", 0))


def _kind(value: object) -> object:
    """Return NumPy's letter for what a value holds; an empty text where it is not NumPy's."""
    return getattr(getattr(value, "dtype", None), "kind", "")


def whole(
    name: str,
    value: Any,
    low: int = 0,
    high: int | None = None,
    *,
    allowed: str = "",
    error: type[ParameterError] = ParameterError,
    **more: str,
) -> int:
    """Return an integer of any type as a plain one.

    Parameters
    ----------
    name : str
        The argument's name, for the message.
    value : object
        What was given.
    low, high : int
        The least and the most that it may be; without `high` there is no most.
    allowed : str
        What is allowed, in words, where more is to be said than the range.
    error : type of ParameterError
        What is raised.
    **more
        ``where`` and ``hint`` of the error.

    Raises
    ------
    ParameterError
        If it is no integer, a bool, or out of range.

    Examples
    --------
    >>> import numpy as np
    >>> whole("polls", np.int64(50), 1)
    50
    >>> whole("polls", 0, 1, 100)
    Traceback (most recent call last):
    simimport.errors.ParameterError: polls is 0; allowed: a whole number from 1 to 100.
    """
    if is_whole(value):
        number = operator.index(value)
        if number >= low and (high is None or number <= high):
            return number
    to = "" if high is None else f" to {high}"
    raise error(name, value, allowed or f"a whole number from {low}{to}", **more)


def real(
    name: str,
    value: Any,
    low: float = -math.inf,
    high: float = math.inf,
    *,
    allowed: str = "",
    error: type[ParameterError] = ParameterError,
    **more: str,
) -> float:
    """Return a finite number of any type as a plain float; the parameters are those of `whole`.

    Raises
    ------
    ParameterError
        If it is no number, a bool, not finite, or out of range.

    Examples
    --------
    >>> real("every_s", 5, 1e-3, 1e9)
    5.0
    >>> real("every_s", "5", 1e-3, 1e9)
    Traceback (most recent call last):
    simimport.errors.ParameterError: every_s is '5'; allowed: a number from 0.001 to 1e+09.
    """
    if is_number(value):
        number = float(value)
        if low <= number <= high and math.isfinite(number):
            return number
    raise error(name, value, allowed or _range(low, high), **more)


def _range(low: float, high: float) -> str:
    """Return in words what `real` allows."""
    from_ = f" from {low:g}" if math.isfinite(low) else ""
    to = f" to {high:g}" if math.isfinite(high) else ""
    return f"a number{from_}{to}" if from_ or to else "a finite number"


def positive(
    name: str,
    value: Any,
    high: float = math.inf,
    *,
    allowed: str = "",
    error: type[ParameterError] = ParameterError,
    **more: str,
) -> float:
    """Return a finite number above 0, and of at most `high`, as a plain float.

    Raises
    ------
    ParameterError
        If it is no such number.

    Examples
    --------
    >>> positive("rate", 60)
    60.0
    """
    to = "" if high == math.inf else f", to {high:g}"
    words = allowed or f"a number above 0{to}"
    return real(name, value, math.ulp(0.0), high, allowed=words, error=error, **more)


def unit_interval(
    name: str, value: Any, *, error: type[ParameterError] = ParameterError, **more: str
) -> float:
    """Return a share or a probability as a plain float.

    Raises
    ------
    ParameterError
        If it is no number from 0 to 1.

    Examples
    --------
    >>> unit_interval("rate", 0.25)
    0.25
    """
    return real(name, value, 0.0, 1.0, error=error, **more)


def file_path(name: str, value: Any) -> str:
    """Return the path of a file or a folder as a text.

    Raises
    ------
    ParameterError
        If it is neither a text nor a path-like object that stands for one.

    Examples
    --------
    >>> from pathlib import Path
    >>> file_path("path", Path("people", "all.csv"))
    'people/all.csv'
    >>> file_path("path", None)
    Traceback (most recent call last):
    simimport.errors.ParameterError: path is None; allowed: a path: a text, or a pathlib.Path.
    """
    found = os.fspath(value) if isinstance(value, (str, os.PathLike)) else None
    if not isinstance(found, str):
        raise ParameterError(name, value, "a path: a text, or a pathlib.Path")
    return found


def json_object(name: str, value: Any) -> dict[str, Any]:
    """Return what was read from JSON, if it is an object.

    Raises
    ------
    ParameterError
        If it is none.

    Examples
    --------
    >>> json_object("the body", [1])
    Traceback (most recent call last):
    simimport.errors.ParameterError: the body is [1]; allowed: an object.
    """
    if not isinstance(value, dict):
        raise ParameterError(name, value, "an object")
    return value


def json_list(name: str, value: Any, allowed: str = "a list") -> list[Any]:
    """Return what was read from JSON, if it is a list.

    Raises
    ------
    ParameterError
        If it is none.

    Examples
    --------
    >>> json_list("segments", [1])
    [1]
    """
    if not isinstance(value, list):
        raise ParameterError(name, value, allowed)
    return value
