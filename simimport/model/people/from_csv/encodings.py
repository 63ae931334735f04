"""The text in a file's bytes: which encoding it has, by its mark or by what was asked for, and else a guess.

A guess is only ever told: a file is never read by one.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from simimport.errors import ParameterError

if TYPE_CHECKING:
    from simimport.model.people.from_csv.stored import Stored

__all__ = [
    "Utf8", "beginning", "decoded", "encoded", "is_marked_otherwise", "is_utf_8", "text_in", "unmarked",
    "utf_8_in",
]  # fmt: skip

#: Marks at the very beginning, with the encoding that they tell; the longer ones first.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_UTF_8 = tuple(mark for mark, encoding in _MARKS if encoding != "utf-8-sig")
#: As many bytes as tell how a text is written.
_BEGINNING = 2**20
#: So many bytes are decoded at a time to see whether they can be.
_PIECE = 2**16
#: How much of a file a guess looks at.
_GUESSED_BYTES = 2**16
#: Bytes that cp1252 has no character for.
_NOT_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
#: Encodings of other scripts: bytes that a text in them has and a European one hardly, such as four letters
#: beyond ASCII in a row, and the letters that nearly all of it are.
_SCRIPTS = (
    ("cp932", re.compile(rb"[\x81-\x9f][\x40-\x7e\x80-\xfc]"), re.compile("[\u3000-\u30ff\u4e00-\u9fff]")),
    ("cp1251", re.compile(rb"[\xa8\xb8\xc0-\xff]{4}"), re.compile("[\u0401\u0410-\u0451]")),
    ("gb18030", re.compile(rb"[\xa1-\xf7]{4}"), re.compile("[\u3000-\u3010\u4e00-\u9fff\uff00-\uff5e]")),
)


def is_marked_otherwise(raw: bytes) -> bool:
    """Return whether a mark at the beginning tells an encoding that is not UTF-8."""
    return raw.startswith(_NOT_UTF_8)


def unmarked(raw: bytes) -> bytes:
    """Return UTF-8 without its mark, which some programs write twice."""
    return raw.removeprefix(codecs.BOM_UTF8).removeprefix(codecs.BOM_UTF8)


def encoded(text: str) -> bytes:
    """Return a text in UTF-8; half a surrogate pair, which only Python has, as if it were a character."""
    return text.encode("utf-8", "surrogatepass")


def decoded(raw: bytes) -> str:
    """Return the text that was `encoded`."""
    return raw.decode("utf-8", "surrogatepass")


def beginning(raw: bytes | Stored) -> str:
    """Return the first 2**18 to 2**20 characters of UTF-8, or all of it where these are blanks."""
    if len(raw) <= _BEGINNING:
        return decoded(raw[:])
    begin = raw[:_BEGINNING]
    end = len(begin) - 1
    while begin[end] & 0xC0 == 0x80:
        end -= 1  # this is in the middle of a character, which may be cut off
    text = decoded(begin[:end])
    return decoded(raw[:]) if text.isspace() else text


def is_utf_8(raw: bytes) -> bool:
    """Return whether some bytes are UTF-8 to the end, without the room that their text takes."""
    seen = Utf8()
    pieces = (raw[start : start + _PIECE] for start in range(0, len(raw), _PIECE))
    return raw.isascii() or (all(map(seen.goes_on_with, pieces)) and not seen.pending)


class Utf8:
    """Bytes that come piece by piece and are looked at for being UTF-8.

    Attributes
    ----------
    pending : int
        How many bytes of a character that is not complete stand at the end of what was seen.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self.pending = 0

    def goes_on_with(self, piece: bytes) -> bool:
        """Return whether it is still UTF-8 with the next piece, but for what is pending."""
        # what is no more than ASCII needs no decoding, unless a character goes on in it
        if self.pending or not piece.isascii():
            try:
                self._decoder.decode(piece)
            except UnicodeDecodeError:
                return False
            self.pending = len(self._decoder.getstate()[0])
        return True


def utf_8_in(raw: bytes, encoding: str | None = None) -> tuple[bytes, str]:
    """Return what `text_in` does, the text in UTF-8: most files are in it, and need not be decoded for it."""
    if encoding is None and not is_marked_otherwise(raw) and not _unmarked_utf_16(raw):
        bare = unmarked(raw)
        if is_utf_8(bare):
            return bare, ""
    text, found = text_in(raw, encoding)
    return encoded(text), found


def text_in(raw: bytes, encoding: str | None = None) -> tuple[str, str]:
    """Return the text of a file without its mark, and the encoding where it is not UTF-8.

    Parameters
    ----------
    raw : bytes
        The whole file.
    encoding : str, optional
        What it is encoded in, as Python calls it. Without it, UTF-8, or what the mark at the beginning says.

    Raises
    ------
    ParameterError
        If Python knows no such encoding of texts.
    ValueError
        If the bytes are not in that encoding; it says where, and what they look like.
    """
    if encoding is not None:
        return _decoded(raw, _checked(encoding)), encoding
    for mark, marked in _MARKS:
        if raw.startswith(mark):
            return _decoded(raw, marked), "" if marked == "utf-8-sig" else marked.upper()
    if guess := _unmarked_utf_16(raw):
        raise ValueError(f"not UTF-8; {_advice(guess)}")
    try:
        return raw.decode(), ""
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        begin = raw.rfind(b"\n", 0, error.start) + 1
        guess = _guess(raw[begin : begin + _GUESSED_BYTES])
        problem = f"line {line}: byte 0x{raw[error.start]:02x} is not UTF-8"
        raise ValueError(f"{problem}; {_advice(guess) if guess else 'save the file as UTF-8'}") from None


def _advice(guess: str) -> str:
    mend = f"read_users(path, encoding={guess!r}) or --encoding {guess}, or save the file as UTF-8"
    return f"it looks like {guess}: {mend}"


def _checked(encoding: str) -> str:
    allowed = "an encoding of texts that Python knows, such as 'cp1252'"
    try:
        b"a".decode(encoding, "ignore")
    except (LookupError, TypeError, ValueError):
        raise ParameterError("encoding", encoding, allowed) from None
    name = codecs.lookup(encoding).name
    # of these the mark is no part of the text
    return "utf-8-sig" if name == "utf-8" else name


def _decoded(raw: bytes, encoding: str) -> str:
    try:
        text = raw.decode(encoding)
    except UnicodeError as error:
        start = getattr(error, "start", 0)
        line = raw.count(b"\n", 0, start) + 1
        place = f"byte 0x{raw[start]:02x}" if start < len(raw) else "the end"
        raise ValueError(f"line {line}: {place} is not {encoding}") from None
    return text.removeprefix("\ufeff")


def _unmarked_utf_16(raw: bytes) -> str:
    """Return which UTF-16 it is, where every other byte at the beginning is zero."""
    begin = raw[:64]
    for first, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros, others = begin[first::2], begin[1 - first :: 2]
        if len(begin) > 3 and not any(zeros) and all(others):
            return name
    return ""


def _guess(raw: bytes) -> str:
    """Return the encoding that the bytes look like, or nothing where they look like no text at all."""
    if re.search(rb"[\0-\x08\x0e-\x1a]", raw):
        return ""
    for name, mark, letters in _SCRIPTS:
        if not mark.search(raw):
            continue
        beyond = [character for character in raw.decode(name, errors="replace") if character > "\x7f"]
        if sum(bool(letters.match(character)) for character in beyond) > 0.9 * len(beyond):
            return name
    return "latin-1" if _NOT_CP1252.search(raw) else "cp1252"
