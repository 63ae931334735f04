"""Addresses in a cell: one, or several however people part them, with names around them or without.

What is no address stays as it is: who may be imported is the simulation's question.
"""

from __future__ import annotations

import re

from simimport.model.people.cell_lists import items_of

__all__ = ["UNUSUAL", "addresses_of", "are_addresses", "is_address"]

_ADDRESS = r"[^\s,;<>\"“”„«»()@]+@[^\s,;<>\"“”„«»()@]+"
_IS_ADDRESS = re.compile(_ADDRESS)
_PARTS = re.compile(r"[\s,;]+")
#: ``Ann <ann@example.com>``, the name in quotes or not; a comma may stand in it where nobody else is there.
_NAMED = re.compile(rf"(?P<name>[^<>@]*)<\s*(?:mailto:)?(?P<address>{_ADDRESS})\s*>")
_ITEM = re.compile(
    rf"\s*(?:(?P<name>\"[^\"]*\"\s*|[^<>@,;\"\r\n]*)<\s*(?:mailto:)?(?P<address>{_ADDRESS})\s*>|(?P<bare>{_ADDRESS}))"
    r"\s*(?:[,;\s]|\Z)"
)
#: The quotes that people's programs put around a cell.
_QUOTES = "\"“”„«»'‘’"
#: What no cell has that holds one address and nothing else.
UNUSUAL = r"[\s,;<>\"“”„«»'‘’\\:]"
_UNUSUAL = re.compile(UNUSUAL)


def is_address(text: str) -> bool:
    """Return whether a text is one address, by the look of it."""
    return _IS_ADDRESS.fullmatch(text) is not None


def are_addresses(cell: str) -> bool:
    """Return whether a cell holds addresses and nothing else."""
    if "@" not in cell:
        return False
    found, _ = addresses_of(cell)
    return bool(found) and all(map(is_address, found))


def addresses_of(cell: str) -> tuple[list[str], str]:
    """Return the texts of a cell of addresses, and the name that stands before the first."""
    if not _UNUSUAL.search(cell):
        return [cell] if cell else [], ""
    if "@" in cell and "\\" not in cell:
        if "<" in cell:
            found = _named(cell)
            if found:
                return found
        parts = [_bare(part) for part in _PARTS.split(cell) if part]
        if all(map(is_address, parts)):
            return parts, ""
    # as `cell_lists` has them: only a comma parts, and none with a backslash before it
    return [item.strip() for item in items_of(cell) if item.strip()], ""


def _named(cell: str) -> tuple[list[str], str] | None:
    """Return addresses with names around them; None where something else stands among them."""
    if whole := _NAMED.fullmatch(cell):
        return [whole["address"]], _unquoted(whole["name"])
    addresses, name, at = [], "", 0
    while at < len(cell):
        item = _ITEM.match(cell, at)
        if item is None:
            return None
        addresses.append(item["address"] or item["bare"])
        name = name or _unquoted(item["name"] or "")
        at = item.end()
    return addresses, name


def _unquoted(name: str) -> str:
    return name.strip().strip(_QUOTES).strip()


def _bare(text: str) -> str:
    """Return an address without the quotes around it, and without ``mailto:``."""
    if len(text) > 2 and text[0] in _QUOTES and text[-1] in _QUOTES:
        text = text[1:-1]
    return text.removeprefix("mailto:")
