"""README is true: its examples are run, its tables and the diagram are those of the code."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from pathlib import Path

import pytest

from simimport.cli.options import flags
from simimport.model.dialects import DIALECTS
from simimport.model.people.decisions import SHARES
from simimport.model.presets import PRESETS
from simimport.model.scenario import Scenario
from simimport.model.states import mermaid
from simimport.testing import strategies
from simimport.testing.lint.rules import RULES
from tests.pages import ROOT, Page, run_commands, run_session

README = Page(ROOT / "README.md")


def presets_table() -> str:
    rows = [f"| `{name}` | {PRESETS.about(name)} | {_code(flags(scenario.changed()))} |"
            for name, scenario in PRESETS.items()]  # fmt: skip
    return "\n".join(["| preset | what you see | how |", "| --- | --- | --- |", *rows])


def parameters_table() -> str:
    rows = [
        f"| `{name}` | {field.metadata['about']} | {rule.allowed} | `{field.default}` |"
        for field in dataclasses.fields(Scenario)
        for name, rule in [(field.name, field.metadata["rule"])]
    ]
    return "\n".join(["| field | meaning | allowed | default |", "| --- | --- | --- | --- |", *rows])


def _code(words: list[str]) -> str:
    return f"`{' '.join(words)}`" if words else ""


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the data of the repository and the README's files, in which examples may write."""
    monkeypatch.chdir(README.check_out(tmp_path))
    return tmp_path


def test_python_examples_give_what_they_show(checkout: Path) -> None:
    assert README.run_python() > 10


@pytest.mark.parametrize("block", README.console.values(), ids=[f"line {line}" for line in README.console])
def test_commands_print_what_they_show(checkout: Path, block: str) -> None:
    run_commands(block)


@pytest.mark.parametrize("block", README.sessions)
def test_a_server_and_its_clients_say_what_they_show(checkout: Path, block: str) -> None:
    run_session(block)


def test_the_two_commands_are_one_line_each_and_name_what_there_is() -> None:
    # they make environments, which the check before every landing does; here, that their parts exist
    main, tests = (text.strip() for _, text in README.of_kind("sh"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "\n" not in main + tests
    assert main.split(" && ")[0] == tests.split(" && ")[0] == "python3 -m venv .venv"
    assert main.endswith("pip install --quiet . && .venv/bin/simimport run")
    assert "simimport" in project["scripts"]
    assert tests.endswith('pip install --quiet -e ".[test]" && .venv/bin/pytest -n auto')
    assert any(needed.startswith("pytest-xdist") for needed in project["optional-dependencies"]["test"])


def test_no_block_is_left_unchecked() -> None:
    assert {name for _, name, _ in README.blocks} == {"console", "sh", "python", "mermaid"}
    assert README.text.count("```") == 2 * len(README.blocks)


def test_the_diagram_is_that_of_the_table() -> None:
    assert [text for _, text in README.of_kind("mermaid")] == [mermaid()]


def test_the_tables_are_those_of_the_code() -> None:
    assert presets_table() in README.text
    assert parameters_table() in README.text
    assert " ".join(f"{share:.0%}".replace("%", " %") for share in SHARES.values()) == " ".join(
        re.findall(r"\((\d+ %)\)", README.text)
    )
    assert re.findall(r"^\| `(docs|server-[\d.]+)` \|", README.text, re.MULTILINE) == list(DIALECTS)
    for dialect in DIALECTS.values():
        assert f"| `{dialect.name}` | {dialect.about}" in README.text


def test_it_counts_the_rules_and_names_the_strategies() -> None:
    assert f"`--rules` lists all {len(RULES)}; " in README.text
    named = re.findall(r"^For Hypothesis, .+? has (.+?)\.", README.text, re.MULTILINE | re.DOTALL)
    assert {*re.findall(r"`(\w+)`", named[0]), "seeds"} == set(strategies.__all__)


def test_files_that_it_names_exist() -> None:
    # the folders and files of the repository that a reader is sent to
    links = re.findall(r"\]\(((?:docs|notebooks)/[^)#]+)\)", README.text)
    for name in {*re.findall(r"`(data/[\w./]+)`", README.text), *links}:
        assert (ROOT / name).exists(), name
