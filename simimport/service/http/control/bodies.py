"""What the bodies and the query of the control plane say: read, or refused in words.

Changes nothing; what is done with them is the handlers'.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from simimport.checks import is_bool, json_list, json_object, whole
from simimport.errors import ParameterError, suggestion
from simimport.model.dialects import DIALECTS
from simimport.model.presets import PRESETS
from simimport.model.scenario import Scenario
from simimport.model.states import State
from simimport.service.faults import Faults
from simimport.service.http.long_work import forget
from simimport.service.http.request_body import parsed
from simimport.service.journal import LENGTH

__all__ = ["faults_in", "last_in", "move_in", "named_in", "nothing_in", "unstruck_in"]

_FAULTS = "a list of objects"
_MOVES = ("advance_s", "jump_s", "run_until")
_NAMED = ("scenario", "preset", "seed", "dialect", "faults", "autostart")
_SEEDS = "a whole number from 0 to 2**64 - 1"
_LAST = 100


def named_in(raw: bytes) -> dict[str, Any]:
    """Return what a reset is to have otherwise: the arguments of `ImportService.reset`."""
    named = _object(raw if raw.strip() else b"{}", _NAMED)
    if "scenario" in named and "preset" in named:
        raise ParameterError("the body", named, "scenario or preset, one of them")
    if "preset" in named:
        named["scenario"] = PRESETS[_name("preset", named.pop("preset"), PRESETS)]
    elif "scenario" in named:
        named["scenario"] = Scenario.from_dict(json_object("scenario", named["scenario"]))
    if "faults" in named:
        named["faults"] = Faults(json_list("faults", named["faults"], _FAULTS))
    if "seed" in named:
        named["seed"] = whole("seed", named["seed"], 0, 2**64 - 1, allowed=_SEEDS)
    if "autostart" in named and not is_bool(named["autostart"]):
        raise ParameterError("autostart", named["autostart"], "true or false")
    if "dialect" in named:
        named["dialect"] = _name("dialect", named["dialect"], DIALECTS)
    return named


def nothing_in(raw: bytes) -> None:
    """Refuse a body that says something where nothing is asked."""
    body = json_object("the body", _json(raw if raw.strip() else b"{}"))
    if body:
        raise ParameterError("the body", body, "an empty object, or no body")


def move_in(raw: bytes) -> tuple[str, Any]:
    """Return how the clock is to move, and how far."""
    body = _object(raw, _MOVES)
    if len(body) != 1:
        raise ParameterError("the body", body, f"one of {', '.join(_MOVES)}")
    [(move, value)] = body.items()
    return move, _name(move, value, State) if move == "run_until" else value


def faults_in(raw: bytes) -> Faults:
    """Return a schedule of faults."""
    listed = json_list("the body", _json(raw), _FAULTS)
    faults = Faults(listed)
    forget(listed)
    return faults


def last_in(asked: Sequence[tuple[str, str]]) -> int:
    """Return how many calls a query asks for."""
    for key, _ in asked:
        _check_key(key, ("last",))
    if len(asked) > 1:
        raise ParameterError("last", [value for _, value in asked], "one number")
    text = asked[0][1] if asked else str(_LAST)
    # what is no number, or one beyond all counting, is refused as it was written
    digits = text.lstrip("0") or "0"
    countable = text.isascii() and text.isdecimal() and len(digits) <= len(str(LENGTH))
    return whole("last", int(digits) if countable else text, 0, LENGTH)


def unstruck_in(asked: Sequence[tuple[str, str]]) -> bool:
    """Return whether a query asks for the faults alone that have not struck."""
    for key, _ in asked:
        _check_key(key, ("unstruck",))
    values = [value for _, value in asked] or ["false"]
    if len(values) > 1 or values[0] not in ("true", "false"):
        raise ParameterError("unstruck", values[0] if len(values) == 1 else values, "true or false")
    return values[0] == "true"


def _json(raw: bytes) -> Any:
    try:
        return parsed(raw)
    except ValueError as error:
        raise ParameterError("the body", raw[:60].decode("utf-8", "replace"), f"JSON ({error})") from None


def _object(raw: bytes, keys: tuple[str, ...]) -> dict[str, Any]:
    body = json_object("the body", _json(raw))
    for key in body:
        _check_key(key, keys)
    return body


def _name(key: str, value: Any, names: Iterable[str]) -> str:
    """Return what is looked up by its name, if it is a text; whether it is one of them is asked there."""
    if not isinstance(value, str):
        raise ParameterError(key, value, ", ".join(names))
    return value


def _check_key(key: str, keys: tuple[str, ...]) -> None:
    if key not in keys:
        raise ParameterError("the key", key, ", ".join(keys), hint=suggestion(key, list(keys)))
