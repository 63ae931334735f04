"""A writer that is killed before every call of the system that it makes, each time from the same beginning.

``python -m tests.model.kills CASE FOLDER`` prints a line of JSON per kill: what stood under the name then,
and what stands there, and beside it, after the next run. It forks, so that nothing is loaded twice.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from simimport.model import aside
from simimport.model.files import folder_written_aside, put_back, written_aside

#: What Python tells of before it does it; the exchange of two names stands between two of these.
CALLS = {
    "open", "os.chmod", "os.link", "os.listdir", "os.mkdir", "os.remove", "os.rename", "os.rmdir",
    "os.scandir", "os.utime", "shutil.rmtree", "tempfile.mkdtemp", "tempfile.mkstemp",
}  # fmt: skip


def write_file(target: Path, words: str, *, replace: bool) -> None:
    with written_aside(target, replace=replace) as file:
        file.write(words)


def write_folder(target: Path, words: str, *, replace: bool) -> None:
    with folder_written_aside(target, replace=replace) as made:
        for name in ("a", "b"):
            (made / name).write_text(words, encoding="utf-8")


def write_pack(target: Path, words: str, *, replace: bool) -> None:
    from simimport import write_fixtures

    write_fixtures({"old": "one_user", "new": "exact_batch", "next": "empty"}[words], target, replace=replace)


def write_run(target: Path, words: str, *, replace: bool) -> None:
    from simimport.cli import main as command

    users, more = {"old": "20", "new": "30", "next": "0"}[words], ["--force"] if replace else []
    command(["run", "-q", "--users", users, "--seed", "1", "--out", str(target), *more],
            standalone_mode=False)  # fmt: skip


def write_store(target: Path, words: str, *, replace: bool) -> None:
    from simimport import Scenario, sweep

    sweep(Scenario(users=5), over={"failure_rate": [0.1, 0.2]}, replicates=2, store=target)


WRITERS = {
    "file": write_file, "folder": write_folder, "pack": write_pack, "run": write_run, "store": write_store,
}  # fmt: skip


def content(target: Path) -> dict[str, bytes] | bytes | None:
    if target.is_dir():
        files = (path for path in target.rglob("*") if path.is_file())
        return {path.relative_to(target).as_posix(): path.read_bytes() for path in files}
    return target.read_bytes() if target.exists() else None


def killed_at(number: int, work: Callable[[], None]) -> bool:
    """Do some work in another process, and kill it before its call of that number; return whether it was."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    left = number

    def count(event: str, _: Any) -> None:
        nonlocal left
        if event in CALLS:
            left -= 1
            if left < 0:
                os._exit(7)

    sys.addaudithook(count)
    try:
        work()
    finally:
        os._exit(0 if sys.exc_info()[0] is None else 1)


def every_kill(folder: Path, write: Callable[..., None], *, old: bool) -> list[dict[str, Any]]:
    wholes: dict[str, Any] = {}
    for words in ("old", "new", "next"):
        write(folder / words, words, replace=False)
        wholes[words] = content(folder / words)

    def what_is_there(target: Path) -> str | None:
        there = content(target)
        found = (words for words, whole in wholes.items() if whole == there)
        return None if there is None else next(found, "torn")

    reports = []
    for number in range(100_000):
        target = folder / str(number) / "name"
        target.parent.mkdir()
        if old:
            write(target, "old", replace=False)
        killed = killed_at(number, partial(write, target, "new", replace=old))
        report: dict[str, Any] = {"there": what_is_there(target), "says": put_back(target)}
        report["repaired"] = what_is_there(target)
        write(target, "next", replace=old or report["repaired"] is not None)
        report["next"] = what_is_there(target)
        report["beside"] = sorted(path.name for path in target.parent.iterdir())
        reports.append(report)
        shutil.rmtree(target.parent)
        if not killed:
            return reports
    raise AssertionError("it never ends")


def main(case: str, folder: str) -> None:
    kind, what, how = case.split("-")
    if how == "steps":
        aside._exchange = lambda *_: False
    elif how == "links":

        def refuse(*_: object) -> None:
            raise PermissionError

        os.link = refuse
    warnings.simplefilter("error")
    # the threads that it means are those of NumPy, which nobody uses here
    warnings.filterwarnings("ignore", message=r".*fork\(\) may lead to deadlocks")
    sys.stdout, lines = io.TextIOWrapper(io.BytesIO()), sys.stdout  # commands give data, too
    for report in every_kill(Path(folder), WRITERS[kind], old=what == "replaced"):
        print(json.dumps(report), file=lines)


if __name__ == "__main__":
    main(*sys.argv[1:])
