"""What a compressed body holds, with a bound on what comes out: a few bytes can stand for gigabytes.

Reads no network and no JSON.
"""

from __future__ import annotations

import zlib

from simimport.errors import brief

__all__ = ["UnreadableError", "decoded"]

# how zlib is asked for a header: gzip's, its own, or none, which some servers send as deflate
_GZIP, _ZLIB, _BARE = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS
_FORMS = {"gzip": (_GZIP,), "x-gzip": (_GZIP,), "deflate": (_ZLIB, _BARE)}


class UnreadableError(Exception):
    """A body is not what its header says, or is said to be what is not read."""


def decoded(raw: bytes, encoding: str, most: int, *, cut: bool) -> bytes:
    """Return a body without its encoding, or its beginning.

    Parameters
    ----------
    raw : bytes
        As it came.
    encoding : str
        The header ``Content-Encoding``; an empty text where there is none.
    most : int
        Of more bytes than that, only so many are returned, and no more are made.
    cut : bool
        Whether `raw` is the beginning of a body only.

    Raises
    ------
    UnreadableError
        If there are several encodings, if it is another than gzip or deflate, or if the bytes are not that.
    """
    names = [name for part in encoding.lower().split(",") if (name := part.strip()) not in ("", "identity")]
    if not names:
        return raw
    if len(names) > 1 or names[0] not in _FORMS:
        raise UnreadableError(f"the answer is encoded as {brief(encoding)}, though it was asked for as it is")
    for bits in _FORMS[names[0]]:
        reader = zlib.decompressobj(bits)
        try:
            content = reader.decompress(raw, most)
        except zlib.error:
            continue
        if reader.eof or cut or len(content) >= most:
            return content
    raise UnreadableError(f"the answer is said to be encoded as {names[0]}, and is not, or is cut")
