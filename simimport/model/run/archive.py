"""The file of a saved run: one zip of JSON and NumPy arrays, and a seal that shows damage.

Everything that was drawn is in it, so no other version has to draw it again. Only `Run.save` and `Run.load`
come here.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from simimport.errors import RecordError, SimimportError
from simimport.model import columns
from simimport.model.files import written_aside
from simimport.model.people.decisions import Decisions
from simimport.model.run.course import Course, Segment
from simimport.model.scenario import Scenario
from simimport.show.words import counted, number

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from simimport.model.run.record import Record

__all__ = ["load", "save"]

_FORMAT = 1
_KIND = "simimport run"
# zip stores a time per member: a fixed one, so that the same run gives the same bytes
_DATE = (1980, 1, 1, 0, 0, 0)
# how many bytes at the end of the file vouch for all before them
_SEAL = 32
#: Per array: its type, and whether it has an entry per batch or per user.
_ARRAYS = {
    "batch_s": ("float64", "batch"),
    "stall_s": ("float64", "batch"),
    "failed": ("bool", "user"),
    "finished_us": ("int64", "user"),
    "reasons": ("int8", "user"),
}
_DECIDED = {"decided": ("bool", "user"), "decided_reason": ("int8", "user")}


_Run = TypeVar("_Run", bound="Record")


def save(run: Record, users: pd.DataFrame, path: str | os.PathLike[str]) -> Path:
    """Write a run and its users to a file, and return the path."""
    course, people = run.course, run.course.people
    arrays: dict[str, Any] = {name: getattr(course, name) for name in _ARRAYS}
    if people is not None:
        arrays |= {"decided": people.decided, "decided_reason": people.reason}
    target = Path(path)
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as bundle:
        _add(bundle, "run.json", json.dumps(_described(run), indent=1).encode())
        for name, array in arrays.items():
            raw = io.BytesIO()
            np.save(raw, array, allow_pickle=False)
            _add(bundle, f"{name}.npy", raw.getvalue())
        _add(bundle, "users.json", _users_bytes(users))
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
    try:
        raw = Path(path).read_bytes()
        with zipfile.ZipFile(io.BytesIO(raw)) as bundle:
            content = {name: bundle.read(name) for name in bundle.namelist()}
        return _read(_description(path, content, raw), content, kind)
    except FileNotFoundError:
        raise RecordError(path, "there is no such file") from None
    except IsADirectoryError:
        raise RecordError(path, "this is a folder, not a file") from None
    except zipfile.BadZipFile as error:
        raise RecordError(path, f"not a saved run, or a damaged one ({error})") from None
    except OSError as error:
        raise RecordError(path, f"cannot be read: {error.strerror or error}") from None
    except RecordError:
        raise
    except SimimportError as error:
        raise RecordError(path, f"damaged: {error}") from None
    except KeyError as error:
        raise RecordError(path, f"not a saved run, or a damaged one: it lacks {error.args[0]!r}") from None
    except Exception as error:  # noqa: BLE001 - a damaged stream can break zlib, JSON or NumPy in any of their ways
        raise RecordError(path, f"damaged ({type(error).__name__}: {error})") from None


def _description(path: str | os.PathLike[str], content: dict[str, bytes], raw: bytes) -> dict[str, Any]:
    """Return what the file says of itself, if it is one that this version reads, and whole."""
    meta = json.loads(content["run.json"])
    if not isinstance(meta, dict) or meta.get("kind") != _KIND:
        raise RecordError(path, "not a saved run")
    if meta["format"] != _FORMAT:
        raise RecordError(path, f"its format is {meta['format']}, and this version reads {_FORMAT}")
    if raw[-_SEAL:] != _seal(raw[:-_SEAL]):
        raise RecordError(path, "damaged: its bytes are not those that were saved")
    return meta


def _read(
    meta: dict[str, Any], content: dict[str, bytes], kind: type[_Run]
) -> tuple[_Run, pd.DataFrame]:
    scenario = Scenario.from_dict(meta["scenario"])
    users = columns.frame("users", json.loads(content["users.json"]))
    if len(users) != scenario.users:
        raise SimimportError(f"it has {counted(len(users), 'user')} and says {number(scenario.users)}")
    run = kind(
        scenario=scenario,
        seed=meta["seed"],
        course=_course(meta, content, scenario),
        clear_us=meta["clear_us"],
        given=users if meta["given"] else None,
        existing=meta["existing"],
        origin=meta["origin"],
        saved_versions=meta["versions"],
    )
    return run, users


def _course(meta: dict[str, Any], content: dict[str, bytes], scenario: Scenario) -> Course:
    arrays = {name: _array(content, name, kind, per, scenario) for name, (kind, per) in _ARRAYS.items()}
    people = None
    if meta["slow_s"] is not None:
        decided = [_array(content, name, kind, per, scenario) for name, (kind, per) in _DECIDED.items()]
        slow = {int(user): float(seconds) for user, seconds in meta["slow_s"]}
        people = Decisions(decided[0], decided[1], slow, meta["people_cancel"], meta["people_crash"])
    segments = [Segment(first, Scenario.from_dict(fields), seed) for first, fields, seed in meta["segments"]]
    course = Course(
        segments=tuple(segments),
        people=people,
        batch_s=arrays["batch_s"],
        stall_s=arrays["stall_s"],
        failed=arrays["failed"],
        cancel=meta["cancel"],
        crash=meta["crash"],
    )
    # what was drawn when it was saved is not drawn again
    course.__dict__.update(finished_us=arrays["finished_us"], reasons=arrays["reasons"])
    return course


def _array(content: dict[str, bytes], name: str, kind: str, per: str, scenario: Scenario) -> NDArray[Any]:
    array = np.load(io.BytesIO(content[f"{name}.npy"]), allow_pickle=False)
    length = scenario.users if per == "user" else -(-scenario.users // scenario.batch_size)
    if array.dtype != np.dtype(kind) or array.shape != (length,):
        raise SimimportError(f"{name} is {array.dtype} of shape {array.shape}, not {kind} of ({length},)")
    return np.asarray(array, dtype=kind)
