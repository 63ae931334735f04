"""Imports run one way: each wing knows itself and those before it. Read from the sources, run by nobody."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

import simimport

PACKAGE = "simimport"
# from the lowest to the highest: a room may import those at its own height and below
HEIGHTS = {
    "errors": 0, "realtime": 0,
    "model": 1, "service": 2, "testing": 3, "analysis": 4,
    "": 5, "cli": 6, "__main__": 7,
}  # fmt: skip
HEAVY = {"anyascii", "faker", "ipywidgets", "matplotlib", "numpy", "pandas", "scipy", "tqdm"}
CLOCKS = {"now", "utcnow", "today"}


class Import(NamedTuple):
    """One imported module, and how: it `runs` (is not for typing only), and at the `top`, with the module."""

    target: str
    line: int
    runs: bool
    top: bool


def sources() -> dict[str, ast.Module]:
    root = Path(simimport.__file__).parent
    trees = {}
    for path in sorted(root.rglob("*.py")):
        parts = (PACKAGE, *path.relative_to(root).with_suffix("").parts)
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        trees[name] = ast.parse(path.read_text(encoding="utf-8"))
    return trees


def imports(tree: ast.Module, known: Mapping[str, ast.Module]) -> Iterator[Import]:
    yield from _imports(tree.body, known, runs=True, top=True)


def _imports(
    body: list[ast.stmt], known: Mapping[str, ast.Module], *, runs: bool, top: bool
) -> Iterator[Import]:
    for node in body:
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno, runs, top) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: name the package, so that this test can read it"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                if inner in known:
                    yield Import(inner, node.lineno, runs, top)
                elif inner != f"{PACKAGE}.__version__":  # a fact about the whole, not a room
                    yield Import(str(node.module), node.lineno, runs, top)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from _imports(node.body, known, runs=False, top=top)
            yield from _imports(node.orelse, known, runs=runs, top=top)
        else:
            deeper = top and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            for inner_body in _bodies(node):
                yield from _imports(inner_body, known, runs=runs, top=deeper)


def _bodies(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        yield getattr(node, name, [])
    for part in (*getattr(node, "handlers", []), *getattr(node, "cases", [])):
        yield part.body


def height(module: str) -> int:
    room = module.split(".")[1] if "." in module else ""
    return HEIGHTS[room]


def upward(trees: Mapping[str, ast.Module]) -> list[str]:
    found = []
    for module, tree in trees.items():
        for target, line, *_ in imports(tree, trees):
            if _root(target) != PACKAGE:
                continue
            lowest = height(module) == 0
            if height(target) > height(module) or lowest:
                found.append(f"{module}, line {line}: imports {target}")
    return found


def cycles(trees: Mapping[str, ast.Module]) -> list[str]:
    """Name each module that imports itself, through others, while it is being loaded."""
    direct = {
        module: {i.target for i in imports(tree, trees) if i.runs and i.top and i.target in trees}
        for module, tree in trees.items()
    }
    return [module for module in trees if module in reach(direct[module], direct)]


def reach(begin: set[str], direct: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    left = set(begin)
    while left:
        module = left.pop()
        seen.add(module)
        left |= direct[module] - seen
    return seen


def heavy(trees: Mapping[str, ast.Module], *doors: str) -> list[str]:
    """Name what is imported, of what is heavy, by loading these modules and nothing more."""
    direct: dict[str, set[str]] = {}
    found: dict[str, list[str]] = {}
    for module, tree in trees.items():
        loaded = [i for i in imports(tree, trees) if i.runs and i.top]
        # a package is loaded before what is inside
        direct[module] = {name for i in loaded for name in (*_parents(i.target), i.target) if name in trees}
        found[module] = [f"{module}, line {i.line}: {i.target}" for i in loaded if _root(i.target) in HEAVY]
    loaded_by_doors = reach(set(doors), direct)
    return [text for module in sorted(loaded_by_doors) for text in found[module]]


def _root(module: str) -> str:
    return module.partition(".")[0]


def _parents(module: str) -> Iterator[str]:
    for place, letter in enumerate(module):
        if letter == ".":
            yield module[:place]


def clocks(tree: ast.Module) -> list[str]:
    """Name the places that read or wait for real time."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import) and any(alias.name == "time" for alias in node.names):
            found.append(f"line {node.lineno}: import time")
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            found.append(f"line {node.lineno}: from time import …")
        elif isinstance(node, ast.Attribute) and node.attr in CLOCKS:
            found.append(f"line {node.lineno}: {ast.unparse(node)}")
    return found


def test_each_wing_imports_only_itself_and_those_before_it() -> None:
    assert upward(sources()) == []


def test_no_module_imports_itself_through_others_while_it_loads() -> None:
    assert cycles(sources()) == []


def test_only_one_file_reads_real_time() -> None:
    readers = {module: clocks(tree) for module, tree in sources().items()}
    assert [module for module, places in readers.items() if places] == ["simimport.realtime"], readers


def test_the_doors_load_nothing_heavy() -> None:
    trees = sources()
    doors = ("simimport", "simimport.errors", "simimport.model.scenario", "simimport.model.presets")
    assert heavy(trees, *doors) == []
    assert heavy(trees, "simimport.cli", "simimport.__main__") == []


RUN, SCENARIO = "simimport.model.run.run", "simimport.model.scenario"
Check = Callable[[Mapping[str, ast.Module]], list[str]]


def heavy_command(trees: Mapping[str, ast.Module]) -> list[str]:
    return heavy(trees, "simimport.cli")


def clocks_of_run(trees: Mapping[str, ast.Module]) -> list[str]:
    return clocks(trees[RUN])


@pytest.mark.parametrize(
    ("module", "source", "check"),
    [
        (RUN, "from simimport.service.clock import Clock", upward),
        (RUN, "def f():\n    import simimport.analysis", upward),
        (RUN, "if TYPE_CHECKING:\n    from simimport import service", upward),
        ("simimport.errors", "from simimport.realtime import now", upward),
        ("simimport.service.clock", "from simimport import simulate", upward),
        ("simimport.analysis", "from simimport import cli", upward),
        (SCENARIO, "try:\n    from simimport.model.run.run import x\nexcept E: pass", cycles),
        (SCENARIO, "class C:\n    import simimport.model.scenario", cycles),
        (SCENARIO, "import numpy.typing as npt", heavy_command),
        ("simimport.model", "import pandas as pd", heavy_command),
        (RUN, "import time", clocks_of_run),
        (RUN, "from time import sleep", clocks_of_run),
        (RUN, "at = datetime.now(UTC)", clocks_of_run),
    ],
)
def test_a_planted_fault_is_found(module: str, source: str, check: Check) -> None:
    empty = ("simimport", "simimport.errors", "simimport.realtime", "simimport.model", "simimport.service",
             "simimport.service.clock", "simimport.analysis")  # fmt: skip
    trees = dict.fromkeys(empty, ast.parse(""))
    trees["simimport.cli"] = ast.parse("import click\nfrom simimport.model.scenario import x")
    trees[SCENARIO] = ast.parse("def f():\n    import numpy\n    from simimport.model.run.run import x")
    trees[RUN] = ast.parse("from simimport import __version__\nfrom simimport.model.scenario import x")
    assert check(trees) == []
    trees[module] = ast.parse(source)
    assert len(check(trees)) >= 1
