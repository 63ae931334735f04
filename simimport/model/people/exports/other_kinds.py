"""Files that hold no people we read: told by how they begin, named, and what to do instead.

Only beginnings are looked at: a few bytes are enough for each, and none of them begins a list of people.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

__all__ = ["DOCUMENTS", "KINDS", "TEXTS", "UNPACK", "Kind", "kind_of", "kind_of_no_text", "kind_of_zip"]

_AS_CSV = "save the list as CSV"
#: What to do with what is packed, whatever is in it.
UNPACK = "unpack it first"
_EXPORT = "export the people as CSV or JSON"


class Kind(NamedTuple):
    """What a file is, what to do with it, and the bytes with which it begins."""

    name: str
    advice: str
    begins: tuple[bytes, ...] = ()


_BZIP2 = tuple(b"BZh%d1AY&SY" % level for level in range(1, 10))
_PICKLE = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: Files that are no texts. (A zip is looked into.)
KINDS = (
    Kind("an old Excel workbook (.xls) or another old Office file", _AS_CSV, (_OLE,)),
    Kind("a file packed by gzip (.gz)", UNPACK, (b"\x1f\x8b",)),
    Kind("a file packed by bzip2 (.bz2)", UNPACK, _BZIP2),
    Kind("a file packed by xz (.xz)", UNPACK, (b"\xfd7zXZ\x00",)),
    Kind("a file packed by zstd (.zst)", UNPACK, (b"\x28\xb5\x2f\xfd",)),
    Kind("a 7-Zip archive (.7z)", UNPACK, (b"7z\xbc\xaf\x27\x1c",)),
    Kind("a RAR archive (.rar)", UNPACK, (b"Rar!\x1a\x07",)),
    Kind("a PDF", _EXPORT, (b"%PDF-",)),
    Kind("a Parquet file", _EXPORT, (b"PAR1",)),
    Kind("an Arrow or Feather file", _EXPORT, (b"ARROW1\x00\x00", b"FEA1")),
    Kind("an Avro file", _EXPORT, (b"Obj\x01",)),
    Kind("an SQLite database", _EXPORT, (b"SQLite format 3\x00",)),
    Kind("an HDF5 file", _EXPORT, (b"\x89HDF\r\n\x1a\n",)),
    Kind("a pickle of Python", "write it as CSV or JSON", _PICKLE),
    Kind("a picture", _EXPORT, (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")),
)
#: Texts in another format; their beginnings in small letters.
TEXTS = (
    Kind("a file of vCards (.vcf)", _EXPORT, (b"begin:vcard",)),
    Kind("a calendar (.ics)", _EXPORT, (b"begin:vcalendar",)),
    Kind("LDIF, as ldapsearch writes it", "export the entries as JSON or CSV",
         (b"dn: ", b"dn:: ", b"version: 1\n", b"version: 1\r", b"# extended ldif")),
    Kind("a web page (HTML), perhaps of an error or of a login", "save the file itself",
         (b"<!doctype html", b"<html", b"<head", b"<body", b"<!--")),
    Kind("XML", _EXPORT, (b"<?xml",)),
    Kind("the answer of a server, with its headers", "save its body alone",
         (b"http/1.", b"http/2 ", b"http/3 ")),
    Kind("RTF", "save the list as plain text, in CSV", (b"{\\rtf",)),
    Kind("SQL", _EXPORT, (b"insert into ", b"create table ", b"-- mysql dump", b"-- mariadb dump",
                          b"--\n-- postgresql", b"pragma foreign_keys")),
    Kind("YAML", _EXPORT,
         (b"---\n", b"---\r", b"users:\n", b"users:\r", b"- username:", b"- email:", b"- name:")),
)  # fmt: skip
#: Documents that are zips; how the name of a file in them begins, in small letters.
DOCUMENTS = (
    Kind("an Excel workbook (.xlsx)", _AS_CSV, (b"xl/",)),
    Kind("a Word document (.docx)", _AS_CSV, (b"word/",)),
    Kind("a PowerPoint document (.pptx)", _EXPORT, (b"ppt/",)),
    Kind("a document of Numbers or Pages", _AS_CSV, (b"index/document.iwa",)),
    Kind("an OpenDocument, such as a spreadsheet (.ods)", _AS_CSV, (b"content.xml",)),
)
_TAR, _TAR_AT = b"ustar", 257
_ELEMENT = re.compile(rb"<[a-z][\w:.-]*(\s+[a-z_:][\w:.-]*\s*=|\s*/?>)")
_SEEN = 512


def kind_of(raw: bytes) -> Kind | None:
    """Return what else a file is, by how it begins; None where it may be people."""
    if kind := kind_of_no_text(raw):
        return kind
    text = raw[:_SEEN].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for kind in TEXTS:
        if text.startswith(kind.begins):
            return kind
    return Kind("XML", _EXPORT) if _ELEMENT.match(text) else None


def kind_of_no_text(raw: bytes) -> Kind | None:
    """Return which file it is that is no text, by how it begins; None where it may be one, or a zip."""
    for kind in KINDS:
        if raw.startswith(kind.begins):
            return kind
    return Kind("a tar archive (.tar)", UNPACK) if raw.startswith(_TAR, _TAR_AT) else None


def kind_of_zip(names: Iterable[str]) -> Kind | None:
    """Return which document a zip with files of such names is, if it is one."""
    lowered = [name.lower().encode(errors="replace") for name in names]
    return next((kind for kind in DOCUMENTS if any(name.startswith(kind.begins) for name in lowered)), None)
