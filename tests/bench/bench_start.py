"""Starting up: what importing simimport, and its help, add to the start of Python; and the main job whole."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.bench.table import Row, alternate, duration

WHOLE_S = 0.150


def rows(quick: bool = False) -> list[Row]:
    """Return the rows: the import, the help of the command, and an import without a word."""
    rounds = 7 if quick else 25
    return [
        _row("import simimport", ["-c", "import simimport"], 0.040, rounds),
        _row("simimport --help", ["-m", "simimport", "--help"], 0.150, rounds),
        _whole("simimport run -q, the whole process", ["-m", "simimport", "run", "-q"], rounds),
    ]


def _whole(name: str, arguments: list[str], rounds: int) -> Row:
    ours_s, _ = alternate(lambda: _start(arguments), lambda: None, rounds)
    return Row(name, duration(ours_s), f"limit {duration(WHOLE_S)}", WHOLE_S / ours_s, 1)


def _row(name: str, arguments: list[str], limit_s: float, rounds: int) -> Row:
    ours_s, bare_s = alternate(lambda: _start(arguments), lambda: _start(["-c", "pass"]), rounds)
    added_s = max(ours_s - bare_s, 1e-6)
    limit = f"limit +{duration(limit_s)} over Python's {duration(bare_s)}"
    return Row(name, f"+{duration(added_s)}", limit, limit_s / added_s, 1)


def _start(arguments: list[str]) -> None:
    # an installed package is compiled already; so is ours, after the first start
    compiled = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True, env=compiled)
