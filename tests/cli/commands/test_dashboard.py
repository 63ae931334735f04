"""`simimport dashboard` up to Voilà's door: what it refuses, what it starts with. See also tests/browser."""

from __future__ import annotations

import ast
import signal
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from simimport.cli.commands import dashboard as room
from simimport.cli.commands.dashboard import arguments, notebook
from tests.cli.command import call


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], dict[str, Any], str]]:
    """What would have been served: Voilà's arguments, ours, and the page."""
    seen: list[tuple[list[str], dict[str, Any], str]] = []

    def serve(given: list[str], **options: Any) -> None:
        seen.append((given, options, Path(given[0]).read_text(encoding="utf-8")))

    monkeypatch.setattr(room, "_serve_page", serve)
    monkeypatch.setenv("JUPYTER_PATH", "/somewhere")
    return seen


def test_it_serves_a_page_on_this_machine_alone(served: list[Any]) -> None:
    assert call("dashboard").code == 0
    [(given, options, page)] = served
    assert "--Voila.ip=127.0.0.1" in given
    assert "--Voila.auto_token=True" in given
    assert options == {"browser": True}
    assert "explore()" in page
    # and leaves nothing behind
    assert not Path(given[0]).exists()


def test_the_options_reach_the_page(served: list[Any]) -> None:
    assert call("dashboard", "--preset", "calm", "--port", "8123", "--no-browser").code == 0
    [(given, options, page)] = served
    assert {"--port=8123", "--Voila.port_retries=0"} < set(given)
    assert options == {"browser": False}
    assert "explore(PRESETS['calm'])" in page


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_theme_is_that_of_the_page_and_of_what_it_shows(theme: str, served: list[Any]) -> None:
    assert call("dashboard", "--theme", theme).code == 0
    assert call("dashboard", "--theme", theme, "--preset", "calm").code == 0
    for (given, _, page), shown in zip(served, ("", "PRESETS['calm'], "), strict=True):
        assert f"--theme={theme}" in given
        assert f"explore({shown}theme='{theme}')" in page


@pytest.mark.parametrize(("theme", "both"), [("auto", True), ("light", False), ("dark", False)])
def test_without_a_theme_the_browser_decides(
    theme: str, both: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_PATH", "/somewhere")
    room._put_template(tmp_path, theme)
    [template] = tmp_path.rglob("index.html.j2")
    assert ("prefers-color-scheme:dark" in template.read_text(encoding="utf-8")) is both


def test_a_port_that_nobody_asked_for_may_be_the_next_one() -> None:
    assert {"--port=8866", "--Voila.port_retries=50"} < set(arguments(Path("page.ipynb"), None))


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="no SIGHUP here")
@pytest.mark.parametrize("nohup", [False, True])
def test_what_ends_it_ends_the_kernels_too(nohup: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    handled: dict[int, Any] = {}

    class Page:
        display_url = "http://localhost"

        @classmethod
        def instance(cls) -> Page:
            return cls()

        def initialize(self, given: list[str]) -> None:
            handled.update({number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)})

        def start(self) -> None:
            pass

    monkeypatch.setitem(sys.modules, "voila.app", SimpleNamespace(Voila=Page))
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        signal.signal(signal.SIGHUP, signal.SIG_IGN if nohup else signal.SIG_DFL)
        room._serve_page([], browser=False)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert handled[signal.SIGTERM] is signal.default_int_handler
    # who started it with nohup wants it to go on
    assert handled[signal.SIGHUP] is (signal.SIG_IGN if nohup else signal.default_int_handler)


def test_the_page_is_a_notebook_that_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import nbformat

    page = notebook("calm", tmp_path / "it's")
    nbformat.validate(page)
    [cell] = page["cells"]
    tree = ast.parse(cell["source"])
    assert ast.unparse(tree.body[-1]) == "explore(PRESETS['calm'])"
    assert repr(str(tmp_path / "it's")) in cell["source"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--preset", "clam"), ["preset is 'clam'", "Did you mean 'calm'?"]),
        (("--theme", "pink"), ["theme is 'pink'; allowed: auto, light or dark"]),
        (("--port", "0"), ["--port is 0", "from 1 to 65535"]),
        (("--port", "70000"), ["--port is 70000"]),
        (("--port", "here"), ["--port is 'here'"]),
    ],
)
def test_what_is_refused(options: tuple[str, ...], words: list[str], served: list[Any]) -> None:
    printed = call("dashboard", *options)
    assert printed.code == 2
    assert all(word in printed.err for word in words), printed.err
    assert served == []


@pytest.mark.parametrize("missing", ["voila", "ipykernel"])
def test_without_voila_or_a_kernel_the_extra_is_named(
    missing: str, monkeypatch: pytest.MonkeyPatch, served: list[Any]
) -> None:
    find = room.find_spec
    monkeypatch.setattr(room, "find_spec", lambda name: None if name == missing else find(name))
    printed = call("dashboard")
    assert printed.code == 2
    assert 'pip install "simimport[voila]"' in printed.err
    assert served == []
    assert "voila" not in sys.modules
