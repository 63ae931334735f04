"""The text in bytes: by the mark, by what was asked for, and else a guess in the refusal."""

from __future__ import annotations

import codecs

import pytest

from simimport import ParameterError
from simimport.model.people.from_csv.encodings import text_in

TEXT = "username,email\njörg,jörg@example.com\n"


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [(TEXT.encode(), ""), (codecs.BOM_UTF8 + TEXT.encode(), ""), (TEXT.encode("utf-16"), "UTF-16"),
     (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "UTF-16"), (TEXT.encode("utf-32"), "UTF-32")],
)  # fmt: skip
def test_a_mark_tells_the_encoding(raw: bytes, encoding: str) -> None:
    assert text_in(raw) == (TEXT, encoding)


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "mac_roman", "utf-16-le", "utf-8", "cp850"])
def test_what_is_asked_for_is_taken(encoding: str) -> None:
    assert text_in(TEXT.encode(encoding), encoding) == (TEXT, encoding)
    assert text_in(codecs.BOM_UTF8 + TEXT.encode(), "utf-8")[0] == TEXT


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("Jörg Müller, Straße", "cp1252"), ("René Lefèvre, déjà", "cp1252"),
     ("山田 陽子, メールアドレス", "cp932"),
     ("王伟, 电子邮件地址", "gb18030"), ("Анна Каренина, почта", "cp1251"),
     ("a,b\n", "utf-16-le"), ("a,b\n", "utf-16-be")],
)  # fmt: skip
def test_a_refusal_says_what_it_looks_like(text: str, encoding: str) -> None:
    with pytest.raises(ValueError, match=f"read_users\\(path, encoding='{encoding}'\\)"):
        text_in(("a,b\n" + text).encode(encoding))


def test_a_refusal_says_where() -> None:
    with pytest.raises(ValueError, match=r"^line 2: byte 0xf6 is not UTF-8; it looks like cp1252"):
        text_in(TEXT.encode("cp1252"))
    with pytest.raises(ValueError, match=r"^line 2: byte 0x81 is not cp1252$"):
        text_in(b"a\n\x81\n", "cp1252")
    with pytest.raises(ValueError, match=r"^line 1: byte 0x89 is not UTF-8; save the file as UTF-8"):
        text_in(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")


@pytest.mark.parametrize("encoding", ["klingon", "rot13", "base64", "", "cp1252\0"])
def test_an_encoding_that_is_none_is_refused(encoding: str) -> None:
    with pytest.raises(ParameterError, match="an encoding of texts that Python knows"):
        text_in(b"a", encoding)
