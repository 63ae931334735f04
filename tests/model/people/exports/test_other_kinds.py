"""What is no file of people, by how it begins; and that no file of people begins so."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import pickle
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing

import pytest

from simimport.model.people.exports.other_kinds import KINDS, TEXTS, kind_of, kind_of_zip


def name_of(raw: bytes) -> str:
    kind = kind_of(raw)
    return kind.name if kind else ""


def tar() -> bytes:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as bundle:
        bundle.addfile(tarfile.TarInfo("users.json"), io.BytesIO())
    return whole.getvalue()


def database() -> bytes:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("create table users (name)")
        return connection.serialize()


@pytest.mark.parametrize(
    ("make", "name"),
    [(lambda: gzip.compress(b"a"), "gzip"), (lambda: bz2.compress(b"a"), "bzip2"),
     (lambda: lzma.compress(b"a"), "xz"), (tar, "tar archive"), (database, "SQLite"),
     (lambda: pickle.dumps([{"username": "ann"}]), "pickle")],
)  # fmt: skip
def test_what_libraries_write_is_known_again(make: Callable[[], bytes], name: str) -> None:
    assert name in name_of(make())


@pytest.mark.parametrize("kind", [*KINDS, *TEXTS], ids=lambda kind: kind.name)
def test_each_kind_is_known_by_each_of_its_beginnings(kind: object) -> None:
    assert isinstance(kind, tuple)
    name, _, begins = kind
    assert begins
    assert {name_of(begin + b" and more") for begin in begins} == {name}


@pytest.mark.parametrize(
    ("text", "name"),
    [("\ufeff\n <!DOCTYPE HTML>\n", "web page"), ("<users><user/></users>", "XML"),
     ("<User xmlns='x'>", "XML"), ("HTTP/1.1 200 OK\n\n[]", "answer of a server"),
     ("BEGIN:VCARD\r\n", "vCards"), ("version: 1\n\ndn: uid=ann\n", "LDIF"),
     ("{\\rtf1\\ansi", "RTF"), ("---\nusers:\n", "YAML"), ("INSERT INTO `users` VALUES", "SQL")],
)  # fmt: skip
def test_texts_in_other_formats_are_known(text: str, name: str) -> None:
    assert name in name_of(text.encode())


@pytest.mark.parametrize(
    "text",
    ["", "username,email\n", "ann,ann@example.com,Ann\n", "<ann@example.com>,Ann\n", "dn,mail\n",
     "users;email\n", "version,name\n", "name\nhtml\n", json.dumps([{"username": "<html>"}]),
     "# people\nann,ann@example.com,Ann\n", "insert,insert@example.com,Insert\n", "PARis,a@example.com,P\n",
     "begin,vcard@example.com,B\n", "http,http@example.com,H\n", "- ann,ann@example.com,Ann\n"],
)  # fmt: skip
def test_people_are_never_taken_for_something_else(text: str) -> None:
    assert kind_of(text.encode()) is None


@pytest.mark.parametrize(
    ("names", "name"),
    [(["[Content_Types].xml", "xl/workbook.xml"], "Excel"), (["word/document.xml"], "Word"),
     (["mimetype", "content.xml"], "OpenDocument"), (["Index/Document.iwa"], "Numbers"),
     (["users.json", "excel/xl/a"], "")],
)  # fmt: skip
def test_documents_that_are_zips_are_known(names: list[str], name: str) -> None:
    kind = kind_of_zip(names)
    assert name in (kind.name if kind else "")
    assert bool(kind) == bool(name)
