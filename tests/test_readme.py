"""README and guide are true: their examples are run, their tables and the diagram are those of the code."""

from __future__ import annotations

import dataclasses
import doctest
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
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

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
GUIDE = sorted((ROOT / "docs").glob("*.md"))


def blocks_of(page: str) -> list[tuple[int, str, str]]:
    """Return the blocks of a page: the line where each begins, its kind and its text."""
    return [(page.count("\n", 0, found.start()) + 1, found[1], found[2]) for found in BLOCK.finditer(page)]


BLOCKS = blocks_of(README)
# Python that begins with a name such as "# test_import.py" is a file
FILE = re.compile(r"# (\w+\.py)\n")


def blocks(kind: str) -> list[tuple[int, str]]:
    return [(line, text) for line, name, text in BLOCKS if name == kind]


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


FILES = {found[1]: text for _, text in blocks("python") if (found := FILE.match(text))}


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the data of the repository and the README's files, in which examples may write."""
    (tmp_path / "data").symlink_to(ROOT / "data")
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_python_examples_give_what_they_show(checkout: Path) -> None:
    examples = [block for _, block in blocks("python") if block not in FILES.values()]
    they_give_what_they_show("README.md", examples)


@pytest.mark.parametrize("page", GUIDE, ids=[page.stem for page in GUIDE])
def test_python_examples_of_the_guide_give_what_they_show(checkout: Path, page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    found = blocks_of(text)
    they_give_what_they_show(page.name, [block for _, _, block in found])
    # no block is left unchecked, and what it links to and names is there
    assert {kind for _, kind, _ in found} == {"python"}
    assert text.count("```") == 2 * len(found)
    assert [name for name in re.findall(r"`(data/[\w./]+)`", text) if not (ROOT / name).exists()] == []
    sections = {re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-")
                for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}  # fmt: skip
    assert set(re.findall(r"\]\(#([\w-]+)\)", text)) <= sections


def they_give_what_they_show(name: str, python: list[str]) -> None:
    # one session for all, as a reader has it
    test = doctest.DocTestParser().get_doctest("\n\n".join(python), {}, name, name, 0)
    assert len(test.examples) > 10
    printed: list[str] = []
    result = doctest.DocTestRunner(verbose=False).run(test, out=printed.append)
    assert result.failed == 0, "".join(printed)


def commands(block: str) -> Iterator[tuple[str, str]]:
    """Return each command after a ``$`` and what the README shows of it."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        # a backslash at the end of a line has the next one belong to the command
        command = re.match(r"(?:.*\\\n)*.*", part)[0]
        yield command, part[len(command) + 1 :]


# how many lines long the curl command is that a server prints
CURL = 4
# a block that begins with a server is one session: the others are its clients
SESSIONS = [block for _, block in blocks("console") if block.startswith("$ simimport serve ")]
CONSOLE = {line: block for line, block in blocks("console") if block not in SESSIONS}


def environment() -> dict[str, str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    # a pytest among the commands has nothing of the one that is running now
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return {**kept, "PATH": path, "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"}


def untimed(text: str) -> str:
    """Return what was printed without the real seconds that it took."""
    return re.sub(r" *\d+(\.\d+)? ?m?s\b", " … s", text)


@pytest.mark.parametrize("block", CONSOLE.values(), ids=[f"line {line}" for line in CONSOLE])
def test_commands_print_what_they_show(checkout: Path, block: str) -> None:
    for command, shown in commands(block):
        # both streams together, as a terminal of 80 columns shows them
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", command],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment(), check=False,
        )  # fmt: skip
        printed, expected = done.stdout.decode(), shown.strip("\n")
        assert done.returncode == 0, printed
        if command.startswith("pytest "):
            printed, expected = untimed(printed), untimed(expected)
        if expected.endswith("\n  …"):  # the README shows the beginning only
            expected = expected.removesuffix("  …")
            assert printed.strip("\n").startswith(expected)
            expected = printed.strip("\n")
        assert printed.strip("\n").splitlines() == expected.splitlines()


def in_a_shell(session: list[tuple[str, str]]) -> list[str]:
    """Return what each command of a session prints; one shell runs them all, as a terminal does."""
    over = "ended with "
    text = "".join(f"{command}\necho; echo '{over}'$?\n" for command, _ in session)
    done = subprocess.run(
        ["bash"], input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment(),
        text=True, timeout=60, check=True,
    )  # fmt: skip
    *printed, rest = re.split(rf"\n{over}0\n", done.stdout)
    assert not rest, rest
    return printed


@pytest.mark.parametrize("block", SESSIONS)
def test_a_server_and_its_clients_say_what_they_show(checkout: Path, block: str) -> None:
    with socket.socket() as probe:  # the port of the README may be taken
        probe.bind(("127.0.0.1", 0))
        block = block.replace("8080", str(probe.getsockname()[1]))
    (serve, first), *others = commands(block)
    with subprocess.Popen(shlex.split(serve), stdout=subprocess.PIPE, text=True, env=environment()) as server:
        try:
            assert server.stdout is not None
            printed = "".join(server.stdout.readline() for _ in range(CURL))
            assert printed.startswith(first.removesuffix("  …\n"))  # the README may show the beginning only
            for (command, shown), printed in zip(others, in_a_shell(others), strict=True):
                # they wait in real time, which is not the same twice
                assert untimed(printed).splitlines() == untimed(shown).splitlines(), command
        finally:
            server.send_signal(signal.SIGINT)
        assert server.communicate(timeout=60)[0] == ""
    assert server.returncode == 0
    assert others


def test_the_two_commands_are_one_line_each_and_name_what_there_is() -> None:
    # they make environments, which the check before every landing does; here, that their parts exist
    main, tests = (text.strip() for _, text in blocks("sh"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "\n" not in main + tests
    assert main.split(" && ")[0] == tests.split(" && ")[0] == "python3 -m venv .venv"
    assert main.endswith("pip install --quiet . && .venv/bin/simimport run")
    assert "simimport" in project["scripts"]
    assert tests.endswith('pip install --quiet -e ".[test]" && .venv/bin/pytest -n auto')
    assert any(needed.startswith("pytest-xdist") for needed in project["optional-dependencies"]["test"])


def test_no_block_is_left_unchecked() -> None:
    assert {name for _, name, _ in BLOCKS} == {"console", "sh", "python", "mermaid"}
    assert README.count("```") == 2 * len(BLOCKS)


def test_the_diagram_is_that_of_the_table() -> None:
    assert [text for _, text in blocks("mermaid")] == [mermaid()]


def test_the_tables_are_those_of_the_code() -> None:
    assert presets_table() in README
    assert parameters_table() in README
    assert " ".join(f"{share:.0%}".replace("%", " %") for share in SHARES.values()) == " ".join(
        re.findall(r"\((\d+ %)\)", README)
    )
    assert re.findall(r"^\| `(docs|server-[\d.]+)` \|", README, re.MULTILINE) == list(DIALECTS)
    for dialect in DIALECTS.values():
        assert f"| `{dialect.name}` | {dialect.about}" in README


def test_it_counts_the_rules_and_names_the_strategies() -> None:
    assert f"`--rules` lists all {len(RULES)}; " in README
    named = re.findall(r"^For Hypothesis, .+? has (.+?)\.", README, re.MULTILINE | re.DOTALL)
    assert {*re.findall(r"`(\w+)`", named[0]), "seeds"} == set(strategies.__all__)


def test_files_that_it_names_exist() -> None:
    # the folders and files of the repository that a reader is sent to
    links = re.findall(r"\]\(((?:docs|notebooks)/[^)#]+)\)", README)
    for name in {*re.findall(r"`(data/[\w./]+)`", README), *links}:
        assert (ROOT / name).exists(), name
