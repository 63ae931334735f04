"""The file of people in a zip: in an export that holds more than people, or packed alone.

Whatever else an export holds, such as channels and messages, is passed over; the reader tells that it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from simimport.errors import brief
from simimport.model.people.exports.other_kinds import kind_of_zip
from simimport.model.people.packed import Packed, UnreadableZipError
from simimport.show.words import counted, number

__all__ = ["Unpacked", "unpacked"]

#: The files of people in exports, whatever folder they are in.
_PEOPLE = ("users.json", "users.csv")
#: The same in an export of a whole Enterprise Grid, which has no other.
_PEOPLE_OF_A_GRID = "org_users.json"
#: What a file may be called that is alone in a zip.
_ENDS = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson")
_SHOWN = 3


class Unpacked(NamedTuple):
    """The file of people in a zip, its bytes, and in words what else there is."""

    name: str
    content: bytes
    words: tuple[str, ...]


def unpacked(raw: bytes) -> Unpacked:
    """Return the file of people in a zip.

    Raises
    ------
    UnreadableZipError
        If there is none or more than one, or it cannot be read within bounds.
    """
    with Packed(raw, _may_be_people) as packed:
        if kind := kind_of_zip(packed.names):
            raise UnreadableZipError(f"this is {kind.name}, not people; {kind.advice}")
        name = _people(packed.names)
        content = packed.read(name)
    others = len(packed.names) - 1
    left_out = f"{counted(others, 'other file')} of the zip left out: channels, messages and the like"
    return Unpacked(name, content, (left_out,) if others else ())


def _base(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2].lower()


def _may_be_people(name: str) -> bool:
    # a message of Slack is a file as well, in the folder of its channel
    return _base(name) in (*_PEOPLE, _PEOPLE_OF_A_GRID) or ("/" not in name and name.lower().endswith(_ENDS))


def _people(names: Sequence[str]) -> str:
    found = [name for name in names if _base(name) in _PEOPLE]
    found = found or [name for name in names if _base(name) == _PEOPLE_OF_A_GRID]
    if not found and len(names) == 1 and _may_be_people(names[0]):
        found = [names[0]]
    if len(found) == 1:
        return found[0]
    if found:
        shown = ", ".join(brief(name) for name in found[:_SHOWN])
        many = number(len(found))
        raise UnreadableZipError(f"the zip holds {many} files of people ({shown}); give one alone")
    there = ", ".join(brief(name) for name in names[:_SHOWN]) or "nothing"
    wanted = " nor ".join(_PEOPLE)
    raise UnreadableZipError(f"there is neither {wanted} in the zip, but {there}")
