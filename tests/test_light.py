"""Nothing heavy is loaded before it is needed: each test asks a fresh process what it loaded."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("anyascii", "click", "faker", "httpx", "ipywidgets", "matplotlib", "numpy", "pandas", "pyarrow",
         "scipy", "starlette", "tqdm")  # fmt: skip
# the heavy ones among the standard library: each takes longer to load than the door may
SLOW = ("asyncio", "email", "importlib.metadata", "multiprocessing", "unittest", "xml")
SCENARIO = "simimport.Scenario(users=5).replace(users=7); simimport.PRESETS['calm']; simimport.State.DONE"


def loaded(code: str) -> set[str]:
    """Return which modules a fresh interpreter has after some code, beyond those it starts with."""
    # -S and -E: without what site-packages or the environment put in by themselves, so -c finds the package
    # by the path that this process has
    script = (
        f"import sys; sys.path[:0] = {sys.path!r}; before = set(sys.modules)\n{code}\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    command = [sys.executable, "-S", "-E", "-W", "error", "-c", script]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    ("code", "allowed"),
    [
        ("import simimport", ()),
        ("import simimport; dir(simimport)", ()),
        ("import simimport; simimport.SimimportError", ()),
        (f"import simimport; {SCENARIO}", ()),
        ("import simimport.model", ()),
        ("import simimport; simimport.simulate(users=100, seed=1).status(5)", ("numpy",)),
        ("import simimport; list(simimport.simulate(users=100, seed=1).responses())", ("numpy",)),
        ("import simimport; simimport.stage(simimport.Scenario(users=100), seed=1)",
         ("numpy", "pandas", "faker", "anyascii", "pyarrow")),
    ],
)  # fmt: skip
def test_nothing_heavy_is_loaded_before_it_is_needed(code: str, allowed: tuple[str, ...]) -> None:
    modules = loaded(code)
    assert "simimport" in modules
    assert [name for name in HEAVY if name in modules and name not in allowed] == []


def test_a_service_loads_no_reader_of_files() -> None:
    modules = loaded("import simimport; simimport.ImportService(seed=1, autostart=True).status()")
    assert [name for name in modules if "from_csv" in name or "exports" in name] == []


def test_the_door_loads_nothing_slow_of_the_standard_library() -> None:
    modules = loaded("import simimport")
    assert [name for name in SLOW if name in modules] == []
    assert [name for name in modules if name.startswith("simimport.")] == []


def test_help_loads_the_command_line_and_nothing_else() -> None:
    modules = loaded(
        "import runpy\nsys.argv = ['simimport', '--help']\n"
        "try: runpy.run_module('simimport', run_name='__main__', alter_sys=True)\n"
        "except SystemExit as end: assert not end.code, end.code"
    )
    assert [name for name in HEAVY if name in modules] == ["click"]
