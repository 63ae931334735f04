"""CONTRIBUTING.md: its map is that of the sources, and every file that it names is there."""

from __future__ import annotations

import re
from pathlib import Path

from tests.house import sources
from tests.make_map import CONTRIBUTING, diagram, written

ROOT = CONTRIBUTING.parent
TEXT = CONTRIBUTING.read_text(encoding="utf-8")


def test_the_map_is_that_of_the_sources() -> None:
    assert written(TEXT, sources()) == TEXT, "write it anew: python -m tests.make_map"


def test_the_diagram_changes_with_the_imports() -> None:
    trees = sources()
    before = diagram(trees)
    assert "    service --> testing\n" in before
    assert "    service --> model\n" not in before
    trees["simimport.model.wrong"] = trees["simimport.service.service"]
    assert "    service --> model\n" in diagram(trees)


def test_every_file_that_it_names_is_there() -> None:
    named = set(re.findall(r"`((?:simimport|tests|data|notebooks|docs|\.ci)/[\w./]*)`", TEXT))
    assert len(named) > 20
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []
    modules = set(re.findall(r"python -m (tests[\w.]*)", TEXT))
    assert len(modules) > 5
    assert [name for name in sorted(modules) if not _is_module(ROOT / name.replace(".", "/"))] == []


def _is_module(path: Path) -> bool:
    return path.with_suffix(".py").is_file() or (path / "__main__.py").is_file()
