"""`simimport users`: generated people as a stream, in constant memory.

Who they are is decided in `model/people/generated`, how they are written in `model/people/files`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click

from simimport.cli.options import (
    Option,
    Sections,
    Value,
    command_line,
    csv_safe_option,
    fields_given,
    form_given,
    scenario_options,
)
from simimport.cli.output.destination import check_file
from simimport.cli.output.spreadsheets import without_formulas
from simimport.cli.output.terminal import Bar, Talk, give_bytes
from simimport.model.scenario import Scenario
from simimport.show.words import counted, printable

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["users"]

_CHUNK = 50_000


@click.command(cls=Sections)
@scenario_options(("users", "locale"))
@click.option("--seed", cls=Option, section="The scenario", type=Value(int), metavar="N",
              help="The same seed gives the same people, and the first of more.  [default: drawn]")
@click.option("--format", "form", cls=Option, section="What comes out", metavar="NAME", default="jsonl",
              show_default=True, help="jsonl (one per line), json (a body of import.addUsers) or csv.")
@click.option("--out", cls=Option, section="What comes out", metavar="FILE",
              help="A new file, instead of standard output.")
@click.option("--force", cls=Option, section="What comes out", is_flag=True, help="Replace a file.")
@csv_safe_option("What comes out")
@click.option("-q", "--quiet", cls=Option, section="What comes out", is_flag=True,
              help="No talk, only the users.")
@click.pass_context
def users(ctx: click.Context, /, form: str, out: str | None, **given: Any) -> None:
    """Write generated users, as many as you like.

    They are those that simimport run stages from the same seed and locale, in the shape that import.addUsers
    takes. Memory does not grow with their number.
    """
    from simimport.model.people.files import FORMATS, user_lines
    from simimport.model.people.generated import iter_users
    from simimport.model.seeds import resolve

    talk = Talk(quiet=given["quiet"])
    form = form_given(form, {name: name for name in FORMATS})
    scenario, seed = Scenario(**fields_given(ctx)), resolve(given["seed"])
    if out is not None:
        check_file(out, force=given["force"])
    # a bar among the users on one screen would hide both
    with talk.bar(0 if out is None and sys.stdout.isatty() else scenario.users, "users") as bar:
        texts = user_lines(_with_bar(iter_users(scenario, seed=seed, chunk=_CHUNK), bar), form)
        if form == "csv" and given["csv_safe"]:
            texts = without_formulas(texts)
        if out is None:
            for text in texts:
                give_bytes(text.encode())
        else:
            _write_file(out, texts, replace=given["force"])
    if out is not None:
        talk.say(f"{counted(scenario.users, 'user')} in {printable(out)}", indent=0)
    values = {**fields_given(ctx), "format": form, "seed": seed}
    talk.say(f"To have them again: {command_line(ctx, values)}", indent=0)


def _with_bar(frames: Iterable[pd.DataFrame], bar: Bar) -> Iterator[pd.DataFrame]:
    for frame in frames:
        yield frame
        bar(len(frame))


def _write_file(path: str, texts: Iterable[str], *, replace: bool) -> None:
    from simimport.model.files import written_aside

    with written_aside(path, "wb", replace=replace) as file:
        for text in texts:
            file.write(text.encode())
