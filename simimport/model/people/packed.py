"""A zip of files of people, read within bounds: a few bytes can stand for gigabytes. Nothing is written.

Knows no format of people, and no import.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable
from types import TracebackType
from typing import Self

from simimport.errors import brief
from simimport.show.words import number

__all__ = ["Packed", "UnreadableZipError", "is_packed"]

#: What a zip may hold: so many files, in all so many bytes, and of a small zip not more than it can hold.
_MOST_MEMBERS = 10_000
#: The same where most are passed over unread: an export of Slack has a file for each channel and day.
_MOST_PASSED_OVER = 500_000
_MOST_BYTES = 2**27
# people in CSV or JSON hardly ever pack tighter than this, and a zip of nothing but zeros a thousand times
_DENSEST, _LOOSE_BYTES = 60, 2**20
_BEGINS = (b"PK\x03\x04", b"PK\x05\x06")
_LISTED = b"PK\x01\x02"
# what systems put into zips
_LITTER = ("__MACOSX", ".DS_Store")
_ENCRYPTED = 1


class UnreadableZipError(Exception):
    """A zip is broken, too large, or not read here; the message says which."""


def is_packed(raw: bytes) -> bool:
    """Return whether a file is a zip, by how it begins."""
    return raw.startswith(_BEGINS)


class Packed:
    """The files in a zip, without its folders and without what systems put there.

    Parameters
    ----------
    raw : bytes
        The whole zip.
    wanted : function, optional
        Whether a file of some name is to be read; the others are passed over, however large they are.

    Raises
    ------
    UnreadableZipError
        If it cannot be read, or might be meant to do harm.

    Attributes
    ----------
    names : tuple of str
        Of its files, those that are wanted first.
    """

    def __init__(self, raw: bytes, wanted: Callable[[str], bool] | None = None) -> None:
        most_members = _MOST_PASSED_OVER if wanted else _MOST_MEMBERS
        # looked at before zipfile makes an object of each member
        if raw.count(_LISTED) > most_members:
            raise UnreadableZipError(f"the zip holds more than {number(most_members)} files")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(raw))
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
            raise UnreadableZipError(f"the zip is damaged ({error})") from None
        there = [info for info in self._zip.infolist() if not info.is_dir() and not _is_litter(info.filename)]
        files = [info for info in there if not wanted or wanted(info.filename)]
        self._infos = {info.filename: info for info in files}
        self.names = tuple(dict.fromkeys([*self._infos, *(info.filename for info in there)]))
        if len(files) > len(self._infos):
            raise UnreadableZipError("the zip holds two files of one name")
        for name in self._infos:
            _check_name(name)
        most = min(_MOST_BYTES, _LOOSE_BYTES + _DENSEST * len(raw))
        total = sum(info.file_size for info in files)
        if total > most:
            raise UnreadableZipError(
                f"unpacked, the zip would take {number(total)} bytes, and may take {number(most)}"
            )

    def read(self, name: str) -> bytes:
        """Return the bytes of a file.

        Raises
        ------
        UnreadableZipError
            If they are not what the zip says of them.
        """
        info = self._infos[name]
        if info.flag_bits & _ENCRYPTED:
            raise UnreadableZipError(f"{brief(name)} is encrypted")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            # of others more comes out at once than is asked for
            raise UnreadableZipError(f"{brief(name)} is packed in a way that is not read; use deflate")
        try:
            with self._zip.open(info) as file:
                # with a number it gives no more than that, whatever the stream holds
                content = file.read(info.file_size)
                if len(content) < info.file_size or file.read(1):
                    raise UnreadableZipError(f"{brief(name)} is not as long as the zip says")
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as error:
            raise UnreadableZipError(f"{brief(name)} in the zip is damaged ({error})") from None
        return content

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()


def _is_litter(name: str) -> bool:
    return any(litter in name for litter in _LITTER)


def _check_name(name: str) -> None:
    """Refuse a name that leads out of the folder into which somebody might unpack it."""
    parts = name.replace("\\", "/").split("/")
    if not parts[0] or ".." in parts or ":" in parts[0]:
        raise UnreadableZipError(f"the name {brief(name)} leads out of the zip")
