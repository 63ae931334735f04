"""What the users of several systems have in common: names in two parts, lists of addresses, switches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeGuard

__all__ = ["addresses", "full_name", "ids", "is_number", "is_off", "require"]


def full_name(*parts: Any) -> str | None:
    """Return the parts of a name that are there, with blanks between them."""
    return " ".join(part.strip() for part in parts if isinstance(part, str) and part.strip()) or None


def addresses(emails: Any, key: str) -> list[Any]:
    """Return the addresses of a list of objects, in its order; the one that is primary comes first.

    Raises
    ------
    ValueError
        If it is another kind of list, or none.
    """
    if emails is None:
        return []
    if not isinstance(emails, list) or not all(isinstance(email, Mapping) for email in emails):
        raise ValueError(f"emails must be a list of objects, each with its {key}")
    ordered = sorted(emails, key=lambda email: email.get("primary") is not True)
    return list(dict.fromkeys(email[key] for email in ordered if isinstance(email.get(key), str)))


def ids(*values: Any) -> list[Any]:
    """Return the ids that are there; what is no id is left for the reader to refuse."""
    return [value for value in values if value not in (None, "")]


def is_number(value: Any) -> TypeGuard[float]:
    """Return whether a value is a number, which true and false are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_off(switch: Any) -> bool | None:
    """Return whether a switch such as ``active`` says that somebody is deleted; None where it is absent."""
    return None if switch is None else switch in (False, 0) or str(switch).lower() == "false"


def require(person: Mapping[str, Any], keys: Iterable[str], system: str) -> None:
    """Refuse a person with none of the keys by which a system's people are told.

    Raises
    ------
    ValueError
        It names the keys.
    """
    keys = tuple(keys)
    if not any(key in person for key in keys):
        raise ValueError(f"has no {' and no '.join(keys)}, as {system} has")
