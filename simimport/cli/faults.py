"""The option ``--faults``: a list in JSON, a file with one, or how to draw them.

Whether a fault is one is decided by `service.faults`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simimport.errors import ParameterError
from simimport.model.files import read_text

if TYPE_CHECKING:
    from simimport.service.faults import Faults

__all__ = ["faults_given"]

# a fault takes a hundred bytes of it
_MOST_OF_FAULTS = 2**26
_FILE = "a file with JSON"


def faults_given(wish: str | None) -> Faults | None:
    """Return the schedule that is wished for: settings of `Faults.random`, or a list, or a file with one."""
    from simimport.service.faults import Faults

    if wish is None:
        return None
    inline = wish.lstrip().startswith("[")
    if not inline and "=" in wish and not Path(wish).exists():
        return Faults.random(**_fault_settings(wish))
    schedule = _read(wish, wish if inline else _file_content(wish), "a list in JSON" if inline else _FILE)
    if not isinstance(schedule, list):
        raise ParameterError("--faults", wish, 'a file with a list, such as [{"kind": "503", "at_poll": 3}]')
    return Faults(schedule)


def _file_content(path: str) -> str:
    try:
        return read_text(path, most=_MOST_OF_FAULTS)
    except ValueError as error:
        raise ParameterError("--faults", path, f"a file that can be read ({error})") from None


def _read(wish: str, text: str, what: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ParameterError("--faults", wish, f"{what} ({error})") from None


def _fault_settings(wish: str) -> dict[str, Any]:
    of_text: dict[str, Callable[[str], Any]] = {
        "rate": float, "seed": int, "polls": int, "kinds": lambda text: text.split("+"),
    }  # fmt: skip
    settings: dict[str, Any] = {}
    for part in wish.split(","):
        name, _, value = part.partition("=")
        try:
            settings[name] = of_text[name](value)
        except (KeyError, ValueError):
            allowed = "rate=0.1, and seed=3, polls=1000 or kinds=503+reset, between commas"
            raise ParameterError("--faults", part, allowed) from None
    if "rate" not in settings:
        raise ParameterError("--faults", wish, "rate=0.1 and the like")
    return settings
