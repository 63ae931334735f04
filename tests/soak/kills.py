"""Commands that write, killed: `python -m tests.soak.kills SEED KILLS`, in a process that has no threads.

At random instants, and before each thing that they do to the file system. Afterwards the old or the new
whole result has the name, and the same command works again and leaves nothing else. A command runs in a fork,
so that one takes no longer than its work. What it prints is the figures.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from time import perf_counter
from typing import Any

from simimport import read_trace
from simimport.realtime import sleep
from tests.soak.draws import Draws
from tests.soak.processes import process

_KILLED = -signal.SIGKILL
_DIED = 97
#: What is done to the file system, as Python announces it; a call of the system's library by its name.
_DOINGS = {
    "os.rename", "os.link", "os.symlink", "os.remove", "os.rmdir", "os.mkdir", "os.chmod", "os.truncate",
    "shutil.rmtree", "shutil.move", "ctypes.dlsym",
}  # fmt: skip


@dataclass(frozen=True)
class Command:
    """A command that writes, and what it must leave."""

    name: str
    words: tuple[object, ...]
    #: Where the result goes, in the folder of the trial.
    result: str
    #: Whether an earlier result is there, which may be replaced.
    force: bool = False
    #: Whether what is there after a kill is a part that the next one goes on with or replaces.
    partial: bool = False


_WRITERS = (
    Command("run", ("run", "--users", 150, "-q", "--out", "result"), "result"),
    Command("fixtures", ("fixtures", "--users", 120, "--out", "result"), "result"),
    Command("users", ("users", "--users", 2000, "--out", "result.jsonl"), "result.jsonl"),
    Command(
        "sweep", ("sweep", "--over", "failure_rate=0,0.1", "--replicates", 20, "-q", "--out", "result.csv"),
        "result.csv",
    ),
)  # fmt: skip
COMMANDS = (
    *_WRITERS,
    *(replace(command, name=f"{command.name} --force", words=(*command.words, "--force"), force=True)
      for command in _WRITERS),
    Command(
        "sweep --store",
        ("sweep", "--over", "users=100,1000", "--replicates", 1500, "-q", "--store", "result"), "result",
        partial=True,
    ),
)  # fmt: skip


class Trials:
    """A folder in which commands are killed."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.seed = seed
        self.kept, self.place, self.log = folder / "kept", folder / "trial", folder / "log"
        self.kept.mkdir()
        self.count: Counter[str] = Counter()

    # one trial --------------------------------------------------------------------------------------

    def prepare(self, command: Command) -> tuple[str, str, float, int]:
        """Return the digests of an old and of the new result, how long it takes, and how much it does."""
        self.empty()
        assert self.run(command, 1) == 0, self.failure(command)
        old = digest(self.place / command.result)
        shutil.rmtree(self.kept)
        shutil.copytree(self.place, self.kept)
        self.reset(command)
        begin_s = perf_counter()
        assert self.run(command, 2, count_in=self.log.with_name("count")) == 0, self.failure(command)
        took_s = perf_counter() - begin_s
        new = digest(self.place / command.result)
        assert old != new, command.name
        doings = int(self.log.with_name("count").read_text(encoding="ascii"))
        return old, new, took_s, doings

    def trial(
        self,
        command: Command,
        ends: tuple[str, str],
        where: str,
        *,
        at: int = 0,
        after_s: float | None = None,
    ) -> None:
        """Kill a command, see what is there, and run it again."""
        old, new = ends
        self.reset(command)
        code = self.run(command, 2, die_at=at, kill_after_s=after_s)
        where = f"{command.name}, {where}, exit {code}"
        assert code in (0, _DIED, _KILLED), self.failure(where)
        self.count["killed" if code else "too late"] += 1
        there = digest(self.place / command.result)
        if not command.partial:
            allowed = {new, old if command.force else ""} if code else {new}
            assert there in allowed, self.failure(f"{where}: neither the old nor the new result is there")
        again = self.run(command, 2)
        if not command.force and there == new and not command.partial:
            assert again == 2, self.failure(f"{where}: an existing result is not refused")
        else:
            assert again == 0, self.failure(f"{where}: the same command does not work again")
        there = digest(self.place / command.result)
        assert there == new, self.failure(f"{where}: afterwards it is another result")
        names = sorted(path.name for path in self.place.iterdir())
        assert names == [command.result], self.failure(f"{where}: left behind: {names}")

    # what it consists of ------------------------------------------------------------------------------

    def empty(self) -> None:
        shutil.rmtree(self.place, ignore_errors=True)
        self.place.mkdir()

    def reset(self, command: Command) -> None:
        shutil.rmtree(self.place, ignore_errors=True)
        if command.force:
            shutil.copytree(self.kept, self.place)
        else:
            self.place.mkdir()

    def run(
        self,
        command: Command,
        seed: int,
        *,
        die_at: int = 0,
        kill_after_s: float | None = None,
        count_in: Path | None = None,
    ) -> int:
        """Run a command in a fork, and return its exit code, or what has killed it below 0."""
        words = [*map(str, command.words)]
        if command.words[0] != "record":
            words += ["--seed", str(seed)]
        self.count["runs"] += 1
        child = os.fork()
        if child == 0:
            _be_command(words, self.place, self.log, die_at, count_in)
        if kill_after_s is not None:
            sleep(kill_after_s)
            os.kill(child, signal.SIGKILL)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def failure(self, where: Command | str) -> str:
        name = where if isinstance(where, str) else where.name
        files = sorted(str(path.relative_to(self.place)) for path in self.place.rglob("*"))
        printed = self.log.read_text(encoding="utf-8")[-1500:]
        return f"seed {self.seed}: {name}; there is {files[:30]}; {printed}"


def _be_command(words: list[str], place: Path, log: Path, die_at: int, count_in: Path | None) -> None:
    """Become a command; never returns."""
    code = 70
    try:
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.chdir(place)
        doings = 0

        def note(event: str, arguments: tuple[Any, ...]) -> None:
            nonlocal doings
            if event not in _DOINGS and not (event == "open" and _writes(arguments)):
                return
            doings += 1
            if doings == die_at:
                os._exit(_DIED)

        from simimport.cli import main

        if die_at or count_in is not None:
            sys.addaudithook(note)
        try:
            main(words, prog_name="simimport")
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0
        sys.stdout.flush()
        if count_in is not None:
            total = doings
            count_in.write_text(str(total), encoding="ascii")
    except BaseException:  # noqa: BLE001 - a fork must never go on as its parent
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _writes(arguments: tuple[Any, ...]) -> bool:
    path, _, flags = arguments
    return isinstance(path, (str, bytes, os.PathLike)) and bool(flags & (os.O_WRONLY | os.O_RDWR))


def digest(path: Path) -> str:
    """Return what is in a file, or in a folder with all below it; nothing where there is none."""
    if not path.exists():
        return ""
    seen = blake2b(digest_size=12)
    for file in sorted([path, *path.rglob("*")]):
        seen.update(f"{file.relative_to(path.parent)}{file.is_dir()}\0".encode())
        if file.is_file():
            seen.update(file.read_bytes())
    return seen.hexdigest()


# a recording has a server, and no end that is the same twice ----------------------------------------------


def _recordings(trials: Trials, draws: Draws, kills: int) -> None:
    with process("server", "poll") as server:
        port = server.first["port"]
        url = f"http://127.0.0.1:{port}"
        out = ("--force", "--out", "result.jsonl")
        words = ("record", url, "--user-id", "admin", "--every", 0.02, "-q", *out)
        command = Command("record --force", words, "result.jsonl", force=True)
        os.environ["SIMIMPORT_TOKEN"] = "all"  # noqa: S105 - of our own server
        file = trials.place / command.result
        for _ in range(kills):
            trials.empty()
            _begin_import(port)
            trials.run(command, 0, kill_after_s=draws.share() * 0.5)
            trials.count["recordings killed"] += 1
            lines = file.read_bytes().split(b"\n")[:-1] if file.exists() else []
            assert all(map(json.loads, lines)), trials.failure("record: a line that is none")
            _begin_import(port)
            assert trials.run(command, 0) == 0, trials.failure("record: it does not work again")
            states = [answer.body["state"] for answer in read_trace(file)]
            assert states[-1] == "done", trials.failure(f"record: it ends as {states[-3:]}")
            names = [path.name for path in trials.place.iterdir()]
            assert names == [command.result], trials.failure("record: something is left")


def _begin_import(port: int) -> None:
    users = [{"emails": [f"u{n}@example.org"], "importIds": [str(n)]} for n in range(60)]
    headers = {"X-User-Id": "admin", "X-Auth-Token": "all", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for path, body in (
        ("/_simimport/reset", {}), ("/api/v1/import.new", {}), ("/api/v1/import.addUsers", {"users": users}),
        ("/api/v1/import.run", {}),
    ):  # fmt: skip
        connection.request("POST", path, json.dumps(body), headers)
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        answer.read()
    connection.close()


def run(seed: int, kills: int) -> dict[str, Any]:
    """Kill at so many random instants, and at the doings of each command; return the figures."""
    begin_s = perf_counter()
    draws = Draws(seed, 1)
    with tempfile.TemporaryDirectory() as folder:
        trials = Trials(Path(folder), seed)
        # a result that may be replaced, or that is a part, can be lost in more ways
        for command in COMMANDS if kills >= len(COMMANDS) else COMMANDS[len(_WRITERS) :]:
            old, new, took_s, doings = trials.prepare(command)
            for at in _some(draws, doings, most=max(kills // 4, 2)):
                trials.trial(command, (old, new), f"killed before its doing {at} of {doings}", at=at)
                trials.count["killed at a doing"] += 1
            for _ in range(max(kills // (len(COMMANDS) + 1), 1)):
                after_s = draws.share() * took_s
                where = f"killed after {after_s:.4f} s of {took_s:.4f}"
                trials.trial(command, (old, new), where, after_s=after_s)
                trials.count["killed at an instant"] += 1
        _recordings(trials, draws, max(kills // (len(COMMANDS) + 1), 1))
        return {**trials.count, "took_s": perf_counter() - begin_s}


def _some(draws: Draws, end: int, most: int) -> Iterator[int]:
    """Yield the numbers from 1 to an end, the last among them, or as many of them as are wanted."""
    if end <= most:
        yield from range(1, end + 1)
        return
    yield from sorted({end, *(1 + draws.below(end) for _ in range(most - 1))})


def _loaded() -> Callable[[int, int], dict[str, Any]]:
    """Load beforehand what the commands would, each time anew."""
    import pandas.core.api  # noqa: F401 - for its loading

    import simimport.analysis.sweeps.summarize
    import simimport.cli.commands.fixtures
    import simimport.cli.commands.record
    import simimport.cli.commands.run
    import simimport.cli.commands.sweep
    import simimport.cli.commands.users
    import simimport.cli.output.run_folder  # noqa: F401 - likewise

    return run


if __name__ == "__main__":
    print(json.dumps(_loaded()(int(sys.argv[1]), int(sys.argv[2]))))
