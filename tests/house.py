"""The house as its sources tell: which module imports which, and what each room says that it is for.

Nothing is run. An import counts wherever it stands, inside a function too; those of types alone are marked.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import simimport

PACKAGE = "simimport"
ROOT = Path(simimport.__file__).parent
#: From the lowest to the highest: a room may import those at its own height and below.
HEIGHTS = {
    "errors": 0, "version": 0, "realtime": 0, "checks": 1, "keywords": 1, "show": 1, "memory": 1,
    "model": 2, "service": 3, "testing": 4, "analysis": 5,
    "": 6, "cli": 7, "__main__": 8,
}  # fmt: skip

Trees = Mapping[str, ast.Module]


class Import(NamedTuple):
    """One imported module, and how: it `runs` (is not for typing only), and at the `top`, with the module."""

    target: str
    line: int
    runs: bool
    top: bool


def sources() -> dict[str, ast.Module]:
    """Return the tree of each module, read once; the mapping is the caller's own."""
    return dict(_sources())


@cache
def _sources() -> dict[str, ast.Module]:
    trees = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = (PACKAGE, *path.relative_to(ROOT).with_suffix("").parts)
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        trees[name] = ast.parse(path.read_text(encoding="utf-8"))
    return trees


def imports(tree: ast.Module, modules: Trees) -> Iterator[Import]:
    yield from _imports(tree.body, modules, runs=True, top=True)


def _imports(body: list[ast.stmt], modules: Trees, *, runs: bool, top: bool) -> Iterator[Import]:
    for node in body:
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno, runs, top) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: name the package, so that this test can read it"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield Import(inner if inner in modules else str(node.module), node.lineno, runs, top)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in _names(node.test):
            yield from _imports(node.body, modules, runs=False, top=top)
            yield from _imports(node.orelse, modules, runs=runs, top=top)
        else:
            deeper = top and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            for inner_body in _bodies(node):
                yield from _imports(inner_body, modules, runs=runs, top=deeper)


def _names(node: ast.expr) -> set[str]:
    return {getattr(part, "id", getattr(part, "attr", "")) for part in ast.walk(node)}


def _bodies(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        yield getattr(node, name, [])
    for part in (*getattr(node, "handlers", []), *getattr(node, "cases", [])):
        yield part.body


def arrows(trees: Trees) -> dict[str, dict[str, int]]:
    """Return each module's own imports of the package that run, wherever they stand, and the line of each."""
    return {
        module: {
            found.target: found.line
            for found in imports(tree, trees)
            if found.runs and root(found.target) == PACKAGE and found.target != module
        }
        for module, tree in trees.items()
    }


def root(module: str) -> str:
    return module.partition(".")[0]


def height(module: str) -> int:
    return HEIGHTS[module.split(".")[1] if "." in module else ""]


def parents(module: str) -> Iterator[str]:
    """Yield the packages in which a module lies, from the outermost."""
    for place, letter in enumerate(module):
        if letter == ".":
            yield module[:place]


def child(module: str, folder: str) -> str:
    """Return which file or folder of a folder a module is or lies in; nothing where it lies elsewhere."""
    depth = folder.count(".") + 2
    return ".".join(module.split(".")[:depth]) if module.startswith(f"{folder}.") else ""
