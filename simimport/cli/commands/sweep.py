"""`simimport sweep`: the sweep of the options, as a table of its runs or of its cells.

Options become what `sweep` takes, and what it gives becomes CSV or Parquet; nothing is decided here.
"""

from __future__ import annotations

import contextlib
import math
import signal
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simimport.cli.options import Option, Sections, Value, fields_given, scenario_options
from simimport.cli.output.terminal import Talk, give
from simimport.errors import MissingExtraError, ParameterError
from simimport.model.scenario import FIELDS, Scenario

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
@click.option("-q", "--quiet", cls=Option, section=_OUT, is_flag=True, help="No talk, only the table.")
@click.pass_context
def sweep(ctx: click.Context, /, **given: Any) -> None:
    """Simulate many imports, and give a table of how they ended.

    Each row of it is the run that simimport run makes of the same scenario and seed.
    """
    talk = Talk(quiet=given["quiet"])
    base, over = _asked(ctx, given)
    workers = _workers(given["workers"])
    _check_out(given["out"], force=given["force"])
    staged = None
    if given["staged"] is not None:
        from simimport.model.people.files import read_users

        staged = read_users(given["staged"])

    from simimport.analysis.sweeps.summarize import summarize
    from simimport.analysis.sweeps.sweep import sweep as run_sweep

    with _said_when_interrupted(ctx, talk), _executor(workers) as executor:
        frame = run_sweep(
            base, over=over, replicates=given["replicates"], seed=given["seed"], staged=staged,
            executor=executor, store=given["store"], progress=talk.is_terminal and not talk.quiet,
        )  # fmt: skip
    cells = summarize(frame) if given["summary"] or not talk.quiet else None
    if cells is not None:
        _tell(talk, cells)
    _give(cells.reset_index() if given["summary"] and cells is not None else frame, given["out"])
    if given["out"] != "-":
        talk.say(f"{len(frame):,} runs in {given['out']}", indent=0)


def _asked(ctx: click.Context, given: dict[str, Any]) -> tuple[Scenario | None, Any]:
    """Return what `sweep` takes as `base` and `over`."""
    from simimport.cli.options import scenario_given

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
        over[name] = _values(name, values)
    if not over:
        raise click.UsageError("Nothing is swept: give --over FIELD=V,V,… or --presets.", ctx)
    both = [name for name in fields_given(ctx) if name in over]
    if both:
        raise click.UsageError(f"{both[0]} is both an option and swept: give one of them.", ctx)
    return scenario_given(ctx, given), over


def _values(name: str, text: str) -> list[Any]:
    words = [word.strip() for word in text.split(",") if word.strip()]
    if name not in FIELDS:
        return list(words)  # refused in sweep's own words
    optional = getattr(Scenario(), name) is None
    kind = Value(FIELDS[name].kind, none=optional)
    return [kind.convert(word, None, None) for word in words]


def _workers(number: Any) -> int:
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= 1024:
        raise ParameterError("--workers", number, "a whole number from 1 to 1024")
    return number


def _check_out(path: str, *, force: bool) -> None:
    if path == "-":
        return
    from simimport.cli.commands.users import check_file

    check_file(path, force=force)
    if Path(path).suffix.lower() not in _FORMS:
        raise ParameterError("--out", path, "a name that ends in .csv or .parquet, or -")
    if Path(path).suffix.lower() == ".parquet":
        from importlib.util import find_spec

        if find_spec("pyarrow") is None:
            raise MissingExtraError("Parquet", "parquet")


@contextlib.contextmanager
def _executor(workers: int) -> Iterator[Executor | None]:
    if workers == 1:
        yield None
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # fresh interpreters: what is forked of a process with threads may hang
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_deaf)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _deaf() -> None:
    """Leave Ctrl-C to the process that was started by a person; it ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextlib.contextmanager
def _said_when_interrupted(ctx: click.Context, talk: Talk) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt as stop:
        talk.say(str(stop), indent=0)
        ctx.exit(130)


def _tell(talk: Talk, cells: pd.DataFrame) -> None:
    """Say in a line per cell how often it ended how, and when."""
    from simimport.cli.output.columns import columns, percent

    head = [*map(str, cells.index.names), "runs", "done", "canceled", "error", "median", "95 %", "failed"]
    rows: list[Sequence[str]] = [head]
    for key, cell in zip(cells.index[:_MOST_LINES], cells.to_dict("records"), strict=False):
        values = key if isinstance(key, tuple) else (key,)
        shares = [percent(cell[name]) for name in ("done", "canceled", "error")]
        # in one unit, so that cells compare at a glance
        times = ["–" if math.isnan(cell[name]) else f"{cell[name]:,.1f} s" for name in ("median_s", "q95_s")]
        failed = f"{cell['failed_mean']:,.4g}"
        rows.append([*map(_word, values), f"{cell['runs']:,}", *shares, *times, failed])
    for line in columns(rows, right=range(len(cells.index.names), len(head)), most=talk.width - 2):
        talk.say(line)
    if len(cells) > _MOST_LINES:
        talk.say(f"… and {len(cells) - _MOST_LINES:,} more")
    talk.say("durations are of the runs that ended done; failed is per run, in the mean")
    talk.say()


def _word(value: object) -> str:
    if isinstance(value, float):
        return "none" if math.isnan(value) else f"{value:g}"
    return str(value)


def _give(frame: pd.DataFrame, out: str) -> None:
    """Write the table; CSV in pieces, so that its text is never whole in memory."""
    if out == "-":
        for text in _texts(frame):
            give(text)
        sys.stdout.flush()
        return
    from simimport.model.files import written_aside

    path = Path(out).resolve()
    if path.suffix.lower() == ".parquet":
        with written_aside(path, "wb") as file:
            frame.to_parquet(file, index=False)
    else:
        with written_aside(path) as file:
            file.writelines(_texts(frame))


def _texts(frame: pd.DataFrame) -> Iterator[str]:
    for low in range(0, max(len(frame), 1), 50_000):
        yield frame.iloc[low : low + 50_000].to_csv(index=False, header=not low, lineterminator="\n")
