"""The columns of a users frame, from columns of cells: addresses, ids, roles, numbers and names.

Knows no rows. Cells come without the blanks around them, and an empty one says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from simimport.model.people.api_body import Columns
from simimport.model.people.cell_lists import cell_of, items_of
from simimport.model.people.from_csv.addresses import UNUSUAL, addresses_of
from simimport.model.people.from_csv.header_words import FAMILY, GIVEN
from simimport.model.people.from_csv.rows import Bad

__all__ = ["AS_THEY_ARE", "columns_from", "ids_of"]

#: Columns whose cells are texts, and stay what they are.
TEXTS = ("username", "name", "type", "bio", "avatar_url", "status_text")
#: Per column, the bytes that none of its cells may have if all of them are to stay what they are.
AS_THEY_ARE = {
    **dict.fromkeys(TEXTS, b""),
    **dict.fromkeys(("import_id", "roles"), b",\\"),
    # some of what is not in ASCII parts addresses too, and is rare in them
    "email": b"\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f ,;<>\"'\\:" + bytes(range(0x80, 0x100)),
}

_UNUSUAL = re.compile(UNUSUAL)
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
#: What says yes and no, also in what spreadsheets write in other languages.
_YES = {
    "true",
    "yes",
    "1",
    "wahr",
    "ja",
    "vrai",
    "oui",
    "verdadero",
    "sí",
    "vero",
    "verdadeiro",
    "sim",
    "waar",
}
_NO = {"false", "no", "0", "falsch", "nein", "faux", "non", "falso", "não", "onwaar", "nee"}
_IDEOGRAMS = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def columns_from(cells: Mapping[str, Sequence[str]], lines: Sequence[int], bad: Bad) -> Columns:
    """Return the columns of people that some columns of cells say something of.

    Parameters
    ----------
    cells : mapping of str to sequence of str
        Columns of the frame, halves of a name, and their cells.
    lines : sequence of int
        The line of each person.
    bad : list
        Where cells go that cannot be read.
    """
    made: Columns = {name: [cell or None for cell in cells[name]] for name in TEXTS if name in cells}
    if "email" in cells or "extra_emails" in cells:
        _add_addresses(made, cells)
    if GIVEN in cells or FAMILY in cells:
        _add_whole_names(made, cells, len(lines))
    for name in ("roles", "import_id"):
        if name in cells:
            made[name] = [cell_of(_items(cell)) or None if cell else None for cell in cells[name]]
    for name, read in (("utc_offset", _number), ("deleted", _flag)):
        if name in cells:
            made[name] = _read(name, read, cells[name], lines, bad)
    _check_characters(made, lines, bad)
    return made


def ids_of(usernames: Sequence[str | None] | None, lines: Sequence[int]) -> list[str]:
    """Return the ids of people who have none: their usernames, where these are given, or else the lines."""
    if usernames is None:
        return list(map(str, lines))
    return [
        cell_of([username]) if username else str(line)
        for username, line in zip(usernames, lines, strict=True)
    ]


def _items(cell: str) -> list[str]:
    return [part.strip() for part in items_of(cell)]


def _add_addresses(made: Columns, cells: Mapping[str, Sequence[str]]) -> None:
    """Add the first address, the further ones, and the names that stand before them where none is given."""
    firsts, extras = cells.get("email"), cells.get("extra_emails")
    if firsts is not None and extras is None and not _UNUSUAL.search("".join(firsts)):
        made["email"] = [cell or None for cell in firsts]
        return
    number = len(firsts if firsts is not None else extras or ())
    nothing = [""] * number
    email: list[Any] = []
    further: list[Any] = []
    names: list[str] = []
    for first, extra in zip(firsts or nothing, extras or nothing, strict=True):
        found, name = addresses_of(first)
        found = [*found, *addresses_of(extra)[0]] if extra else found
        email.append(found[0] if found else None)
        further.append(cell_of(found[1:]) or None)
        names.append(name)
    made["email"], made["extra_emails"] = email, further
    if any(names) and GIVEN not in cells and FAMILY not in cells:
        given = made.get("name", [None] * number)
        made["name"] = [there or name or None for there, name in zip(given, names, strict=True)]


def _add_whole_names(made: Columns, cells: Mapping[str, Sequence[str]], number: int) -> None:
    given, family = (cells.get(half, [""] * number) for half in (GIVEN, FAMILY))
    made["name"] = [_whole(*halves) or None for halves in zip(given, family, strict=True)]


def _whole(given: str, family: str) -> str:
    # where these letters are written, the family comes first
    halves = (family, given) if _IDEOGRAMS.search(family) else (given, family)
    return " ".join(filter(None, halves))


def _read(
    name: str, read: Callable[[str], Any], cells: Sequence[str], lines: Sequence[int], bad: Bad
) -> list[Any]:
    found: list[Any] = []
    for cell, line in zip(cells, lines, strict=True):
        try:
            found.append(read(cell) if cell else None)
        except ValueError as error:
            found.append(None)
            bad.append((line, name, str(error)))
    return found


def _number(cell: str) -> float:
    if not _NUMBER.fullmatch(cell):
        raise ValueError("must be a number")
    value = float(cell.replace(",", "."))
    if value in (float("inf"), float("-inf")):
        raise ValueError("is too large a number, or not finite")
    return value


def _flag(cell: str) -> bool:
    word = cell.casefold()
    if word not in _YES | _NO:
        raise ValueError("must be true or false")
    return word in _YES


def _check_characters(made: Columns, lines: Sequence[int], bad: Bad) -> None:
    """Report what no file of text can hold; a text that was made in Python may have it."""
    for name, values in made.items():
        if name in ("utc_offset", "deleted"):
            continue
        whole = "".join(filter(None, values))
        if whole.isascii() or not _SURROGATE.search(whole):
            continue
        for at, (value, line) in enumerate(zip(values, lines, strict=True)):
            if value and _SURROGATE.search(value):
                values[at] = None
                bad.append((line, name, "has a character that no text file can hold (half of one)"))
