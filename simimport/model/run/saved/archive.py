"""The file of a saved run: one zip of JSON and NumPy arrays, and a seal that shows damage.

Everything that was drawn is in it, so no other version has to draw it again. Only `Run.save` and `Run.load`
come here. What the members may hold is in `contents`; how large they may be, here.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from simimport.checks import file_path
from simimport.errors import RecordError, SimimportError, brief
from simimport.model.files import read_bytes, written_aside
from simimport.model.run.saved import contents
from simimport.model.run.saved.arrays import ARRAYS, DECIDED
from simimport.show.words import number

if TYPE_CHECKING:
    import pandas as pd

    from simimport.model.run.record import Record

__all__ = ["load", "save"]

_FORMAT = 1
_KIND = "simimport run"
# zip stores a time per member: a fixed one, so that the same run gives the same bytes
_DATE = (1980, 1, 1, 0, 0, 0)
# how many bytes at the end of the file vouch for all before them
_SEAL = 32
# how many bytes the end of the zip has, with the seal as its comment, and how many members it lists
_END, _MOST_MEMBERS = 22 + _SEAL, 10
_DESCRIPTION = "run.json"
_DESCRIPTION_BYTES = 2**22
# what is larger has no list of members that 32 bits can find
_MOST_BYTES = 2**31
# what is none of ours is looked into if it is no larger
_FEW_BYTES = 2**20
# what is drawn hardly packs, so that a file holds some thirty times its size at the most
_DENSEST, _LOOSE_BYTES = 100, 2**26

_Run = TypeVar("_Run", bound="Record")


def save(run: Record, users: pd.DataFrame, path: str | os.PathLike[str]) -> Path:
    """Write a run and its users to a file, and return the path."""
    course, people = run.course, run.course.people
    arrays: dict[str, Any] = {name: getattr(course, name) for name in ARRAYS}
    if people is not None:
        arrays |= {"decided": people.decided, "decided_reason": people.reason}
    target = Path(file_path("path", path))
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as bundle:
        _add(bundle, _DESCRIPTION, json.dumps(_described(run), indent=1).encode())
        for name, array in arrays.items():
            raw = io.BytesIO()
            np.save(raw, array, allow_pickle=False)
            _add(bundle, f"{name}.npy", raw.getvalue())
        _add(bundle, contents.USERS, _users_bytes(users))
        bundle.comment = bytes(_SEAL)
    # the comment of a zip is its end
    sealed = whole.getvalue()[:-_SEAL]
    with written_aside(target, "wb") as file:
        file.write(sealed)
        file.write(_seal(sealed))
    return target


def _described(run: Record) -> dict[str, Any]:
    """Return all of a run that is no array and no frame."""
    course, people = run.course, run.course.people
    return {
        "kind": _KIND,
        "format": _FORMAT,
        "scenario": run.scenario.to_dict(),
        "seed": run.seed,
        "versions": dict(run.versions),
        "segments": [[first, scenario.to_dict(), seed] for first, scenario, seed in course.segments],
        "cancel": course.cancel,
        "crash": course.crash,
        "clear_us": run.clear_us,
        "given": run.given is not None,
        "existing": run.existing,
        "origin": run.origin,
        "slow_s": sorted(people.slow_s.items()) if people else None,
        "people_cancel": people.cancel if people else None,
        "people_crash": people.crash if people else None,
    }


def _seal(content: bytes) -> bytes:
    """Return what a file of that content ends with: a zip's own checksums do not cover its headers."""
    return hashlib.blake2b(content, digest_size=_SEAL // 2).hexdigest().encode()


def _add(bundle: zipfile.ZipFile, name: str, content: bytes) -> None:
    member = zipfile.ZipInfo(name, _DATE)
    member.compress_type = zipfile.ZIP_DEFLATED
    bundle.writestr(member, content, compresslevel=1)


def _users_bytes(users: pd.DataFrame) -> bytes:
    # column by column, as JSON: it tells a missing cell from an empty text, which CSV does not
    data = {name: users[name].astype(object).where(users[name].notna(), None).tolist() for name in users}
    return json.dumps(data, ensure_ascii=False).encode()


def load(path: str | os.PathLike[str], kind: type[_Run]) -> tuple[_Run, pd.DataFrame]:
    """Return the run in a file, as a record of that kind, and its users; a damaged file is refused."""
    path = file_path("path", path)
    try:
        raw = read_bytes(path, most=_MOST_BYTES)
    except ValueError as error:
        raise RecordError(path, str(error)) from None
    try:
        _check_seal(path, raw)
        with zipfile.ZipFile(io.BytesIO(raw)) as bundle:
            meta = _description(bundle)
            _check_members(bundle, meta, len(raw))
            return contents.read(meta, partial(_member, bundle), kind)
    except zipfile.BadZipFile as error:
        raise RecordError(path, f"not a saved run, or a damaged one ({error})") from None
    except RecordError:
        raise
    except SimimportError as error:
        raise RecordError(path, f"damaged: {error}") from None
    except KeyError as error:
        raise RecordError(path, f"not a saved run, or a damaged one: it lacks {error.args[0]!r}") from None
    except Exception as error:  # noqa: BLE001 - a damaged stream can break zlib, JSON or NumPy in any of their ways
        raise RecordError(path, f"damaged ({type(error).__name__}: {error})") from None


def _check_seal(path: str | os.PathLike[str], raw: bytes) -> None:
    if raw[-_SEAL:] != _seal(raw[:-_SEAL]):
        raise RecordError(path, _why_not_sealed(raw))
    if not _has_our_end(raw):
        raise RecordError(path, "not a saved run, or a damaged one")


def _why_not_sealed(raw: bytes) -> str:
    """Return what is wrong with a file that has no seal of ours: it may be something else altogether."""
    if len(raw) <= _FEW_BYTES or _has_our_end(raw):
        with zipfile.ZipFile(io.BytesIO(raw)) as bundle:
            try:
                _description(bundle)
            except _OtherFileError as error:
                return str(error)
    return "damaged: its bytes are not those that were saved"


def _has_our_end(raw: bytes) -> bool:
    """Return whether a zip ends as ours do, with a list of a few members.

    Looked at before `zipfile` does, which takes memory for as many as there are, and as there are said to be.
    """
    end = raw[-_END:]
    alone = raw.rfind(b"PK\x05\x06") == len(raw) - _END and raw[-_END - 20 : -_END - 16] != b"PK\x06\x07"
    return alone and len(end) == _END and int.from_bytes(end[10:12], "little") <= _MOST_MEMBERS


def _description(bundle: zipfile.ZipFile) -> dict[str, Any]:
    """Return what the file says of itself, if it is one that this version reads."""
    meta = json.loads(_member(bundle, _DESCRIPTION, _DESCRIPTION_BYTES))
    if not isinstance(meta, dict) or meta.get("kind") != _KIND:
        raise _OtherFileError("not a saved run")
    if meta["format"] != _FORMAT:
        raise _OtherFileError(f"its format is {brief(meta['format'])}, and this version reads {_FORMAT}")
    return meta


class _OtherFileError(SimimportError):
    """It is whole, as far as one can see, and none of ours."""


def _check_members(bundle: zipfile.ZipFile, meta: dict[str, Any], size: int) -> None:
    """Refuse what is no part of a saved run, and more than a file of that size can hold."""
    arrays = [*ARRAYS, *(DECIDED if meta["slow_s"] is not None else ())]
    wanted = {_DESCRIPTION, contents.USERS, *(f"{name}.npy" for name in arrays)}
    infos = bundle.infolist()
    for name, times in Counter(info.filename for info in infos).items():
        if name not in wanted or times > 1:
            raise SimimportError(f"{brief(name)} is no part of it, or is there twice")
    total, most = sum(info.file_size for info in infos), _LOOSE_BYTES + _DENSEST * size
    if total > most:
        raise SimimportError(f"it would take {number(total)} bytes, which so small a file cannot hold")


def _member(bundle: zipfile.ZipFile, name: str, most: int) -> bytes:
    """Return the bytes of a member; one of more than so many is refused, unread."""
    try:
        info = bundle.getinfo(name)
    except KeyError:
        raise KeyError(name) from None
    if info.file_size > most:
        raise SimimportError(f"{name} would take {number(info.file_size)} bytes, and may take {number(most)}")
    with bundle.open(info) as file:
        # with a number it gives no more than that, whatever the stream holds; without, all of it comes first
        return file.read(info.file_size)
