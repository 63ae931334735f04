"""The house: which way imports run, what ties run otherwise, and how large its rooms are.

Read from the sources by `house`; every check is shown to find a fault that is planted.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.house import ROOT, Trees, arrows, child, height, imports, parents, root, sources

HEAVY = {"anyascii", "faker", "ipywidgets", "matplotlib", "numpy", "pandas", "scipy", "tqdm"}
CLOCKS = {"now", "utcnow", "today"}
#: Who imports by a name that is text: cards, rooms of the door, commands, and modules of others.
BY_NAME = {
    "simimport.show.shown", "simimport", "simimport.cli", "simimport.cli.commands.check_poller",
    "simimport.model.people.word_lists",
}  # fmt: skip
#: "About a dozen" files in a folder, its ``__init__`` not counted.
MOST_FILES = 13
MOST_LINES, MOST_LINES_OF_A_FUNCTION = 300, 45
#: How the docstring of a longer file begins the sentence that says why it is not split.
REASON = "Kept whole"

def upward(trees: Trees) -> list[str]:
    """Name each import of what stands higher; rooms at the very bottom import nothing of the package."""
    return [
        f"{module}, line {line}: imports {target}"
        for module, targets in arrows(trees).items()
        for target, line in targets.items()
        if height(target) > height(module) or height(module) == 0
    ]


def circles(direct: Mapping[str, set[str]]) -> list[str]:
    """Name who imports itself through others."""
    return [module for module in direct if module in reach(direct[module], direct)]


def circles_of_files(trees: Trees) -> list[str]:
    return circles({module: set(targets) & set(trees) for module, targets in arrows(trees).items()})


def circles_of_folders(trees: Trees) -> list[str]:
    """Name the files and folders that, side by side in one folder, import themselves through each other.

    What is in a folder counts as the folder, however deep it lies.
    """
    found = []
    all_arrows = arrows(trees)
    folders = {parent for module in trees for parent in parents(module)}
    for folder in sorted(folders):
        direct: dict[str, set[str]] = {}
        for module, targets in all_arrows.items():
            if room := child(module, folder):
                direct.setdefault(room, set()).update(child(target, folder) for target in targets)
        # in a room of its own everything may import everything: that is looked at one folder deeper
        found += circles({room: (rooms & direct.keys()) - {room} for room, rooms in direct.items()})
    return found


def reach(begin: set[str], direct: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    left = set(begin)
    while left:
        module = left.pop()
        seen.add(module)
        left |= direct.get(module, set()) - seen
    return seen


def by_name(trees: Trees) -> list[str]:
    """Name who imports a module by a name that is text, and may not."""
    found = []
    for module, tree in trees.items():
        for node in ast.walk(tree):
            name = getattr(node, "id", getattr(node, "attr", ""))
            if name in {"import_module", "__import__"} and module not in BY_NAME:
                found.append(f"{module}, line {getattr(node, 'lineno', 0)}: {name}")
    return found


def courses(trees: Trees) -> list[str]:
    """Name who touches what only `model/run` knows: a run's course, and how it ends."""
    return [
        f"{module}, line {node.lineno}: .{node.attr}"
        for module, tree in trees.items()
        if not module.startswith("simimport.model.run.")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"course", "ending"}
    ]


def heavy(trees: Trees, *doors: str) -> list[str]:
    """Name what is imported, of what is heavy, by loading these modules and nothing more."""
    direct: dict[str, set[str]] = {}
    found: dict[str, list[str]] = {}
    for module, tree in trees.items():
        loaded = [i for i in imports(tree, trees) if i.runs and i.top]
        # a package is loaded before what is inside
        direct[module] = {name for i in loaded for name in (*parents(i.target), i.target) if name in trees}
        found[module] = [f"{module}, line {i.line}: {i.target}" for i in loaded if root(i.target) in HEAVY]
    loaded_by_doors = reach(set(doors), direct)
    return [text for module in sorted(loaded_by_doors) for text in found[module]]


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


def cards(trees: Trees) -> dict[str, str]:
    """Return the card that each class names, by the name of the class."""
    return {
        f"{module}.{node.name}": str(ast.literal_eval(value))
        for module, tree in trees.items()
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        for field in node.body
        if isinstance(field, ast.AnnAssign) and ast.unparse(field.target) == "_card"
        if (value := field.value) is not None
    }


def lost_cards(trees: Trees) -> list[str]:
    """Name the classes whose card is not there, or stands in a wing above theirs."""
    found = []
    for owner, card in cards(trees).items():
        module, _, function = card.partition(":")
        there = {node.name for node in getattr(trees.get(module), "body", []) if hasattr(node, "name")}
        if function not in there or height(module) > height(owner):
            found.append(f"{owner}: {card}")
    return found


def long_functions(trees: Trees) -> list[str]:
    """Name the functions that are longer than one can hold in mind, their docstrings not counted."""
    found = []
    for module, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = node.body[0]
                said = ast.get_docstring(node) is not None
                lines = (node.end_lineno or 0) - node.lineno + 1
                lines -= (first.end_lineno or 0) - first.lineno + 1 if said else 0
                if lines > MOST_LINES_OF_A_FUNCTION:
                    found.append(f"{module}.{node.name}: {lines} lines")
    return found


def test_each_wing_imports_only_itself_and_those_before_it() -> None:
    assert upward(sources()) == []


def test_no_file_imports_itself_through_others() -> None:
    assert circles_of_files(sources()) == []


def test_no_folder_imports_itself_through_its_neighbours() -> None:
    assert circles_of_folders(sources()) == []


def test_the_only_ties_by_name_are_the_named_ones() -> None:
    assert by_name(sources()) == []


def test_each_card_is_where_its_class_says() -> None:
    trees = sources()
    assert cards(trees)["simimport.model.run.run.Run"] == "simimport.model.cards:run"
    assert lost_cards(trees) == []


def test_nobody_but_the_run_touches_its_course() -> None:
    assert courses(sources()) == []


def test_only_one_file_reads_real_time() -> None:
    readers = {module: clocks(tree) for module, tree in sources().items()}
    assert [module for module, places in readers.items() if places] == ["simimport.realtime"], readers


def test_the_doors_load_nothing_heavy() -> None:
    trees = sources()
    doors = ("simimport", "simimport.errors", "simimport.model.scenario", "simimport.model.presets")
    assert heavy(trees, *doors) == []
    assert heavy(trees, "simimport.cli", "simimport.__main__") == []


def test_no_folder_holds_more_than_about_a_dozen_files() -> None:
    folders: dict[Path, int] = {}
    for path in ROOT.rglob("*.py"):
        folders[path.parent] = folders.get(path.parent, 0) + (path.name != "__init__.py")
    assert {str(folder): files for folder, files in folders.items() if files > MOST_FILES} == {}


def test_no_file_is_longer_than_one_reads_without_a_reason() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in ROOT.rglob("*.py")}
    long = {path: text for path, text in texts.items() if len(text.splitlines()) > MOST_LINES}
    docstrings = {path: ast.get_docstring(ast.parse(text)) or "" for path, text in long.items()}
    assert [str(path) for path, docstring in docstrings.items() if REASON not in docstring] == []


def test_no_function_is_longer_than_one_can_hold_in_mind() -> None:
    assert long_functions(sources()) == []


RUN, SCENARIO = "simimport.model.run.run", "simimport.model.scenario"
PEOPLE = "simimport.model.people.files"
Check = Callable[[Trees], list[str]]


def heavy_command(trees: Trees) -> list[str]:
    return heavy(trees, "simimport.cli")


def clocks_of_run(trees: Trees) -> list[str]:
    return clocks(trees[RUN])


LONG_FUNCTION = "def f():\n    '''Said at\n    length.'''\n" + "    x = 1\n" * MOST_LINES_OF_A_FUNCTION


@pytest.mark.parametrize(
    ("module", "source", "check"),
    [
        (RUN, "from simimport.service.clock import Clock", upward),
        (RUN, "def f():\n    import simimport.analysis", upward),
        ("simimport.errors", "from simimport.realtime import now", upward),
        ("simimport.show.words", "from simimport.model import scenario", upward),
        ("simimport.service.clock", "from simimport import simulate", upward),
        ("simimport.analysis", "from simimport import cli", upward),
        (SCENARIO, "try:\n    from simimport.model.run.run import x\nexcept E: pass", circles_of_files),
        (SCENARIO, "def f():\n    from simimport.model.run import run", circles_of_files),
        (SCENARIO, "class C:\n    import simimport.model.people.files", circles_of_files),
        (SCENARIO, "def f():\n    from simimport.model.people.decisions import x", circles_of_folders),
        (PEOPLE, "from simimport.model.run.wire import x", circles_of_folders),
        (SCENARIO, "import importlib\nimportlib.import_module('x')", by_name),
        (SCENARIO, "def f():\n    return __import__('simimport.model.run')", by_name),
        (SCENARIO, "class C(Shown):\n    _card: ClassVar[str] = 'simimport.model.cards:gone'", lost_cards),
        (SCENARIO, "class C(Shown):\n    _card: ClassVar[str] = 'simimport.cli:shown'", lost_cards),
        (SCENARIO, "def f(run):\n    return run.course.users", courses),
        (SCENARIO, "import numpy.typing as npt", heavy_command),
        ("simimport.model", "import pandas as pd", heavy_command),
        (RUN, "import time", clocks_of_run),
        (RUN, "from time import sleep", clocks_of_run),
        (RUN, "at = datetime.now(UTC)", clocks_of_run),
        (RUN, LONG_FUNCTION, long_functions),
    ],
)
def test_a_planted_fault_is_found(module: str, source: str, check: Check) -> None:
    empty = (
        "simimport", "simimport.errors", "simimport.realtime", "simimport.show.words", "simimport.model",
        "simimport.model.run", "simimport.model.run.wire", "simimport.model.people.decisions",
        "simimport.service", "simimport.service.clock", "simimport.analysis",
    )  # fmt: skip
    trees = dict.fromkeys(empty, ast.parse(""))
    command = "import click\nfrom simimport.model.scenario import x\ndef shown(): ..."
    trees["simimport.cli"] = ast.parse(command)
    trees[SCENARIO] = ast.parse("def f():\n    import numpy")
    trees[PEOPLE] = ast.parse("from simimport.model.scenario import x")
    # types may come from anywhere
    trees[RUN] = ast.parse(
        "from simimport.model.scenario import x\nfrom simimport.model.people import files\n"
        "if TYPE_CHECKING:\n    from simimport.cli import x\n"
    )
    assert check(trees) == []
    trees[module] = ast.parse(source)
    assert len(check(trees)) >= 1
