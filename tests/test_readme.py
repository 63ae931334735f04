"""README is true, and short: its examples are run."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from simimport.model.people.decisions import SHARES
from tests.pages import ROOT, Page, run_commands, run_session

README = Page(ROOT / "README.md")


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
    assert {name for _, name, _ in README.blocks} == {"console", "sh", "python"}
    assert README.text.count("```") == 2 * len(README.blocks)


def test_it_is_read_in_a_few_minutes() -> None:
    assert len(README.text.splitlines()) <= 220


def test_the_shares_of_reasons_are_those_of_the_code() -> None:
    shares = [f"{share:.0%}".replace("%", " %") for share in SHARES.values()]
    assert re.findall(r"\((\d+ %)\)", README.text) == shares


def test_files_that_it_names_exist() -> None:
    # the folders and files of the repository that a reader is sent to
    links = re.findall(r"\]\(((?!http)[^)#]+)\)", README.text)
    for name in {*re.findall(r"`(data/[\w./]+)`", README.text), *links}:
        assert (ROOT / name).exists(), name
