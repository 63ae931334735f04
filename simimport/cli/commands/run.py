"""`simimport run`: a scenario from options, its run, and what is said and given of it.

One option per field of the scenario, made from the fields themselves. Files are written by `run_folder`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simimport.cli.options import (
    Option,
    Sections,
    Value,
    command_line,
    csv_safe_option,
    encoding_option,
    fields_given,
    people_given,
    scenario_given,
    scenario_options,
)
from simimport.cli.output.json_text import shown_json
from simimport.cli.output.terminal import Talk, give, same_place
from simimport.show.words import printable

if TYPE_CHECKING:
    from simimport.model.dialects import Dialect
    from simimport.model.run.run import Run
    from simimport.model.scenario import Scenario

__all__ = ["run"]

_FROM, _OUT = "Where it comes from", "What comes out"


@click.command(cls=Sections)
@click.option("--preset", cls=Option, section=_FROM, metavar="NAME",
              help="A named scenario; see simimport presets.")
@click.option("--scenario", cls=Option, section=_FROM, metavar="FILE", help="A scenario in TOML or JSON.")
@click.option("--staged", cls=Option, section=_FROM, metavar="FILE",
              help="Your own users instead of generated ones: an addUsers body (JSON), JSONL or CSV.")
@click.option("--existing", cls=Option, section=_FROM, metavar="FILE",
              help="Who is on the server already, in any of the same formats.")
@encoding_option(_FROM)
@click.option("--seed", cls=Option, section=_FROM, type=Value(int), metavar="N",
              help="The same scenario and seed give the same run.  [default: drawn, and shown]")
@scenario_options()
@click.option("--dialect", cls=Option, section=_OUT, metavar="NAME", default="docs", show_default=True,
              help="Whose answers: docs, server-6.3, server-7.4 or server-8.3.")
@click.option("--at", cls=Option, section=_OUT, type=Value(float), metavar="SECONDS",
              help="Answer for this instant after the creation of the operation, instead of the end.")
@click.option("--out", cls=Option, section=_OUT, metavar="DIR",
              help="A new folder for frames (CSV), answers (JSONL), users, scenario and the run itself.")
@click.option("--force", cls=Option, section=_OUT, is_flag=True, help="Replace the folder of an earlier run.")
@csv_safe_option(_OUT)
@click.option("--json", "as_json", cls=Option, section=_OUT, is_flag=True,
              help="Everything as one JSON object, and no talk.")
@click.option("-q", "--quiet", cls=Option, section=_OUT, is_flag=True, help="No talk, only the answer.")
@click.pass_context
def run(ctx: click.Context, /, **given: Any) -> None:
    """Simulate an import and tell how it went.

    The answer of import.status at the end, or at an instant, goes to standard output as JSON; the summary
    goes to standard error. Without options it is the documentation page's import of 8,000 users.
    """
    talk = Talk(quiet=given["quiet"] or given["as_json"])
    scenario, dialect = scenario_given(ctx, given), _dialect_given(given)
    _check_before_work(given, scenario)
    staged, existing = (
        people_given(given, name, talk) for name in ("staged", "existing")
    )

    from simimport.cli.output.run_facts import answer_of, facts_of, failed_users
    from simimport.model.run.simulate import simulate

    record = simulate(scenario, seed=given["seed"], staged=staged, existing=existing)
    if given["quiet"] and not given["as_json"] and given["out"] is None:
        # nobody asks for more, and all the rest takes longer than the import
        give(shown_json(answer_of(record, dialect, given["at"])))
        return
    facts = facts_of(record, dialect, given["at"], _command_again(ctx, given, scenario, record))
    failed = failed_users(record) if staged is not None else []
    if staged is not None:
        facts["failed_users"] = failed
    if not talk.quiet:
        from simimport.cli.output.run_summary import summarize

        summarize(talk, record, dialect, facts, about=_source_line(given), failed=failed)
    if given["out"] is not None:
        from simimport.cli.output.run_folder import write_run

        folder = Path(given["out"])
        write_run(
            talk, record, dialect, facts, folder, replace=given["force"], csv_safe=given["csv_safe"]
        )
    _give_answer(talk, given, facts)


def _dialect_given(given: dict[str, Any]) -> Dialect:
    from simimport.model.dialects import dialect_of

    return dialect_of(given["dialect"])


def _check_before_work(given: dict[str, Any], scenario: Scenario) -> None:
    """Refuse a seed, an instant, a folder and users that will not do, before any work is done."""
    from simimport.memory import SUMMARIZED, WRITTEN, check_users
    from simimport.model.seeds import resolve

    resolve(given["seed"])
    if given["at"] is not None:
        from simimport.model.instants import microseconds

        microseconds(given["at"], "--at")
    if given["out"] is not None:
        from simimport.cli.output.destination import check_folder
        from simimport.cli.output.run_folder import foreign_to_runs

        check_folder(given["out"], force=given["force"], kind="run", foreign=foreign_to_runs)
    if given["staged"] is None:
        work = SUMMARIZED if given["out"] is None else WRITTEN
        check_users(work, scenario.users, scenario.batch_size)


def _command_again(ctx: click.Context, given: dict[str, Any], scenario: Scenario, record: Run) -> str:
    """Return the command that makes this run again."""
    sources = ("preset", "scenario", "staged", "existing", "encoding")
    values = {name: given[name] for name in sources if given[name] is not None}
    values |= fields_given(ctx)
    if scenario.epoch == "now":
        values["epoch"] = record.scenario.epoch
    if given["dialect"] != "docs":
        values["dialect"] = given["dialect"]
    return command_line(ctx, values | {"seed": record.seed})


def _source_line(given: dict[str, Any]) -> str:
    if given["preset"] is not None:
        from simimport.model.presets import PRESETS

        return f"{given['preset']}: {PRESETS.about(given['preset'])}"
    return str(given["staged"] or given["scenario"] or "")


def _give_answer(talk: Talk, given: dict[str, Any], facts: dict[str, Any]) -> None:
    """Say how to have it again, and give what was asked for."""
    if given["as_json"]:
        give(shown_json(facts))
        return
    talk.say()
    talk.say(talk.style("To have it again", bold=True))
    encoding = "" if given["encoding"] is None else f", encoding={given['encoding']!r}"
    lines = [f"{'users' if name == 'staged' else name} = read_users({given[name]!r}{encoding})"
             for name in ("staged", "existing") if given[name] is not None]
    talk.say("\n".join(map(printable, [facts["command"], *lines, facts["code"]])), indent=4)
    if same_place():
        moment = "at the end" if given["at"] is None else "then"
        talk.say()
        talk.say(talk.style(f"What import.status answers {moment}", bold=True))
        talk.say()
    give(shown_json(facts["answer"]))
