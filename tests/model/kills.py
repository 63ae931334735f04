"""A writer that is killed before every call of the system that it makes, each time from the same beginning.

``python -m tests.model.kills CASE FOLDER`` prints a line of JSON per kill: what stood under the name then,
and what stands there, and beside it, after the next run. It forks, so that nothing is loaded twice.
"""

from __future__ import annotations

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


def what_is_there(target: Path) -> str | None:
    """Return what stands under a name: "torn" where it is nothing that was ever written."""
    if not os.path.lexists(target):
        return None
    if target.is_file():
        return target.read_text(encoding="utf-8")
    texts = [path.read_text(encoding="utf-8") for path in sorted(target.iterdir())]
    return texts[0] if len(texts) == 2 and texts[0] == texts[1] else "torn"


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
    reports = []
    for number in range(1000):
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
    write = {"file": write_file, "folder": write_folder}[kind]
    for report in every_kill(Path(folder), write, old=what == "replaced"):
        print(json.dumps(report))


if __name__ == "__main__":
    main(*sys.argv[1:])
