"""Reading people: `read_users` of a million in CSV beside pandas, which judges no cell."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd

from simimport import read_users
from tests.bench.table import Row, alternate, duration


def rows(quick: bool = False) -> list[Row]:
    """Return the rows: plain people, and people whose names are in quotes."""
    users = 200_000 if quick else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        return [
            _row(users, Path(folder) / "plain.csv", "Anna {0} Lee", "people of CSV", 0.5),
            _row(users, Path(folder) / "quoted.csv", '"Lee, Anna {0}"', "… with names in quotes", 0),
            _row(users // 5, Path(folder) / "hard.csv", '"Anna ""{0}"" Lee"', "… with quotes in names", 0),
        ]


def _row(users: int, path: Path, name: str, work: str, wanted: float) -> Row:
    lines = (f"user.{number},user.{number}@example.com,{name.format(number)}\r\n" for number in range(users))
    path.write_text("username,email,name\r\n" + "".join(lines), encoding="utf-8", newline="")
    ours_s, peer_s = alternate(lambda: read_users(path), lambda: pd.read_csv(path, engine="c"), rounds=15)
    work = f"read {users:,} {work}"
    return Row(work, duration(ours_s), f"pandas {duration(peer_s)}", peer_s / ours_s, wanted)
