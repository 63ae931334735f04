"""Pages whose examples are run: their blocks, the folder in which they run, and what they must show.

Python is one session per page, as a reader has it; Python that begins with a name such as
``# test_import.py`` is a file that the commands of the page may use. A block of commands shows what each
prints; one that begins with a server is one session, whose others are its clients.
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

__all__ = ["ROOT", "Page"]

ROOT = Path(__file__).parent.parent
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_FILE = re.compile(r"# (\w+\.py)\n")
_SERVER = "$ simimport serve "
# how many lines long the curl command is that a server prints
_CURL = 4
_OUR_PLUGINS = ("faker", "pytest_httpserver", "hypothesispytest", "schemathesis")


@dataclass(frozen=True)
class Page:
    """A page of Markdown.

    Parameters
    ----------
    path : Path
    """

    path: Path

    @cached_property
    def text(self) -> str:
        """All of it."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def blocks(self) -> list[tuple[int, str, str]]:
        """Its blocks: the line where each begins, its kind and its text."""
        found = _BLOCK.finditer(self.text)
        return [(self.text.count("\n", 0, block.start()) + 1, block[1], block[2]) for block in found]

    def of_kind(self, kind: str) -> list[tuple[int, str]]:
        """Return the blocks of a kind."""
        return [(line, text) for line, name, text in self.blocks if name == kind]

    @cached_property
    def files(self) -> dict[str, str]:
        """The files that it shows, by name."""
        return {found[1]: text for _, text in self.of_kind("python") if (found := _FILE.match(text))}

    @cached_property
    def examples(self) -> list[str]:
        """Its Python that is no file."""
        return [text for _, text in self.of_kind("python") if text not in self.files.values()]

    @cached_property
    def sessions(self) -> list[str]:
        """Its commands that begin with a server."""
        return [text for _, text in self.of_kind("console") if text.startswith(_SERVER)]

    @cached_property
    def console(self) -> dict[int, str]:
        """Its other commands, by line."""
        return {line: text for line, text in self.of_kind("console") if text not in self.sessions}

    def check_out(self, folder: Path) -> Path:
        """Make a folder with the data of the repository and the page's files, in which examples may write."""
        (folder / "data").symlink_to(ROOT / "data")
        for name, text in self.files.items():
            (folder / name).write_text(text, encoding="utf-8")
        return folder

    def run_python(self) -> int:
        """Run its Python and compare with what it shows; return how many examples that are."""
        test = doctest.DocTestParser().get_doctest(
            "\n\n".join(self.examples), {}, self.path.name, self.path.name, 0
        )
        printed: list[str] = []
        result = doctest.DocTestRunner(verbose=False).run(test, out=printed.append)
        assert result.failed == 0, "".join(printed)
        return len(test.examples)


def commands(block: str) -> Iterator[tuple[str, str]]:
    """Yield each command after a ``$`` and what the page shows of it."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        # a backslash at the end of a line has the next one belong to the command
        command = re.match(r"(?:.*\\\n)*.*", part)[0]  # type: ignore[index]  # it matches anything
        yield command, part[len(command) + 1 :]


def environment() -> dict[str, str]:
    """Return the environment of commands: a terminal of 80 columns, and nothing of the pytest that runs.

    Nor have theirs the plugins that only our own tests need: loading those takes longer than most examples.
    """
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    options = " ".join(f"-p no:{name}" for name in _OUR_PLUGINS)
    return {**kept, "PATH": path, "COLUMNS": "80", "PYTHONIOENCODING": "utf-8", "PYTEST_ADDOPTS": options}


def untimed(text: str) -> str:
    """Return what was printed without the real seconds that it took."""
    return re.sub(r" *\d+(\.\d+)? ?m?s\b", " … s", text)


def run_commands(block: str) -> None:
    """Run the commands of a block and compare with what it shows."""
    for command, shown in commands(block):
        # both streams together, as a terminal shows them
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", command],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment(), check=False,
        )  # fmt: skip
        printed, expected = done.stdout.decode(), shown.strip("\n")
        assert done.returncode == 0, printed
        if command.startswith("pytest "):
            printed, expected = untimed(printed), untimed(expected)
        if expected.endswith("\n  …"):  # the page shows the beginning only
            expected = expected.removesuffix("  …")
            assert printed.strip("\n").startswith(expected)
            expected = printed.strip("\n")
        assert printed.strip("\n").splitlines() == expected.splitlines()


def run_session(block: str) -> None:
    """Run a server and its clients, and compare with what the block shows of them."""
    with socket.socket() as probe:  # the port of the page may be taken
        probe.bind(("127.0.0.1", 0))
        block = block.replace("8080", str(probe.getsockname()[1]))
    (serve, first), *others = commands(block)
    with subprocess.Popen(shlex.split(serve), stdout=subprocess.PIPE, text=True, env=environment()) as server:
        try:
            assert server.stdout is not None
            printed = "".join(server.stdout.readline() for _ in range(_CURL))
            assert printed.startswith(first.removesuffix("  …\n"))  # the page may show the beginning only
            for (command, shown), answer in zip(others, _in_a_shell(others), strict=True):
                # they wait in real time, which is not the same twice
                assert untimed(answer).splitlines() == untimed(shown).splitlines(), command
        finally:
            server.send_signal(signal.SIGINT)
        assert server.communicate(timeout=60)[0] == ""
    assert server.returncode == 0
    assert others


def _in_a_shell(session: list[tuple[str, str]]) -> list[str]:
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
