"""`simimport fixtures`: packs of every answer of an import, as files for suites in any language.

What is in a pack is decided in `testing/fixtures`; here only whose packs, and what is said of them.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simimport.cli.faults import faults_given
from simimport.cli.options import (
    Option,
    Sections,
    Value,
    command_line,
    encoding_option,
    fields_given,
    form_given,
    is_typed,
    people_given,
    scenario_given,
    scenario_options,
)
from simimport.cli.output.columns import columns
from simimport.cli.output.destination import check_folder
from simimport.cli.output.terminal import Talk
from simimport.model.scenario import Scenario
from simimport.show.words import counted, duration, number, printable

if TYPE_CHECKING:
    from simimport.model.run.run import Run
    from simimport.testing.traces import Trace

__all__ = ["fixtures"]

_FROM, _POLLED, _OUT = "Where it comes from", "How it is polled", "What comes out"

#: What is there in formats of other tools.
_FOR_TOOLS = {
    "wiremock": ("wiremock/", "the root folder for WireMock: each GET moves on"),
    "msw": ("msw/", "handlers for MSW: each GET moves on, and restart() begins again"),
    "vcr": ("vcr/", "a cassette for vcrpy: each GET plays the next answer"),
}
#: What tells which import it is.
_IMPORTS = ("preset", "scenario", "staged", "existing", "trace")


@click.command(cls=Sections)
@click.option("--preset", cls=Option, section=_FROM, metavar="NAME",
              help="A named scenario; see simimport presets.")
@click.option("--all", "every", cls=Option, section=_FROM, is_flag=True,
              help="A pack of every preset, each in a folder of its name.")
@click.option("--scenario", cls=Option, section=_FROM, metavar="FILE", help="A scenario in TOML or JSON.")
@click.option("--staged", cls=Option, section=_FROM, metavar="FILE",
              help="Your own users instead of generated ones: an addUsers body (JSON), JSONL or CSV.")
@click.option("--existing", cls=Option, section=_FROM, metavar="FILE",
              help="Who is on the server already, in any of the same formats.")
@encoding_option(_FROM)
@click.option("--trace", cls=Option, section=_FROM, metavar="FILE",
              help="A recorded trace instead of a scenario, as simimport record writes it.")
@click.option("--seed", cls=Option, section=_FROM, type=Value(int), metavar="N", default=0, show_default=True,
              help="The same scenario and seed give the same bytes.")
@click.option("--every", "every_s", cls=Option, section=_POLLED, type=Value(float), metavar="SECONDS",
              help="An answer per poll of a client that polls every so often.  [default: one per change]")
@click.option("--start", cls=Option, section=_POLLED, metavar="STATE",
              help="The state that the first poll meets, such as importing.  [default: the operation is new]")
@click.option("--faults", cls=Option, section=_POLLED, metavar="WHAT",
              help="A list of faults in JSON, a file with one, or how to draw them: rate=0.1,seed=3.")
@scenario_options()
@click.option("--dialect", cls=Option, section=_OUT, metavar="NAME", default="docs", show_default=True,
              help="Whose answers: docs, server-6.3, server-7.4 or server-8.3.")
@click.option("--format", "formats", cls=Option, section=_OUT, metavar="NAME", multiple=True,
              help="json, wiremock, msw or vcr; may come again.  [default: json]")
@click.option("--out", cls=Option, section=_OUT, metavar="DIR", required=True, help="A new folder.")
@click.option("--force", cls=Option, section=_OUT, is_flag=True,
              help="Replace the folder of an earlier pack.")
@click.option("-q", "--quiet", cls=Option, section=_OUT, is_flag=True, help="No talk.")
@click.pass_context
def fixtures(ctx: click.Context, /, **given: Any) -> None:
    """Write every answer of an import as files, for any test suite.

    A pack has each body in order, one per state, every refusal, the timed sequence, and a manifest with a
    checksum of each file; with --format wiremock, a scenario for WireMock that moves on at each poll, with
    msw handlers for MSW that do, with vcr a cassette for vcrpy. Without options it is the documentation
    page's import of 8,000 users.
    """
    talk = Talk(quiet=given["quiet"])
    sources = _sources_given(ctx, given, talk)
    target = Path(given["out"])

    from simimport.model.files import folder_written_aside
    from simimport.testing.fixtures.pack import FORMATS, formats_of, pack_of
    from simimport.testing.fixtures.pack_folder import foreign, foreign_to_packs
    from simimport.testing.fixtures.polls import Polls

    names = {name: name for name in FORMATS}
    formats = formats_of([form_given(name, names) for name in given["formats"]] or ["json"])
    polls = Polls(given["every_s"], given["start"], faults_given(given["faults"]))
    kind, foreign_to_it = ("set of packs", foreign_to_packs) if given["every"] else ("pack", foreign)
    check_folder(given["out"], force=given["force"], kind=kind, foreign=foreign_to_it)
    manifests: dict[str, dict[str, Any]] = {}
    with folder_written_aside(target, replace=given["force"]) as aside:
        for name, source in sources.items():
            seed = given["seed"] if isinstance(source, (str, Scenario)) else None
            pack = pack_of(source, dialect=given["dialect"], formats=formats, seed=seed, polls=polls)
            if given["every"]:
                (aside / name).mkdir()
            pack.write(aside / name if given["every"] else aside)
            manifests[name] = pack.manifest
    _say_what_was_written(talk, manifests, given)
    _say_where_it_is(talk, ctx, given)


def _sources_given(
    ctx: click.Context, given: Mapping[str, Any], talk: Talk
) -> dict[str, Run | Trace | Scenario | str]:
    """Return whose packs are asked for, by name."""
    fields = fields_given(ctx)
    sources = [name for name in _IMPORTS if given[name] is not None]
    if given["every"]:
        from simimport.model.presets import PRESETS

        if sources or fields:
            raise click.UsageError("--all takes the presets as they are: leave out other scenarios.", ctx)
        return {name: name for name in PRESETS}
    if given["trace"] is not None:
        if sources != ["trace"] or fields or is_typed(ctx, "seed"):
            raise click.UsageError("--trace is a whole import: leave out scenarios, users and seeds.", ctx)
        from simimport.testing.trace_files import read_trace

        return {Path(given["trace"]).name: read_trace(given["trace"])}
    scenario = scenario_given(ctx, given)
    if given["staged"] is not None or given["existing"] is not None:
        from simimport.model.run.simulate import simulate

        staged, existing = (people_given(given, name, talk) for name in ("staged", "existing"))
        name = Path(given["staged"] or given["existing"]).name
        return {name: simulate(scenario, seed=given["seed"], staged=staged, existing=existing)}
    if given["preset"] is not None and not fields:
        return {given["preset"]: given["preset"]}
    return {given["preset"] or Path(given["scenario"] or "scenario").name: scenario}


def _say_what_was_written(
    talk: Talk, manifests: Mapping[str, Mapping[str, Any]], given: Mapping[str, Any]
) -> None:
    """Say a line per pack, and of a single one what is in it."""
    rows = [("pack", "answers", "files", "ends after", "state")]
    for name, manifest in manifests.items():
        # the manifest is a file, too
        answers, files = number(manifest["answers"]), number(len(manifest["files"]) + 1)
        after = duration(manifest["duration_s"])
        rows.append((printable(name), answers, files, after, manifest["final"]))
    head, *lines = columns(rows, right=(1, 2, 3), most=talk.width - 2)
    talk.say(talk.style(head, bold=True))
    talk.say("\n".join(lines))
    if not given["every"]:
        talk.say()
        for place, about in _places_in_pack(next(iter(manifests.values()))):
            talk.say(f"{place:16}  {about}", indent=4)


def _places_in_pack(manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the places of a pack, and what is there."""
    places = []
    if "json" in manifest["formats"]:
        statuses = sorted({name.partition("-")[0] for name in manifest["errors"]})
        last = max(name for name in manifest["files"] if name.startswith("answers/"))
        places += [
            ("answers/", f"{counted(manifest['answers'], 'body', 'bodies')}, up to {Path(last).name}"),
            ("states/", " ".join(manifest["states"])),
            ("errors/", f"{counted(len(manifest['errors']), 'refusal')}: {' '.join(statuses)}"),
            ("sequence.jsonl", "the same answers with their instants"),
        ]
    places += [place for name, place in _FOR_TOOLS.items() if name in manifest["formats"]]
    return [*places, ("manifest.json", "scenario, seed, versions, SHA-256 of each file")]


def _say_where_it_is(talk: Talk, ctx: click.Context, given: Mapping[str, Any]) -> None:
    """Say how to have it again, too."""
    sources = (*_IMPORTS, "encoding", "start", "faults")
    values = {name: given[name] for name in sources if given[name] is not None}
    values |= {} if given["every_s"] is None else {"every": given["every_s"]}
    values |= fields_given(ctx)
    if given["dialect"] != "docs":
        values["dialect"] = given["dialect"]
    values |= {} if given["trace"] is not None else {"seed": given["seed"]}
    words = [command_line(ctx, values), *(["--all"] if given["every"] else [])]
    words += [f"--format {name}" for name in dict.fromkeys(given["formats"])]
    talk.say()
    talk.say(talk.style(f"Saved in {printable(given['out'])}", bold=True))
    talk.say()
    talk.say(talk.style("To have the same bytes again", bold=True))
    talk.say(printable(f"{' '.join(words)} --out {shlex.quote(given['out'])}"), indent=4)
