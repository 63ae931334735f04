"""The bar: as wide as there is room, gone when it is over, and nowhere that nobody looks at."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from simimport import (
    ParameterError,
    Scenario,
    Trace,
    TraceError,
    compare,
    compare_etas,
    fit,
    polling_tradeoff,
    simulate,
    sweep,
)
from simimport.analysis.progress import Progress, progress_shown


class Terminal:
    """A pseudo-terminal as standard error, and what was written to it."""

    def __init__(self, columns: int) -> None:
        self.leader, follower = pty.openpty()
        self.columns = columns
        self.file = os.fdopen(follower, "w", encoding="utf-8")
        self.resize(columns)
        os.set_blocking(self.leader, False)

    def resize(self, columns: int) -> None:
        self.columns = columns
        fcntl.ioctl(self.leader, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def lines(self) -> list[str]:
        """Return what was written since last asked, one after the other at the same place."""
        written = b""
        with suppress(BlockingIOError):
            while piece := os.read(self.leader, 1 << 16):
                written += piece
        return written.decode().split("\r")


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    opened = Terminal(80)
    yield opened
    opened.file.close()
    os.close(opened.leader)


@contextmanager
def bar_on(terminal: Terminal, progress: bool | None = None) -> Iterator[Progress]:
    """Show how far it is on a terminal; pytest has a standard error of its own until the test begins."""
    with redirect_stderr(terminal.file), progress_shown(progress) as tell:
        yield tell


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Let time pass for bars as the test wants it: a second, whenever they look."""
    import tqdm.std

    shown = SimpleNamespace(now_s=1000.0, step_s=1.0)

    def tick() -> float:
        shown.now_s += shown.step_s
        return float(shown.now_s)

    monkeypatch.setattr(tqdm.std, "time", tick)
    return shown


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("columns", [40, 80, 200])
def test_a_bar_is_as_wide_as_the_terminal_and_leaves_nothing(terminal: Terminal, columns: int) -> None:
    terminal.resize(columns)
    with bar_on(terminal) as tell:
        tell(0, 2000)
        for done in range(100, 2001, 100):
            tell(done, 2000)
        drawn = [line for line in terminal.lines() if line.strip()]
    assert len(drawn) > 10
    assert {len(line) for line in drawn} == {columns - 1}  # the last place is the cursor's
    for line in drawn if columns > 40 else []:
        share, bar, words = line.split("|")
        assert abs(bar.count("█") / len(bar) - int(share.rstrip(" %")) / 100) < 0.1
        assert re.fullmatch(r" [\d,]+ of 2,000 runs, \d\d:\d\d left", words)
    # at the end there are blanks where it was, and the cursor is at their beginning
    *_, blanks, end = terminal.lines()
    assert (blanks, end) == (" " * (columns - 1), "")


@pytest.mark.usefixtures("clock")
def test_a_bar_follows_the_terminal_s_width(terminal: Terminal) -> None:
    with bar_on(terminal) as tell:
        tell(10, 100)
        tell(20, 100)
        assert {len(line) for line in terminal.lines() if line.strip()} == {79}
        terminal.resize(60)
        tell(30, 100)
        assert len(terminal.lines()[-1].rstrip()) <= 59


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_a_bar_that_is_cut_short_leaves_nothing(terminal: Terminal, error: type[BaseException]) -> None:
    def begin() -> None:
        with bar_on(terminal) as tell:
            tell(10, 100)
            tell(20, 100)
            raise error

    with pytest.raises(error):
        begin()
    assert terminal.lines()[-2:] == [" " * 79, ""]


def test_what_is_over_at_once_draws_nothing(terminal: Terminal, clock: SimpleNamespace) -> None:
    clock.step_s = 0.0
    with bar_on(terminal, progress=True) as tell:
        for done in range(11):
            tell(done, 10)
    assert "".join(terminal.lines()).strip() == ""


def test_of_nothing_there_is_no_bar(terminal: Terminal) -> None:
    with bar_on(terminal, progress=True) as tell:
        tell(0, 0)
    assert terminal.lines() == [""]


@pytest.mark.usefixtures("clock")
def test_pipes_are_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    # also where somebody has a kernel's package loaded, or a shell that is none
    shell = SimpleNamespace(config={"TerminalIPythonApp": {}})
    monkeypatch.setitem(sys.modules, "ipykernel", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stderr", pipe)
    with progress_shown(None) as tell:
        tell(1, 2)
        tell(2, 2)
    assert pipe.getvalue() == ""
    with progress_shown(True, unit="traces") as tell:
        tell(0, 2)
        tell(1, 2)
    assert re.search(r"50 %\|.*\| 1 of 2 traces, ", pipe.getvalue())


class Notebook:
    """A notebook's outputs: what was displayed, and what it became."""

    def __init__(self) -> None:
        self.outputs: list[Any] = []

    def display(self, shown: Any, *, display_id: bool) -> SimpleNamespace:
        assert display_id
        place = len(self.outputs)
        self.outputs.append(shown)

        def update(data: Any, *, raw: bool) -> None:
            assert raw
            self.outputs[place] = data

        return SimpleNamespace(update=update)


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Notebook:
    import IPython
    import IPython.display
    from tqdm import auto
    from tqdm.notebook import tqdm

    outputs = Notebook()
    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(config={"IPKernelApp": {}}))
    monkeypatch.setattr(IPython.display, "display", outputs.display)
    monkeypatch.setattr(auto, "tqdm", tqdm)
    return outputs


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("last", [100, 60])
def test_a_notebook_s_bar_fills_the_cell_and_leaves_no_gap(notebook: Notebook, last: int) -> None:
    with progress_shown(None) as tell:
        tell(0, 100)
        for done in range(20, last + 1, 20):
            tell(done, 100)
        [shown] = notebook.outputs
        _, bar, words = shown.children
        assert (bar.max, bar.value, bar.bar_style) == (100, last, "")
        assert (shown.layout.width, bar.layout.width, bar.layout.flex) == ("100%", None, "2")
        assert f"{last}\u2007of\u2007100\u2007runs" in words.value
    assert notebook.outputs == [{}]
    assert all(part.comm is None for part in (shown, *shown.children))


def test_a_notebook_has_no_bar_of_what_is_over_at_once(notebook: Notebook, clock: SimpleNamespace) -> None:
    clock.step_s = 0.0
    with progress_shown(None) as tell:
        tell(0, 100)
        tell(100, 100)
    assert notebook.outputs == []


SMALL = Scenario(users=400)
RUNS = [simulate(SMALL, seed=seed) for seed in range(3)]
TRACES = [Trace(run.responses()) for run in RUNS]
METHODS = ["overall", "anchored"]
#: All that may take a while, and how many steps it has here.
LONG: dict[str, tuple[Callable[[Any], object], int]] = {
    "sweep": (lambda progress: sweep(SMALL, over={"users": [5, 6]}, replicates=4, progress=progress), 8),
    "compare": (lambda progress: compare(SMALL, SMALL, replicates=4, progress=progress), 8),
    "polling_tradeoff": (
        lambda progress: polling_tradeoff(SMALL, every_s=[1, 5], replicates=4, progress=progress), 4
    ),
    "compare_etas": (
        lambda progress: compare_etas(RUNS, every_s=[2, 5], methods=METHODS, progress=progress), 12
    ),
    "fit": (lambda progress: fit(TRACES, progress=progress), 3),
}  # fmt: skip


@pytest.mark.parametrize("name", LONG)
def test_what_takes_a_while_tells_how_far_it_is(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    call, total = LONG[name]
    reports: list[tuple[int, int]] = []
    call(lambda done, of: reports.append((done, of)))
    assert reports[0] == (0, total)
    assert reports[-1] == (total, total)
    assert reports == sorted(set(reports))
    # here nobody looks
    call(None)
    call(False)
    assert capsys.readouterr() == ("", "")
    with pytest.raises(ParameterError, match="progress is 'yes'"):
        call("yes")


def test_progress_changes_no_figure() -> None:
    assert fit(TRACES, progress=lambda *_: None).estimates.equals(fit(TRACES).estimates)
    told = compare_etas(RUNS, every_s=5, progress=lambda *_: None)
    assert told.equals(compare_etas(RUNS, every_s=5))
    assert len(compare_etas([], every_s=5, progress=True)) == 0


def test_a_path_is_read_when_it_is_its_turn(tmp_path: Path) -> None:
    paths = [trace.save(tmp_path / f"{place}.jsonl") for place, trace in enumerate(TRACES)]
    read: list[int] = []

    def tell(done: int, total: int) -> None:
        read.append(done)
        if done == 2:
            paths[2].unlink()

    with pytest.raises(TraceError, match="there is no such file"):
        fit(paths, progress=tell)
    assert read == [0, 1, 2]


@pytest.mark.parametrize("progress", ["yes", 3, []])
def test_what_is_no_progress(progress: Any) -> None:
    with (
        pytest.raises(ParameterError, match="allowed: None, True, False, or a function of done and total"),
        progress_shown(progress),
    ):
        pass
