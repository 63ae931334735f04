"""A fixture pack of 1,000 answers, with the files that WireMock takes and without, beside its mere bytes."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from simimport import Run, simulate, write_fixtures
from tests.bench.table import Row, alternate, duration

#: So many that there are 1,000 answers: seven of them tell no batch.
_USERS = 993 * 50


def rows(quick: bool = False) -> list[Row]:
    """Return the rows: the files are written, and replaced, on the disk of temporary files."""
    rounds = 3 if quick else 9
    run = simulate(users=_USERS, seed=1)
    return [_row(run, formats, rounds) for formats in (("json",), ("json", "wiremock"))]


def _row(run: Run, formats: tuple[str, ...], rounds: int) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        pack, copy = Path(folder, "pack"), Path(folder, "copy")

        def write() -> None:
            manifest = write_fixtures(run, pack, formats=formats, replace=True)
            assert manifest["answers"] == 1000, manifest["answers"]

        write()
        files = {path.relative_to(pack): path.read_bytes() for path in pack.rglob("*") if path.is_file()}

        def write_bytes() -> None:
            shutil.rmtree(copy, ignore_errors=True)
            for name, raw in files.items():
                path = copy / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(raw)

        # how long files take is the disk's affair, of this machine and of this minute
        ours_s, peer_s = alternate(write, write_bytes, rounds)
    name = f"a pack of 1,000 answers: {', '.join(formats)}"
    peer = f"the bytes of its {len(files):,} files {duration(peer_s)}"
    return Row(name, duration(ours_s), peer, peer_s / ours_s, 0.15)
