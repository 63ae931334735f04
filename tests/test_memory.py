"""Work that cannot fit into memory is refused before it begins, and names what it needs and what there is."""

from __future__ import annotations

import gc
import multiprocessing
import subprocess
import sys
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from simimport import (
    Dashboard,
    ImportService,
    ParameterError,
    Scenario,
    ScenarioError,
    SimimportError,
    iter_users,
    memory,
    observe,
    polling_tradeoff,
    simulate,
    stage,
    sweep,
    write_fixtures,
)
from tests.cli.command import call

MANY = 10**9
REFUSED = r"users is 1000000000; allowed: what fits into memory: this needs [\d.,]+ [GT]B, and 800 MB are"


@pytest.fixture(autouse=True)
def little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available", lambda: 800_000_000)


@pytest.mark.parametrize("changes", [{}, {"failure_rate": 0.0, "batch_size": 10}, {"batch_size": 1}])
def test_so_many_users_are_not_simulated(changes: dict[str, Any]) -> None:
    with pytest.raises(ScenarioError, match=REFUSED):
        simulate(users=MANY, seed=1, **changes)


def test_one_batch_of_people_who_all_succeed_is_small() -> None:
    # nothing of it is as long as there are users
    assert memory.UNFAILING.per_user == 0
    memory.check_users(memory.UNFAILING, MANY, MANY)


def test_they_are_neither_staged_nor_met_by_others() -> None:
    many = Scenario(users=MANY)
    with pytest.raises(ScenarioError, match=REFUSED):
        stage(many, seed=1)
    with pytest.raises(ScenarioError, match=REFUSED):
        simulate(many, seed=1, existing=stage(Scenario(users=1), seed=2))
    # those who come in pieces are not all there at once
    assert len(next(iter_users(many, seed=1, chunk=10))) == 10


def test_a_service_does_not_stage_them() -> None:
    service = ImportService(Scenario(users=MANY), seed=1)
    service.new()
    with pytest.raises(SimimportError, match="what fits into memory"):
        service.add_users()
    assert service.state == "new"


def test_they_are_not_swept() -> None:
    with pytest.raises(ScenarioError, match=REFUSED):
        sweep(over={"users": [10, MANY]}, replicates=1)
    with ThreadPoolExecutor(1) as pool, pytest.raises(ScenarioError, match=REFUSED):
        sweep(over=[Scenario(users=MANY)], replicates=1, executor=pool)


class Elsewhere(Executor):
    """Workers on machines of which nobody here knows the size."""

    def submit(self, *_: Any, **__: Any) -> Any:
        raise OSError("no machine is up")


def test_on_other_machines_they_may_be_swept() -> None:
    with pytest.raises(Exception, match="no machine is up"):
        sweep(over=[Scenario(users=MANY)], replicates=1, executor=Elsewhere())


@pytest.mark.parametrize("over", [{"users": [1]}, [Scenario(users=1)]])
def test_so_many_rows_are_not_made(over: Any) -> None:
    with pytest.raises(ParameterError, match=r"replicates is 1000000000; .* 120 GB, and 800 MB are"):
        sweep(over=over, replicates=MANY)


def test_so_many_values_and_combinations_are_not_listed() -> None:
    with pytest.raises(ParameterError, match=r"over\['users'\] is range\(0, 1000000000\); .* into memory"):
        sweep(over={"users": range(MANY)})
    fields = {"users": range(10_000), "batch_size": range(1, 10_001)}
    with pytest.raises(ParameterError, match=r"the number of combinations is 100000000; .* fits into memory"):
        sweep(over=fields)


def test_pictures_fixtures_and_polls_likewise(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=REFUSED):
        Dashboard(Scenario(users=MANY))
    with pytest.raises(ScenarioError, match=REFUSED):
        write_fixtures(Scenario(users=MANY), tmp_path / "pack")
    with pytest.raises(ParameterError, match=r"replicates is 1000000000; .* fits into memory"):
        polling_tradeoff(Scenario(users=1), every_s=[1], replicates=MANY)
    slow = simulate(users=1000, users_per_s=0.1, latency_cv=0, seed=1)
    with pytest.raises(ParameterError, match=r"every_s is 0.002; .* this needs 1.3 GB, and 800 MB are"):
        observe(slow, every_s=0.002)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("words", [
    ["run", "--seed", 1],
    ["run", "--seed", 1, "--out", "folder"],
    ["sweep", "--over", "failure_rate=0,0.1"],
    ["serve", "--autostart"],
    ["fixtures", "--out", "folder"],
])  # fmt: skip
def test_commands_refuse_them(words: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    printed = call(*words, "--users", MANY)
    assert (printed.code, printed.out) == (2, "")
    assert "users is 1000000000; allowed: what fits into memory" in printed.err
    assert not list(tmp_path.iterdir())


def test_nobody_asks_for_what_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    def never() -> int:
        raise AssertionError

    monkeypatch.setattr(memory, "available", never)
    simulate(users=1_000_000, seed=1)
    sweep(over={"failure_rate": [0.0, 0.1]}, replicates=3)


def test_nobody_is_refused_where_nobody_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available", lambda: None)
    memory.check_users(memory.STAGED, MANY, 50)


# what there is -------------------------------------------------------------------------------------------


class Machine:
    """A machine's files that tell of its memory."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.undo()  # the whole function is asked here
        self.folder = folder
        for name, path in (("_MEMINFO", "meminfo"), ("_OWN_GROUPS", "own"), ("_GROUPS", "groups")):
            monkeypatch.setattr(memory, name, folder / path)
        monkeypatch.setattr(memory, "_left_to_process", lambda: iter(()))
        self.write("meminfo", "MemTotal: 16 kB\nMemAvailable:    8000000 kB\nSwapFree: 1000000 kB\nHuge: 0\n")
        self.write("own", "")

    def write(self, path: str, text: str) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text, encoding="ascii")

    def group(self, path: str, limit: str, used: int, cached: int, version: int = 2) -> None:
        first, second, prefix = ("memory.max", "memory.current", "") if version == 2 else (
            "memory.limit_in_bytes", "memory.usage_in_bytes", "total_")  # fmt: skip
        self.write(f"groups/{path}/{first}", f"{limit}\n")
        self.write(f"groups/{path}/{second}", f"{used}\n")
        kinds = f"anon 5\n{prefix}inactive_file {cached}\n{prefix}active_file 1\n"
        self.write(f"groups/{path}/memory.stat", kinds)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


def test_what_the_machine_has(machine: Machine) -> None:
    assert memory.available() == 9_000_000 * 1024


def test_a_group_leaves_less_and_what_is_cached_can_be_had(machine: Machine) -> None:
    machine.write("own", "0::/outer/inner\n")
    machine.group("outer/inner", "max", 10, 0)
    machine.group("outer", "1000000", 400_000, 99_999)
    assert memory.available() == 700_000


def test_a_group_of_the_first_kind_and_of_a_container(machine: Machine) -> None:
    machine.write("own", "12:cpu:/elsewhere\n4:memory:/docker/1234\n0::/\n")
    machine.group("memory", "1000000", 400_000, 0, version=1)
    assert memory.available() == 600_001


def test_a_group_that_is_over_its_limit_leaves_nothing(machine: Machine) -> None:
    machine.write("own", "0::/\n")
    machine.group("", "1000", 4000, 0)
    assert memory.available() == 0


@pytest.mark.parametrize("text", ["", "MemFree: 5 kB\n", "MemAvailable: many kB\n"])
def test_nobody_tells(machine: Machine, text: str) -> None:
    machine.write("meminfo", text)
    assert memory.available() is None


def test_here_it_is_a_number_or_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    there = memory.available()
    assert there is None or there > 0


# the collector ---------------------------------------------------------------------------------------------


def test_of_several_who_pause_the_collector_the_last_turns_it_on() -> None:
    first, second = memory.uncollected(), memory.uncollected()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert not gc.isenabled()
    second.__exit__(None, None, None)
    assert gc.isenabled()


_FORKED = """
import gc, os, threading
from simimport.memory import uncollected
paused, go_on = threading.Event(), threading.Event()
def pause():
    with uncollected():
        paused.set()
        go_on.wait()
other = threading.Thread(target=pause)
other.start()
paused.wait()
child = os.fork()
if not child:
    there = gc.isenabled()
    with uncollected():
        there = there and not gc.isenabled()
    os._exit(not (there and gc.isenabled()))
assert not gc.isenabled()
go_on.set()
other.join()
assert gc.isenabled()
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="nothing forks here")
def test_a_process_forked_meanwhile_collects() -> None:
    # Python 3.12 and later warn of any fork beside threads
    program = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", _FORKED]
    done = subprocess.run(program, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


# what is needed, against what is taken ---------------------------------------------------------------------

_IMPORTS = """
from pathlib import Path
from simimport import ImportService, Scenario, simulate, stage, sweep
from simimport.analysis.dashboard.view import view
from simimport.cli.output.run_facts import facts_of
from simimport.model.dialects import DIALECTS
def peak():  # of this program: what the system calls the resource use has that of whoever started it, too
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024
"""
_SERVED = "s = ImportService(Scenario(users=n)); s.new(); s.add_users(); s.run(); s.status(); s.staging"
TAKEN = [
    ("SIMULATED", 30_000_000, 50, "simulate(users=n, seed=1)"),
    ("SIMULATED", 3_000_000, 1, "simulate(users=n, batch_size=1, seed=1)"),
    ("UNFAILING", 100_000_000, 50, "simulate(users=n, failure_rate=0, seed=1)"),
    ("PUBLISHED", 10_000_000, 50, "simulate(users=n, seed=1).status(1)"),
    ("SUMMARIZED", 10_000_000, 50, "facts_of(simulate(users=n, seed=1), DIALECTS['docs'], None, '')"),
    ("STAGED", 500_000, 50, "stage(Scenario(users=n), seed=1)"),
    ("DECIDED", 300_000, 50, "simulate(users=n, seed=1, existing=stage(Scenario(users=1)))"),
    ("SERVED", 200_000, 50, _SERVED),
    ("SHOWN", 1_000_000, 50, "view(Scenario(users=n), seed=1)"),
    ("SWEPT", 100_000, 50, "sweep(over={'users': [0, 1]}, replicates=n // 2)"),
]


@pytest.mark.long
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it reads Linux's /proc")
@pytest.mark.parametrize(("work", "users", "batch_size", "code"), TAKEN)
def test_no_more_is_asked_for_than_is_taken(work: str, users: int, batch_size: int, code: str) -> None:
    program = f"{_IMPORTS}n = 1000; {code}\nbefore = peak()\nn = {users}; {code}\nprint(peak() - before)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    kind = getattr(memory, work)
    needed = memory.Work(kind) if isinstance(kind, int) else kind
    assert needed.per_user * users + needed.per_batch * -(-users // batch_size) <= int(done.stdout)
