"""Keywords: a function that is given one that it does not take says so by the name that people call.

What the others may be is looked at in `checks`.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from simimport.errors import ParameterError, brief, suggestion

__all__ = ["UnknownKeywordError", "in_code", "takes_only"]

_Function = TypeVar("_Function", bound=Callable[..., Any])


class UnknownKeywordError(ParameterError, TypeError):
    """A function was given an argument by a name that none of its arguments has."""

    def __init__(self, function: str, name: str, value: object, allowed: str, advice: str) -> None:
        super().__init__(name, value, allowed)
        self.args = (f"{function} takes no {name!r}; {advice}",)


def takes_only(
    function: str, instead: Callable[[Mapping[str, Any]], str] = lambda unknown: ""
) -> Callable[[_Function], _Function]:
    """Make a function refuse keywords that it does not take in our words, by the name that people call.

    It is asked first, so that nothing is looked at twice where nothing is wrong, and is what
    `inspect.signature` and type checkers see.

    Parameters
    ----------
    function : str
        As what it is called.
    instead : callable, optional
        Takes the keywords that are unknown, and returns what is to be done instead; an empty text where that
        is not known.

    Examples
    --------
    >>> @takes_only("wait")
    ... def wait(*, seconds):
    ...     pass
    >>> wait(second=3)
    Traceback (most recent call last):
    simimport.keywords.UnknownKeywordError: wait takes no 'second'; allowed: seconds. Did you mean 'seconds'?
    """

    def decorated(called: _Function) -> _Function:
        def refusal(unnamed: tuple[Any, ...], named: Mapping[str, Any]) -> ParameterError | None:
            parameters = inspect.signature(called).parameters
            names = [name for name in parameters if name != "self"]
            allowed = ", ".join(names)
            most = sum(each.kind is each.POSITIONAL_OR_KEYWORD for each in parameters.values())
            if len(unnamed) > most:
                return ParameterError("an argument without a name", unnamed[most], f"by name: {allowed}")
            unknown = {name: value for name, value in named.items() if name not in names}
            for name, value in unknown.items():
                advice = instead(unknown) or f"allowed: {allowed}.{suggestion(name, names)}"
                return UnknownKeywordError(function, name, value, allowed, advice)
            return None

        @functools.wraps(called)
        def checked(*unnamed: Any, **named: Any) -> Any:
            try:
                return called(*unnamed, **named)
            except TypeError:
                refused = refusal(unnamed, named)
                if refused is None:
                    raise
            raise refused

        return cast("_Function", checked)

    return decorated


def in_code(keywords: Mapping[str, Any]) -> str:
    """Return keywords as they stand in a call, such as ``users=500, seed=1``."""
    return ", ".join(f"{name}={brief(value)}" for name, value in keywords.items())
