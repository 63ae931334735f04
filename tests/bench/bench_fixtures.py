"""A fixture pack of 1,000 answers, with the files that WireMock takes and without, against its limit."""

from __future__ import annotations

import tempfile
from pathlib import Path

from simimport import Run, simulate, write_fixtures
from tests.bench.table import Row, alternate, duration

LIMIT_S = 1.0
#: So many that there are 1,000 answers: seven of them tell no batch.
_USERS = 993 * 50


def rows(quick: bool = False) -> list[Row]:
    """Return the rows: the files are written, and replaced, on the disk of temporary files."""
    rounds = 3 if quick else 9
    run = simulate(users=_USERS, seed=1)
    return [_row(run, formats, rounds) for formats in (("json",), ("json", "wiremock"))]


def _row(run: Run, formats: tuple[str, ...], rounds: int) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        pack = Path(folder, "pack")

        def write() -> None:
            manifest = write_fixtures(run, pack, formats=formats, replace=True)
            assert manifest["answers"] == 1000, manifest["answers"]

        ours_s, _ = alternate(write, lambda: None, rounds)
    name = f"a pack of 1,000 answers: {', '.join(formats)}"
    return Row(name, duration(ours_s), f"limit {duration(LIMIT_S)}", LIMIT_S / ours_s, 1)
