"""Fixture packs: every answer of an import as plain files, for suites in any language.

Decides what is in a pack and how it is called; the bodies come from the model and the service.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simimport.errors import ParameterError, suggestion
from simimport.model.files import folder_written_aside, read_text
from simimport.model.run.run import Run
from simimport.model.scenario import Scenario
from simimport.model.states import State
from simimport.testing.naming import names
from simimport.testing.refused import refused
from simimport.testing.sources import Told, told_by
from simimport.testing.traces import SEQUENCE, Recorded, Trace, line_of
from simimport.testing.wiremock import mappings

__all__ = [
    "FORMATS",
    "MANIFEST",
    "Pack",
    "foreign",
    "foreign_to_packs",
    "formats_of",
    "pack_of",
    "write_fixtures",
]

#: The forms in which a pack can be had.
FORMATS = ("json", "wiremock")
#: The file that says what is in a pack.
MANIFEST = "manifest.json"

# of the layout of packs; whoever changes it, changes this
_LAYOUT = 1


def write_fixtures(
    source: Run | Trace | Scenario | str,
    folder: str | os.PathLike[str],
    *,
    dialect: str = "docs",
    formats: Sequence[str] = ("json",),
    seed: int | None = None,
    replace: bool = False,
) -> dict[str, Any]:
    r"""Write a pack of every distinct answer of an import, and return its manifest.

    Parameters
    ----------
    source : Run, Trace, Scenario or str
        A run, or what makes one: a scenario, or the name of a preset. Or a trace, whose bodies are taken as
        they are.
    folder : path
        To make, inside one that exists. It may be there already if it is empty.
    dialect : {"docs", "server-6.3", "server-7.4", "server-8.3"}
        Whose words. For a trace, only its refusals depend on it; ``docs`` is then what the trace looks like.
    formats : sequence of {"json", "wiremock"}, default ("json",)
        ``json``: ``answers/``, ``states/``, ``errors/`` and the timed sequence. ``wiremock``: a file of
        mappings under ``wiremock/``, the folder to give to WireMock as its root.
    seed : int, optional
        Of a scenario's or a preset's run: 0 unless given. A run or a trace has its own.
    replace : bool, default False
        Whether an earlier pack in `folder` may be replaced; a folder with anything else in it never is.

    Returns
    -------
    dict
        What ``manifest.json`` says: ``layout source scenario seed code dialect formats versions final
        duration_s answers states errors files`` and more; ``files`` has the SHA-256 of each.

    Raises
    ------
    ParameterError
        If an argument is none of these, the trace is empty or JSON cannot say it, or `folder` may not be
        replaced. Nothing is half written.

    Notes
    -----
    The same source, seed, versions and arguments give the same bytes. An answer equal to the one before it is
    left out: a poller would see the same again. ``answers/0007-importing-completed-0300-error-0012.json`` is
    the body of the seventh; line 7 of ``sequence.jsonl`` is the same with its instant, and `read_trace` reads
    the pack by it. What is no body with a state, such as a recorded 503, is written with its instant and
    HTTP status instead. ``states/`` has one answer per state that is reached: the last of a state in which an
    import ends, else the one in the middle, whose counters say something. ``errors/`` has ``http_status``,
    ``headers`` and ``body`` of each refusal.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from simimport import write_fixtures
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     pack = Path(folder, "pack")
    ...     manifest = write_fixtures("done_but_nobody_imported", pack)
    ...     print(*sorted(path.name for path in pack.glob("answers/*-importing-comp*"))[:3], sep="\n")
    0004-importing-completed-0000-error-0000.json
    0005-importing-completed-0000-error-0050.json
    0006-importing-completed-0000-error-0100.json
    >>> manifest["final"], manifest["answers"], list(manifest["states"])
    ('done', 10, ['none', 'new', 'ready', 'importing', 'done'])
    """
    asked = formats_of(formats)
    target = Path(folder)
    if target.is_dir() and any(target.iterdir()):
        if not replace:
            allowed = "a folder that is new or empty; replace=True replaces an earlier pack"
            raise ParameterError("folder", os.fspath(folder), allowed)
        strange = foreign(target)
        if strange is not None:
            allowed = f"the folder of an earlier pack; this one holds other things, such as {strange}"
            raise ParameterError("folder", os.fspath(folder), allowed)
    pack = pack_of(source, dialect=dialect, formats=asked, seed=seed)
    with folder_written_aside(target, replace=replace) as aside:
        pack.write(aside)
    return pack.manifest


@dataclass(frozen=True)
class Pack:
    """A pack before it is written.

    Parameters
    ----------
    manifest : dict
    files : dict of str to bytes
        The content of each file by its path in the pack, the manifest among them.
    """

    manifest: dict[str, Any]
    files: dict[str, bytes]

    def write(self, folder: Path) -> None:
        """Write the files into a folder that is there, and empty."""
        for name in sorted({os.path.dirname(name) for name in self.files}):  # noqa: PTH120 - of a text
            (folder / name).mkdir(parents=True, exist_ok=True)
        for name, content in self.files.items():
            (folder / name).write_bytes(content)


def pack_of(
    source: Run | Trace | Scenario | str, *, dialect: str, formats: Sequence[str], seed: int | None = None
) -> Pack:
    """Return the pack that `write_fixtures` would write."""
    told = told_by(source, dialect, seed)
    named = list(zip(names(told.answers), told.answers, strict=True))
    refusals = refused(told.dialect, told.epoch_ms)
    files: dict[str, bytes] = {}
    listed: dict[str, Any] = {}
    if "json" in formats:
        states = _states(named, told)
        listed["states"] = {str(state): name for state, (name, _) in states.items()}
        listed["errors"] = {each.name: each.about for each in refusals}
        files |= {f"answers/{name}.json": _text(_whole(answer)) for name, answer in named}
        files |= {f"states/{state}.json": _text(body) for state, (_, body) in states.items()}
        for each in refusals:
            content = {"http_status": each.refusal.http_status, "headers": each.headers}
            files[f"errors/{each.name}.json"] = _text({**content, "body": each.refusal.body})
        files[SEQUENCE] = b"".join(map(line_of, told.answers))
    if "wiremock" in formats:
        # one file, so that it is one to copy
        told_to_wiremock = {"mappings": list(mappings(named, refusals, told.dialect))}
        files["wiremock/mappings/import.status.json"] = _text(told_to_wiremock)
    manifest = {
        "layout": _LAYOUT,
        **told.facts,
        "dialect": told.dialect.name,
        "formats": list(formats),
        "final": next((answer.state for answer in reversed(told.answers) if answer.state), None),
        "duration_s": round(told.answers[-1].at_s - told.answers[0].at_s, 6),
        "answers": len(told.answers),
        **listed,
        "files": {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files)},
    }
    return Pack(manifest, {**files, MANIFEST: _text(manifest)})


def foreign(folder: Path) -> str | None:
    """Return what is in a folder and belongs to no pack, by its path there; None where there is nothing."""
    try:
        manifest = json.loads(read_text(folder / MANIFEST))
        known = {MANIFEST, *manifest["files"]} if isinstance(manifest["layout"], int) else set()
    except (ValueError, RecursionError, TypeError, KeyError):
        known = set()
    ours = {Path(name) for name in known}
    ours |= {parent for path in ours for parent in path.parents}
    found = sorted(path.relative_to(folder) for path in folder.rglob("*"))
    return next((path.as_posix() for path in found if path not in ours), None)


def foreign_to_packs(folder: Path) -> str | None:
    """Return what is in a folder of packs and belongs to none of them; None where there is nothing."""
    for entry in sorted(folder.iterdir()):
        packed = entry.is_dir() and not entry.is_symlink() and (entry / MANIFEST).is_file()
        strange = foreign(entry) if packed else ""
        if strange is not None:
            return f"{entry.name}/{strange}" if strange else entry.name
    return None


# what is in it -------------------------------------------------------------------------------------


def _states(
    named: Sequence[tuple[str, Recorded]], told: Told
) -> dict[State, tuple[str | None, Mapping[str, Any]]]:
    """Return the most telling answer of each state, and its name; in the order of the states' lives."""
    found: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    for name, answer in named:
        if answer.state is not None:
            found.setdefault(answer.state, []).append((name, answer.body))
    # of an end the last, which is final; while importing, the counters in the middle say something
    telling: dict[State, tuple[str | None, Mapping[str, Any]]] = {
        state: found[state][-1 if state.terminal else len(found[state]) // 2]
        for state in State if state in found
    }  # fmt: skip
    if told.nothing is not None:
        telling = {State.NONE: (None, told.nothing), **telling}
    return telling


def _whole(answer: Recorded) -> Any:
    """Return what stands in an answer's file: the body that tells a state, else all of the answer."""
    if answer.state is not None:
        return answer.body
    return {"at_s": answer.at_s, "http_status": answer.http_status, "body": answer.body}


def _text(content: Any) -> bytes:
    """Return JSON as packs have it: in the wire's order of keys, indented, for people and for diff."""
    try:
        text = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
    except RecursionError:
        raise ParameterError("source", content, "answers that are not nested so deeply") from None
    try:
        return text.encode()
    except UnicodeEncodeError:
        # half a character, of a broken server: UTF-8 cannot say it, JSON's escapes can
        return (json.dumps(content, indent=2) + "\n").encode()


# arguments ------------------------------------------------------------------------------------------


def formats_of(formats: Sequence[str]) -> tuple[str, ...]:
    """Return the formats that are asked for, each once and in one order; unknown ones are refused."""
    given = list(formats) if not isinstance(formats, str) else None
    if not given:
        raise ParameterError("formats", formats, f'some of {", ".join(FORMATS)}, such as ("json",)')
    for name in given:
        if name not in FORMATS:
            raise ParameterError("format", name, ", ".join(FORMATS), hint=suggestion(name, FORMATS))
    return tuple(name for name in FORMATS if name in given)
