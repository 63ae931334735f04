"""Which column of a file is which of people: by its header, or by what is in it.

Where it is not certain, the file is refused, and the message names the cells: nobody is called by a header.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

from simimport.errors import UsersError, brief
from simimport.model import columns
from simimport.model.people.from_csv.addresses import are_addresses
from simimport.model.people.from_csv.dialect import trimmed
from simimport.model.people.from_csv.header_words import FAMILY, GIVEN, OTHERS, WORDS, plain
from simimport.show.words import counted

__all__ = ["IGNORED", "Header", "header_of"]

#: The order of Rocket.Chat's own users.csv, which has no header.
_OWN_ORDER = ("username", "email", "name")
#: A column that is read over.
IGNORED = ""
#: What servers take for a username, at most, and what is a name beyond doubt.
_USERNAME = re.compile(r"[\w.@+\\-]+")
#: Which of several words for one column is the one that counts; others beside it are left out.
_BEFORE = {
    "name": ("name", "fullname", "realname"),
    "email": ("primaryemail", "email", "emails", "mail"),
    "username": ("username", "login", "samaccountname", "nickname", "userprincipalname"),
    "import_id": ("importid", "importids", "id", "userid", "objectid"),
}
_MOST_SHOWN = 12
#: Words of letters: what is written in other signs may be a password.
_MAY_BE_SHOWN = re.compile(r"[^\W\d_]+(?:[ ./'_-]+[^\W\d_]+)*")


class Header(NamedTuple):
    """What a file's columns are.

    Parameters
    ----------
    names : tuple of str
        Per cell of a row: a column of the frame, a half of a name, ``password``, or `IGNORED`.
    is_there : bool
        Whether the first row is a header, and so nobody.
    left_out : tuple of str
        What the header calls the columns that are read over.
    """

    names: tuple[str, ...]
    is_there: bool
    left_out: tuple[str, ...] = ()


def header_of(path: object, rows: list[list[str]], line: int) -> Header:
    """Return what the columns are, from the first rows, whose first is on that line.

    Raises
    ------
    UsersError
        If it cannot be told with certainty.
    """
    first = trimmed(rows[0])
    if not any("@" in cell for cell in first):
        words = [plain(cell.lstrip("#") if at == 0 else cell) for at, cell in enumerate(first)]
        if any(word in WORDS for word in words):
            return _by_words(path, rows, words, line)
    return Header(_by_content(path, rows, line), is_there=False)


# by words ----------------------------------------------------------------------------------------------


def _by_words(path: object, rows: list[list[str]], words: list[str], line: int) -> Header:
    cells = trimmed(rows[0])
    names = [WORDS.get(word, IGNORED) for word in words]
    # as pandas writes the numbers of the rows
    is_index = words[0] in ("", "unnamed0") and all(row[0].isdigit() for row in rows[1:])
    left_out = ["the first, without a name"] if is_index else []
    # of the columns that no word tells
    if "email" not in names and (places := _places_of_addresses(names, rows[1:])):
        # whatever it is called
        names[places[0]] = "email"
    allowed = ", ".join((*columns.names("users"), "password"))
    bad = []
    for at, (cell, word) in enumerate(zip(cells, words, strict=True)):
        if names[at] != IGNORED or (is_index and at == 0):
            continue
        if word in OTHERS:
            left_out.append(cell)
        else:
            bad.append((line, cell or "(empty)", f"no column of people; known are {allowed}"))
    bad += [
        (line, name, "named twice")
        for name in dict.fromkeys(filter(None, names))
        if names.count(name) > 1 and not _settle(name, names, words, cells, left_out)
    ]
    if bad:
        raise UsersError(path, bad)
    if "name" in names:
        left_out += [cell for cell, name in zip(cells, names, strict=True) if name in (GIVEN, FAMILY)]
        names = [IGNORED if name in (GIVEN, FAMILY) else name for name in names]
    return Header(_with_email(names, rows[1:]), is_there=True, left_out=tuple(left_out))


def _places_of_addresses(names: list[str], rows: list[list[str]]) -> list[int]:
    """Return the one column in which all cells are addresses, of those that no word tells; else nothing."""
    found = []
    for at, name in enumerate(names):
        cells = [row[at] for row in rows if at < len(row) and row[at]]
        if name == IGNORED and cells and all(map(are_addresses, cells)):
            found.append(at)
    return found if len(found) == 1 else []


def _settle(name: str, names: list[str], words: list[str], cells: list[str], left_out: list[str]) -> bool:
    """Keep one of several columns for the same, where their words tell which; return whether they do."""
    places = [at for at, other in enumerate(names) if other == name]
    ranks = [_rank(name, words[at]) for at in places]
    # an address that nobody looked at would be lost
    if name in ("email", "extra_emails", "password") or ranks.count(min(ranks)) > 1:
        return False
    kept = places[ranks.index(min(ranks))]
    for at in places:
        if at != kept:
            names[at] = IGNORED
            left_out.append(cells[at])
    return True


def _rank(name: str, word: str) -> int:
    order = _BEFORE.get(name, ())
    return order.index(word) if word in order else len(order)


def _with_email(names: list[str], rows: list[list[str]]) -> tuple[str, ...]:
    """Take the usernames for the addresses where no column has these and all of those are some."""
    if "username" in names and "email" not in names and rows:
        at = names.index("username")
        cells = [row[at] for row in rows if len(row) > at and row[at]]
        if cells and all(map(are_addresses, cells)):
            names[at] = "email"
    return tuple(names)


# by content ---------------------------------------------------------------------------------------------


def _by_content(path: object, rows: list[list[str]], line: int) -> tuple[str, ...]:
    """Return what the columns of a file without a header are."""
    # what most rows have, and at a tie the earlier: those with more or fewer cells are refused by their lines
    common = Counter(map(len, rows)).most_common(1)[0][0]
    within = [len(trimmed(row)) for row in rows if len(row) <= common]
    width = max(*within, min(common, len(_OWN_ORDER)))
    cells = [[row[at] for row in rows if at < len(row) and row[at]] for at in range(width)]
    shares = [sum(map(are_addresses, column)) / len(column) if column else 0 for column in cells]
    with_addresses = [at for at, share in enumerate(shares) if share >= 0.5]
    if _is_own_order(width, shares, cells, rows):
        if width == len(_OWN_ORDER) and _is_turned(cells):
            return tuple(reversed(_OWN_ORDER))
        return _OWN_ORDER[:width]
    if len(with_addresses) == 1 and width <= len(_OWN_ORDER):
        email = with_addresses[0]
        first = rows[0][email] if email < len(rows[0]) else ""
        others = [at for at in range(width) if at != email]
        found = _others(others, cells)
        if found is not None and (not first or "@" in first):
            return tuple("email" if at == email else found[at] for at in range(width))
    raise UsersError(path, [(line, "", _unclear(rows[0], width, with_addresses))])


def _is_own_order(width: int, shares: list[float], cells: list[list[str]], rows: list[list[str]]) -> bool:
    """Return whether the second of two or three columns has the addresses, or nothing at all."""
    if not 2 <= width <= len(_OWN_ORDER):
        return False
    first = rows[0][1] if len(rows[0]) > 1 else ""
    if first and "@" not in first:
        return False
    others = [share for at, share in enumerate(shares) if at != 1]
    if not cells[1]:
        return not any(others) and width == len(_OWN_ORDER)
    if width == 2 and not all(map(_USERNAME.fullmatch, cells[0])):
        return False
    # usernames may be addresses too
    return (shares[1] >= 0.5 and shares[-1] < 0.5) or (width == 2 and shares == [0, 1])


def _is_turned(cells: list[list[str]]) -> bool:
    """Return whether names stand where usernames belong, and these where names do."""
    first, last = cells[0], cells[2]
    blanks = sum(" " in cell for cell in first)
    return bool(last) and blanks > 0.5 * len(first) and all(map(_USERNAME.fullmatch, last))


def _others(places: list[int], cells: list[list[str]]) -> dict[int, str] | None:
    """Return which of the columns without addresses has names and which usernames, if that is certain."""
    if not places:
        return {}
    are_names = [bool(cells[at]) and any(" " in cell for cell in cells[at]) for at in places]
    may_be_usernames = [all(map(_USERNAME.fullmatch, cells[at])) for at in places]
    if len(places) == 1:
        return {places[0]: "name"} if are_names[0] else None
    if are_names == [True, False] and may_be_usernames[1]:
        return dict(zip(places, ("name", "username"), strict=True))
    if are_names == [False, True] and may_be_usernames[0]:
        return dict(zip(places, ("username", "name"), strict=True))
    return None


def _unclear(first: list[str], width: int, with_addresses: list[int]) -> str:
    """Say why the columns cannot be told, with the cells where they are nobody's."""
    wanted = "put a first line above that names them, such as username,email,name"
    if any("@" in cell for cell in first):
        # never the cells: one may be a password
        if len(with_addresses) > 1:
            return f"{counted(len(with_addresses), 'column')} with addresses and no header; {wanted}"
        return f"{counted(width, 'column')} and no header that says what they are; {wanted}"
    if width == 1 and not with_addresses:
        return f"1 cell, not 3 (username, email, name), and no address in it; {wanted}"
    shown = ", ".join(brief(cell) if _MAY_BE_SHOWN.fullmatch(cell) else "…" for cell in first[:_MOST_SHOWN])
    return f"the first row has no address, and names no columns that are known ({shown}); {wanted}"
