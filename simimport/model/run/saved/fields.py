"""What a saved run says of itself, field by field: seeds, scenarios, versions, and where it comes from.

Each is checked, and given back as it is kept. Knows no arrays and no users.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from simimport.checks import json_object, real, whole
from simimport.errors import ParameterError, SimimportError
from simimport.model.run.record import BRANCH_FIELDS
from simimport.model.scenario import Scenario
from simimport.show.words import counted

__all__ = ["origin_of", "scenario_of", "seed_of", "user_of", "versions_of"]

_MOST_PARENTS = 200
_LONGEST_TEXT = 20_000
_NUMBER = r"-?\d[\d.e+-]*"
_CALL = rf"(?:cancel\({_NUMBER}\)|branch\({_NUMBER}, seed=\d+(?:, [a-z_]+={_NUMBER})*\))"
_VALUE = rf"(?:{_NUMBER}|None|'[\w:.+-]*'|users|existing)"
_CODE = rf"simulate\((?:[a-z_]+={_VALUE}, )*seed=\d+\)(?:\.{_CALL})*"
_VERSION = r"[\w.+!-]{1,100}"


def scenario_of(name: str, fields: Any) -> Scenario:
    """Return a scenario whose instants are known."""
    scenario = Scenario.from_dict(fields)
    if scenario.epoch == "now":
        raise ParameterError(f"epoch of the {name}", "now", "the instant that it was")
    return scenario


def seed_of(name: str, value: Any) -> int:
    """Return a seed."""
    return whole(name, value, 0, 2**64 - 1)


def user_of(name: str, value: Any, users: int) -> int | None:
    """Return the place of one of so many users, or None."""
    return None if value is None else whole(name, value, 0, users - 1, allowed="the place of a user, or null")


def _matching(name: str, value: Any, pattern: str, allowed: str) -> str:
    if isinstance(value, str) and len(value) <= _LONGEST_TEXT and re.fullmatch(pattern, value, re.ASCII):
        return value
    raise ParameterError(name, value, allowed)


def versions_of(value: Any) -> dict[str, str]:
    """Return the versions that drew it."""
    texts = json_object("versions", value).items()
    return {
        _matching("versions", name, _VERSION, "names of packages"):
        _matching(f"version of {name}", version, _VERSION, "a version")
        for name, version in texts
    }  # fmt: skip


def origin_of(value: Any) -> dict[str, Any] | None:
    """Return where the run comes from, with all its parents: each has an origin likewise, but the first."""
    origins: list[Mapping[str, Any]] = []
    left = value
    while left is not None:
        origins.append(json_object("origin", left))
        parent = json_object("parent", left["parent"])
        left = parent if "parent" in parent else None
        if len(origins) > _MOST_PARENTS:
            raise SimimportError(f"its origin goes back over more than {counted(_MOST_PARENTS, 'parent')}")
    checked: dict[str, Any] = {}
    for origin in reversed(origins):
        parent = origin["parent"]
        changes = json_object("changes", origin["changes"])
        if strange := [name for name in changes if name not in BRANCH_FIELDS]:
            raise ParameterError("changes", strange[0], "fields that a branch may change")
        changed = Scenario.from_dict(changes)
        itself = {
            "code": _matching("code", parent["code"], _CODE, "a line such as simulate(users=5, seed=1)"),
            "scenario": scenario_of("parent", parent["scenario"]).to_dict(),
            "seed": seed_of("seed of the parent", parent["seed"]),
        }
        checked = {
            "parent": {**itself, **checked},
            "call": _matching("call", origin["call"], _CALL, "a call such as cancel(5.0)"),
            "at_s": real("at_s", origin["at_s"]),
            "changes": {name: getattr(changed, name) for name in changes},
        }
    return checked or None
