"""Saved runs that somebody else has written: refused by name, or as good as any, and no larger than that."""

from __future__ import annotations

import copy
import io
import json
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simimport import RecordError, Run, simulate
from simimport.model.dialects import DIALECTS
from simimport.model.run.saved import archive

#: A member, a place in its JSON, and what is put there.
Pair = tuple[str, tuple[Any, ...], Any]
JUNK: list[Any] = [
    None, True, "", "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "now", "\ud800", "5",
    -1, 3, 2**63, 10**400, 0.5, -0.0, 1e300, float("nan"), float("inf"), [], [[]], {}, {"<b>": "<script>"},
]  # fmt: skip
#: Every so many-th pair of a place and what is put there; no divisor of the junk, so that each is among them.
SOME = 29


def saved(tmp_path: Path, run: Run) -> dict[str, bytes]:
    with zipfile.ZipFile(run.save(tmp_path / "own.run")) as bundle:
        return {name: bundle.read(name) for name in bundle.namelist()}


def sealed(members: dict[str, bytes] | list[tuple[str, bytes]]) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in members.items() if isinstance(members, dict) else members:
            bundle.writestr(name, content)
        bundle.comment = bytes(32)
    content = raw.getvalue()[:-32]
    return content + archive._seal(content)


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    emails = ["a@example.org", "slow.2s@example.com", "a@example.org", "b@example.org", "c@x", None, "d@x"]
    staged = pd.DataFrame({
        "email": emails, "username": list("abcdefg"), "utc_offset": [1.5, *[None] * 6], "deleted": [True] * 7,
    })  # fmt: skip
    run = simulate(staged=staged, existing=staged[:1], seed=3, batch_size=2, failure_rate=0.4)
    run = run.branch(7.1, seed=4, failure_rate=0.5).cancel(9.0)
    return saved(tmp_path_factory.mktemp("saved"), run)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    listed = enumerate(value) if isinstance(value, list) else ()
    for name, inner in value.items() if isinstance(value, dict) else listed:
        yield from places(inner, (*path, name))


def with_junk(members: dict[str, bytes], member: str, path: tuple[Any, ...], junk: Any) -> dict[str, bytes]:
    whole = {"": json.loads(members[member])}
    place: Any = whole
    for step in ("", *path)[:-1]:
        place = place[step]
    place[("", *path)[-1]] = copy.deepcopy(junk)
    return {**members, member: json.dumps(whole[""]).encode()}


def works(run: Run, path: Path) -> None:
    """Ask a run for everything that it has to say."""
    html = run._repr_html_()
    assert "<script" not in html
    assert "<img" not in html
    assert repr(run).startswith("<Run ")
    for dialect in DIALECTS:
        for at_s in (-1.0, 0.0, 5.0, run.duration_s, 1e9):
            json.dumps(run.status(at_s, dialect=dialect), allow_nan=False)
    for name in ("users", "outcomes", "snapshots", "staging"):
        assert len(getattr(run, name)) >= 0
    assert json.dumps(Run.load(run.save(path)).provenance) == json.dumps(run.provenance)
    assert "<" not in run.code


def junk_pairs(members: dict[str, bytes]) -> list[Pair]:
    return [
        (member, path, junk)
        for member in ("run.json", "users.json")
        for path in places(json.loads(members[member]))
        for junk in JUNK
    ]


def hold(members: dict[str, bytes], pairs: list[Pair], tmp_path: Path) -> set[str]:
    reasons = set()
    for member, path, junk in pairs:
        (tmp_path / "foreign.run").write_bytes(sealed(with_junk(members, member, path, junk)))
        try:
            run = Run.load(tmp_path / "foreign.run")
        except RecordError as error:
            reasons.add(error.reason)
            continue
        try:
            works(run, tmp_path / "again.run")
        except Exception as error:
            error.add_note(f"{member}, {path}: {junk!r}")
            raise
    return reasons


def test_whatever_a_field_holds_it_is_refused_or_works(members: dict[str, bytes], tmp_path: Path) -> None:
    pairs = junk_pairs(members)[::SOME]
    assert len(hold(members, pairs, tmp_path)) > 25


@pytest.mark.long
def test_whatever_any_field_holds_it_is_refused_or_works(members: dict[str, bytes], tmp_path: Path) -> None:
    hold(members, junk_pairs(members), tmp_path)


@pytest.mark.parametrize(
    ("path", "junk", "words"),
    [
        (("seed",), "<script>", "seed is '<script>'; allowed: a whole number from 0"),
        (("cancel",), -1, "cancel is -1; allowed: the place of a user"),
        (("crash",), 7, "crash is 7; allowed: the place of a user"),
        (("clear_us",), "now", "clear_us is 'now'"),
        (("clear_us",), 10**18, "after the year 9999"),
        (("existing",), -1, "existing is -1"),
        (("given",), 1, "given is 1; allowed: true or false"),
        (("versions",), {"numpy": "<b>"}, "version of numpy is '<b>'"),
        (("versions",), {"<b>": "1"}, "versions is '<b>'"),
        (("scenario", "epoch"), "now", "epoch of the scenario is 'now'"),
        (("scenario", "batch_size"), 3, "batch_s is float64 of shape (4,), not float64 of (3,)"),
        (("scenario", "new_s"), 3.0, "segments do not end with the scenario"),
        (("segments",), [], "segments do not end with the scenario"),
        (("segments", 0, 0), 1, "first batch of a segment is 1"),
        (("segments", 0, 1, "ready_s"), 1.0, "segments differ in what a branch cannot change"),
        (("slow_s", 0, 0), 7, "user of slow_s is 7"),
        (("slow_s", 0, 1), "x", "seconds of slow_s is 'x'"),
        (("people_crash",), 9, "people_crash is 9"),
        (("origin", "call"), "cancel(9.0)<b>", "call is 'cancel(9.0)<b>'"),
        (("origin", "parent", "code"), "__import__('os')", "code is "),
        (("origin", "parent", "parent", "seed"), "3", "seed of the parent is '3'"),
        (("origin", "parent", "changes"), {"users": 5}, "changes is 'users'"),
        (("origin", "parent", "at_s"), None, "at_s is None"),
    ],
)  # fmt: skip
def test_a_refusal_names_the_field(
    path: tuple[Any, ...], junk: Any, words: str, members: dict[str, bytes], tmp_path: Path
) -> None:
    (tmp_path / "foreign.run").write_bytes(sealed(with_junk(members, "run.json", path, junk)))
    with pytest.raises(RecordError) as caught:
        Run.load(tmp_path / "foreign.run")
    assert words in caught.value.reason


def bytes_of(array: Any) -> bytes:
    raw = io.BytesIO()
    np.save(raw, array)
    return raw.getvalue()


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("batch_s", np.nan), ("batch_s", -1.0), ("batch_s", np.inf), ("batch_s", 1e200), ("stall_s", 1e9),
        ("stall_s", np.nan), ("failed", None), ("finished_us", -1), ("finished_us", 2**62), ("reasons", 5),
        ("reasons", -1), ("reasons", None), ("decided_reason", 5), ("decided_reason", -128),
    ],
)  # fmt: skip
def test_whatever_an_array_holds_it_is_refused_by_name(
    name: str, entry: Any, members: dict[str, bytes], tmp_path: Path
) -> None:
    array = np.load(io.BytesIO(members[f"{name}.npy"]))
    array[1] = entry if entry is not None else not array[1]
    others = [array[:-1], array.astype("complex128"), array[:, None], np.array([name, "x"])]
    for changed in [bytes_of(each) for each in (array, *others)] + [b"", b"\x93NUMPY", b"x" * 300]:
        content = sealed({**members, f"{name}.npy": changed})
        (tmp_path / "foreign.run").write_bytes(content)
        with pytest.raises(RecordError, match=f"{name}|finished_us|reasons"):
            Run.load(tmp_path / "foreign.run")


# as large as it says -----------------------------------------------------------------------------------


@pytest.fixture
def unpacked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return how many bytes each call of zlib gave."""
    given: list[int] = []
    made = zlib.decompressobj

    class Counted:
        def __init__(self, *form: Any) -> None:
            self._inner = made(*form)

        def decompress(self, data: bytes, *most: int) -> bytes:
            content = self._inner.decompress(data, *most)
            given.append(len(content))
            return content

        def __getattr__(self, name: str) -> Any:
            return getattr(self._inner, name)

    monkeypatch.setattr(zlib, "decompressobj", Counted)
    return given


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("run.json", "run.json would take 8,000,000 bytes, and may take 4,194,304"),
        ("batch_s.npy", "batch_s.npy would take 8,000,000 bytes"),
        ("users.json", "users.json would take 24,000,000 bytes"),
        ("more.json", "'more.json' is no part of it"),
    ],
)
def test_a_small_file_that_explodes_is_refused_before_it_does(
    name: str, words: str, members: dict[str, bytes], tmp_path: Path, unpacked: list[int]
) -> None:
    bomb = sealed({**members, name: b" " * (24_000_000 if name == "users.json" else 8_000_000)})
    assert len(bomb) < 40_000
    # with a seal that fits, and with another
    for content, refusal in ((bomb, words), (bomb[:-1] + b"x", r"bytes are not|run\.json would take")):
        (tmp_path / "bomb.run").write_bytes(content)
        with pytest.raises(RecordError, match=refusal):
            Run.load(tmp_path / "bomb.run")
        assert sum(unpacked) < 20_000


def test_a_member_that_lies_about_its_size_gives_no_more_than_it_says(
    members: dict[str, bytes], tmp_path: Path, unpacked: list[int]
) -> None:
    bomb = bytearray(sealed({**members, "users.json": b" " * 8_000_000})[:-32])
    says, size = (8_000_000).to_bytes(4, "little"), (100).to_bytes(4, "little")
    assert bomb.count(says) == 2
    bomb = bomb.replace(says, size)
    (tmp_path / "bomb.run").write_bytes(bomb + archive._seal(bytes(bomb)))
    with pytest.raises(RecordError):
        Run.load(tmp_path / "bomb.run")
    assert sum(unpacked) < 20_000


def test_much_in_a_small_file_is_refused_whatever_its_members_say(
    members: dict[str, bytes], tmp_path: Path, unpacked: list[int]
) -> None:
    described = json.loads(members["run.json"])
    described["scenario"]["users"] = 10**7
    arrays = {"finished_us.npy": bytes_of(np.zeros(10**7, dtype=np.int64))}
    content = sealed({**members, **arrays, "run.json": json.dumps(described).encode()})
    assert len(content) < 100_000
    (tmp_path / "bomb.run").write_bytes(content)
    with pytest.raises(RecordError, match="which so small a file cannot hold"):
        Run.load(tmp_path / "bomb.run")
    assert sum(unpacked) < 20_000


def test_an_array_takes_no_more_room_than_it_has(members: dict[str, bytes], tmp_path: Path) -> None:
    head = bytes_of(np.zeros(4))
    large = head.replace(b"(4,), }" + b" " * 11, b"(400000000000,), }")
    assert len(large) == len(head) != large.count(b"(4,)")
    (tmp_path / "head.run").write_bytes(sealed({**members, "batch_s.npy": large}))
    with pytest.raises(RecordError, match=r"batch_s is float64 of shape \(400000000000,\)"):
        Run.load(tmp_path / "head.run")


def test_each_member_is_there_once(members: dict[str, bytes], tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        twice = sealed([*members.items(), ("failed.npy", members["failed.npy"])])
    lacking = sealed({name: content for name, content in members.items() if name != "reasons.npy"})
    many = sealed([*members.items(), *((f"{number}.npy", b"") for number in range(20))])
    for content, words in ((twice, "'failed.npy' is no part of it, or is there twice"),
                           (lacking, "it lacks 'reasons.npy'"), (many, "not a saved run")):  # fmt: skip
        (tmp_path / "foreign.run").write_bytes(content)
        with pytest.raises(RecordError, match=words):
            Run.load(tmp_path / "foreign.run")


def test_what_never_ends_is_no_saved_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("simimport.model.files._MOST_OF_A_STREAM", 100_000)
    with pytest.raises(RecordError, match="too large"):
        Run.load("/dev/zero")
    with (tmp_path / "large.run").open("wb") as file:
        file.truncate(2**31 + 1)  # with holes
    with pytest.raises(RecordError, match="too large"):
        Run.load(tmp_path / "large.run")
