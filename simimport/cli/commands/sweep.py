"""`simimport sweep`: the sweep of the options, as a table of its runs or of its cells.

Options become what `sweep` takes, and what it gives becomes CSV or Parquet; nothing is decided here.
"""

from __future__ import annotations

import contextlib
import math
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simimport.checks import whole
from simimport.cli.options import (
    Option,
    Sections,
    Value,
    as_typed,
    csv_safe_option,
    encoding_option,
    fields_given,
    people_given,
    scenario_given,
    scenario_options,
)
from simimport.cli.output.columns import columns, wrapped
from simimport.cli.output.destination import check_file
from simimport.cli.output.spreadsheets import without_formulas
from simimport.cli.output.terminal import Talk, give
from simimport.errors import MissingExtraError, ParameterError
from simimport.model.scenario import FIELDS, Scenario
from simimport.show.words import counted, duration, number, percent, printable, printable_lines

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["sweep"]

_FROM, _OUT = "What is swept", "What comes out"
_FORMS = (".csv", ".parquet")
_MOST_LINES = 40


@click.command(cls=Sections)
@click.option("--over", cls=Option, section=_FROM, multiple=True, metavar="FIELD=V,V,…",
              help="A field and the values to try; may be given several times: all combinations are tried.")
@click.option("--presets", cls=Option, section=_FROM, is_flag=True, help="Sweep all named scenarios instead.")
@click.option("--replicates", cls=Option, section=_FROM, type=Value(int), default=100, metavar="N",
              show_default=True, help="Runs of each combination.")
@click.option("--seed", cls=Option, section=_FROM, type=Value(int), default=0, metavar="N", show_default=True,
              help="The same seed gives the same table.")
@click.option("--preset", cls=Option, section=_FROM, metavar="NAME",
              help="What all have in common: a named scenario; see simimport presets.")
@click.option("--scenario", cls=Option, section=_FROM, metavar="FILE",
              help="What all have in common: a scenario in TOML or JSON.")
@click.option("--staged", cls=Option, section=_FROM, metavar="FILE",
              help="Your own users instead of generated ones: an addUsers body (JSON), JSONL or CSV.")
@encoding_option(_FROM)
@click.option("--workers", cls=Option, section=_FROM, type=Value(int), default=1, metavar="N",
              show_default=True, help="Processes to share the work.")
@click.option("--store", cls=Option, section=_FROM, metavar="DIR",
              help="A folder that keeps what is finished: the same command goes on from there.")
@scenario_options()
@click.option("--summary", cls=Option, section=_OUT, is_flag=True,
              help="A row per combination, with shares, durations and intervals, not one per run.")
@click.option("--out", cls=Option, section=_OUT, default="-", metavar="FILE", show_default=True,
              help="A new file, .csv or .parquet; - is standard output, as CSV.")
@click.option("--force", cls=Option, section=_OUT, is_flag=True, help="Replace a file.")
@csv_safe_option(_OUT)
@click.option("-q", "--quiet", cls=Option, section=_OUT, is_flag=True, help="No talk, only the table.")
@click.pass_context
def sweep(ctx: click.Context, /, **given: Any) -> None:
    """Simulate many imports, and give a table of how they ended.

    Each row of it is the run that simimport run makes of the same scenario and seed.
    """
    talk = Talk(quiet=given["quiet"])
    base, over = _sweep_given(ctx, given)
    workers = whole("--workers", given["workers"], 1, 1024)
    _check_out(given["out"], force=given["force"])
    staged = people_given(given, "staged", talk)

    from simimport.analysis.sweeps.summarize import summarize
    from simimport.analysis.sweeps.sweep import sweep as run_sweep

    with _interruption_said(ctx, talk), _processes(workers) as executor:
        frame = run_sweep(
            base, over=over, replicates=given["replicates"], seed=given["seed"], staged=staged,
            executor=executor, store=given["store"], progress=talk.is_terminal and not talk.quiet,
        )  # fmt: skip
    cells = summarize(frame) if given["summary"] or not talk.quiet else None
    if cells is not None:
        _say_cells(talk, cells)
    table = cells.reset_index() if given["summary"] and cells is not None else frame
    guard = without_formulas if given["csv_safe"] else iter
    _give_table(table, given["out"], guard, replace=given["force"])
    if given["out"] != "-":
        talk.say(f"{counted(len(frame), 'run')} in {printable(given['out'])}", indent=0)


def _sweep_given(ctx: click.Context, given: dict[str, Any]) -> tuple[Scenario | None, Any]:
    """Return what `sweep` takes as `base` and `over`."""
    if given["presets"]:
        if given["over"] or given["preset"] or given["scenario"] or fields_given(ctx):
            raise click.UsageError("--presets are whole scenarios: nothing else can be said of them.", ctx)
        from simimport.model.presets import PRESETS

        return None, PRESETS
    over: dict[str, list[Any]] = {}
    for text in given["over"]:
        name, _, values = text.partition("=")
        name = name.strip().replace("-", "_")
        if name in over:
            raise click.UsageError(f"--over {name} is there twice: give all its values at once.", ctx)
        over[name] = _values_given(name, values)
    if not over:
        raise click.UsageError("Nothing is swept: give --over FIELD=V,V,… or --presets.", ctx)
    both = [name for name in fields_given(ctx) if name in over]
    if both:
        raise click.UsageError(f"{both[0]} is both an option and swept: give one of them.", ctx)
    return scenario_given(ctx, given), over


def _values_given(name: str, text: str) -> list[Any]:
    words = [word.strip() for word in text.split(",") if word.strip()]
    if name not in FIELDS:
        return list(words)  # refused in sweep's own words
    optional = getattr(Scenario(), name) is None
    kind = Value(FIELDS[name].kind, none=optional)
    return [kind.convert(word, None, None) for word in words]


def _check_out(path: str, *, force: bool) -> None:
    if path == "-":
        return
    check_file(path, force=force)
    if Path(path).suffix.lower() not in _FORMS:
        raise ParameterError("--out", path, "a name that ends in .csv or .parquet, or -")
    if Path(path).suffix.lower() == ".parquet":
        from importlib.util import find_spec

        if find_spec("pyarrow") is None:
            raise MissingExtraError("Parquet", "parquet")


@contextlib.contextmanager
def _processes(workers: int) -> Iterator[Executor | None]:
    if workers == 1:
        yield None
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # fresh interpreters: what is forked of a process with threads may hang
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_ignore_ctrl_c)
    try:
        with _ctrl_c_held_back():
            # each finds no worker idle, and so starts one
            for _ in range(workers):
                pool.submit(_ignore_ctrl_c)
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _ignore_ctrl_c() -> None:
    """Leave Ctrl-C to the process that was started by a person; it ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextlib.contextmanager
def _ctrl_c_held_back() -> Iterator[None]:
    """Hold Ctrl-C back for the processes that are started here, and for this one until they are.

    What is blocked stays blocked in a process that is started meanwhile, from its first instruction on, long
    before it can run an initializer: nobody sees a traceback of a worker that was just importing.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows, where the initializer alone must do
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _interruption_said(ctx: click.Context, talk: Talk) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt as stop:
        talk.say(printable_lines(str(stop)), indent=0)
        ctx.exit(130)


def _say_cells(talk: Talk, cells: pd.DataFrame) -> None:
    """Say in a line per cell how often it ended how, and when."""
    names = [str(name) for name in cells.index.names]
    head = [*names, "done", "canceled", "error", "median", "95 % within", "failed"]
    rows: list[Sequence[str]] = [head]
    for key, cell in zip(cells.index[:_MOST_LINES], cells.to_dict("records"), strict=False):
        values = key if isinstance(key, tuple) else (key,)
        shares = [percent(cell[name]) for name in ("done", "canceled", "error")]
        times = ["–" if math.isnan(cell[name]) else duration(cell[name]) for name in ("median_s", "q95_s")]
        rows.append([*map(_swept_value, values), *shares, *times, number(cell["failed_mean"])])
    for line in columns(rows, right=range(len(names), len(head)), most=talk.width - 2):
        talk.say(line)
    if len(cells) > _MOST_LINES:
        talk.say(f"… and {number(len(cells) - _MOST_LINES)} more")
    # each cell has as many
    runs = counted(int(cells["runs"].iloc[0]), "run")
    note = f"{runs} each; durations of those that ended done; failed users in the mean"
    talk.say("\n".join(wrapped(note, talk.width - 2)))
    talk.say()


def _swept_value(value: object) -> str:
    # frames have NaN where a scenario has None
    return as_typed(None if isinstance(value, float) and math.isnan(value) else value)


def _give_table(
    frame: pd.DataFrame, out: str, guard: Callable[[Iterable[str]], Iterator[str]], *, replace: bool
) -> None:
    """Write the table; CSV in pieces, so that its text is never whole in memory."""
    if out == "-":
        for text in guard(_csv_pieces(frame)):
            give(text)
        sys.stdout.flush()
        return
    from simimport.model.files import written_aside

    if Path(out).suffix.lower() == ".parquet":
        with written_aside(out, "wb", replace=replace) as file:
            frame.to_parquet(file, index=False)
    else:
        with written_aside(out, replace=replace) as file:
            file.writelines(guard(_csv_pieces(frame)))


def _csv_pieces(frame: pd.DataFrame) -> Iterator[str]:
    for low in range(0, max(len(frame), 1), 50_000):
        yield frame.iloc[low : low + 50_000].to_csv(index=False, header=not low, lineterminator="\n")
