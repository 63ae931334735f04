"""The files that are read and written: what each may hold, partly by hand, partly from the tables in data."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

from simimport.cli.output.run_folder import FILES
from simimport.model.scenario import Scenario
from simimport.service.faults import Faults
from simimport.service.login.listed import listed
from simimport.testing.fixtures.pack import FORMATS

from .markdown import PLACE, bullets, code, page, table

__all__ = ["pages"]

_DATA = Path(__file__).parents[3] / "data"
_ABOUT = """\
Whatever is read is read right or refused: a file that is something else is refused by name, with the way to
mend it, and what a file was taken for is told. Whatever is written is whole or not there: files are written
aside and renamed. Texts are UTF-8."""

_OVERVIEW = (
    ("[scenarios](#scenarios)", "TOML, JSON", "TOML, JSON"),
    ("[people](#people)", "JSON, JSONL, CSV, and exports of ten systems", "JSON, JSONL, CSV"),
    ("[traces](#traces)", "JSONL, JSON, logs, HAR, cassettes, folders", "JSONL"),
    ("[runs](#runs)", "`.simimport`", "`.simimport`, and a folder of CSV, JSONL, TOML and JSON"),
    ("[fixture packs](#fixture-packs)", "a folder, as a trace", ", ".join(FORMATS)),
    ("[sweeps](#sweeps)", "a store", "CSV, Parquet, a store"),
    ("[faults](#faults-in-a-file)", "JSON", "their repr is code"),
    ("[accounts](#accounts)", "TOML, JSON", ""),
    ("[reports](#reports)", "", "text, JSON, JUnit XML, annotations of GitHub, JSON Schema, OpenAPI"),
)

_SCENARIOS = """\
A scenario is a file of [parameters](parameters.md), read by `Scenario.load`, `--scenario` and the control
plane: JSON where its name ends in `.json`, TOML otherwise. What is absent has its default; what is unknown
is refused. TOML has no null, so that a parameter that is None is left out. `data/scenarios/` has every
[preset](presets.md)."""

_PEOPLE = """\
{py:func}`simimport.read_users`, `--staged` and `--existing` read the files below. What a file was taken for
stands in `people.attrs["read_as"]`, and the command says it. Files of people are UTF-8, with or without a
byte-order mark, or UTF-16 with one; for other encodings there is `encoding=` and `--encoding cp1252`.
Passwords are accepted, and neither kept nor shown. People without an e-mail are kept, and their import
fails; in CSV a person without an id is called by its line. Only rows that cannot be read at all refuse a
file, all of them together.

CSV is parted by commas, semicolons or tabs, with a header in many languages or none; Excel's `sep=` line,
typographic quotes and empty rows are understood. Save a workbook as CSV first: `.xlsx` is refused."""
_PEOPLE_WRITTEN = """\
`simimport users` writes generated people as JSONL (`--format jsonl`, one per line), as a body of
`import.addUsers` (`json`) or as `csv`; `read_users` reads all three back. {py:func}`simimport.to_payload`
makes the body of a frame. Spreadsheet programs run a cell that begins with `=`, `+`, `-` or `@`:
`--csv-safe` puts an apostrophe before such cells."""

_TRACES = """\
A trace is what `import.status` answered, and when. {py:func}`simimport.read_trace`, `simimport lint` and
`simimport fixtures --trace` read the forms below; `Trace.save`, {py:func}`simimport.record` and `simimport
run --out` write the first: JSONL, an answer a line, where `at_s` is the instant in seconds and
`http_status` stands where it is not 200. A folder of bodies, a file each, is read in the natural order of
the names; `-` is standard input. YAML needs the extra `yaml`. Bodies without dates are dated by their
`_updatedAt`."""

#: What each file of a run's folder is.
RUN_FILES = {
    "snapshots.csv": "the frame [snapshots](frames.md#snapshots): what was published, beside the truth",
    "outcomes.csv": "the frame [outcomes](frames.md#outcomes): what became of each user",
    "staging.csv": "the frame [staging](frames.md#staging): who is left, and why",
    "users.csv": "the people, to be read by `read_users`",
    "answers.jsonl": "every distinct answer with its instant: a trace",
    "scenario.toml": "the scenario",
    "run.simimport": "the run itself, for `Run.load`",
    "summary.json": "what the command says, as numbers",
}
_RUNS = """\
`Run.save` writes a run as one file, and `Run.load` reads it back, equal in every digit, whatever the
versions: a zip of JSON and NumPy arrays with a seal that shows damage. `simimport run --out DIR` writes a
folder:"""

#: What each form of a pack is.
FORMS = {
    "json": (
        "`answers/` with each distinct body, `states/` with one of each state, "
        "`errors/` with every refusal, and `sequence.jsonl`, the same answers with "
        "their instants: a trace"
    ),
    "wiremock": "`wiremock/`, a root folder for WireMock, whose scenario moves on at each GET",
    "msw": "`msw/`, handlers for Mock Service Worker that move on at each GET",
    "vcr": "`vcr/`, a cassette for vcrpy",
}
_PACKS = """\
{py:func}`simimport.write_fixtures` and `simimport fixtures` write a folder of files that any test suite can
read: always `manifest.json`, with scenario, seed, versions and the SHA-256 of each file, and what the forms
bring that are asked for. `read_trace` reads a pack back that has the form `json`."""

_SWEEPS = """\
`simimport sweep --out` writes the frame [sweep](frames.md#sweep), or with `--summary`
[summary](frames.md#summary), as CSV or Parquet, by the name's ending; Parquet needs the extra `parquet`.
The folder of `store=` and `--store` keeps what is finished: the same call goes on from there, and another
sweep's store is refused."""

_FAULTS = """\
`--faults` takes a list in JSON, the path of a file with one, or how to draw it: `rate=0.1,seed=3`, with
`polls=` and `kinds=429+reset` if you like. The keys are [the fields of a
fault](faults.md#when-and-what-else)."""

_ACCOUNTS = """\
`simimport serve --accounts` reads who may call, by user id, from TOML or JSON, and `accounts=` in Python
takes the same mapping. The first account may use the control plane. With `username` and `password` it can
log in; `emails` and `roles` are what `me` tells of it."""

_REPORTS = (
    "`simimport lint --format json`: a record per finding; `--format github`: annotations for its workflows.",
    "`simimport check-poller --format json`, and `--junit FILE`: JUnit XML, for CI.",
    (
        "`simimport schema`: JSON Schema 2020-12 of `import.status`; with `--openapi`, OpenAPI 3.1 of every "
        "endpoint."
    ),
    "`simimport states --format`: a table, Mermaid, CSV or JSON. `simimport presets --json`.",
    "`simimport run --json`: everything about a run as one object.",
)


def pages() -> dict[str, str]:
    """Return the page of formats."""
    if left := set(FILES) ^ set(RUN_FILES) | set(FORMATS) ^ set(FORMS):
        raise LookupError(f"files or forms that nothing is said of: {left}")
    # what is shown is read as it is told
    listed(tomllib.loads(_ACCOUNTS_FILE))
    Faults(json.loads(_FAULTS_FILE))
    people, refused_people = _tables(_DATA / "payloads" / "README.md")
    traces, refused_traces = _tables(_DATA / "traces" / "README.md")
    example = Scenario(users=500, failure_rate=0.05)
    parts = [
        _ABOUT,
        table(["what", "is read as", "is written as"], _OVERVIEW),
        "## Scenarios",
        _SCENARIOS,
        code("toml", "\n".join(f"{name} = {value}" for name, value in example.changed().items())),
        "## People",
        _PEOPLE,
        _only_kinds(people),
        "What is refused, and with which words:",
        refused_people,
        "### People that are written",
        _PEOPLE_WRITTEN,
        "## Traces",
        _TRACES,
        traces,
        "What is refused, and with which words:",
        refused_traces,
        "## Runs",
        _RUNS,
        table(["file", "holds"], [(f"`{name}`", RUN_FILES[name]) for name in FILES]),
        "## Fixture packs",
        _PACKS,
        table(["form", "writes"], [(f"`{name}`", FORMS[name]) for name in FORMATS]),
        "## Sweeps",
        _SWEEPS,
        "## Faults in a file",
        _FAULTS,
        code("json", _FAULTS_FILE),
        "## Accounts",
        _ACCOUNTS,
        code("toml", _ACCOUNTS_FILE),
        "## Reports",
        bullets(_REPORTS),
    ]
    return {f"{PLACE}/formats.md": page("File formats", *parts)}


_FAULTS_FILE = '[{"kind": "503", "at_poll": 3}, {"kind": "reset", "every": 10}]'
_ACCOUNTS_FILE = """\
[ann]
token = "a-token-of-anns"
permissions = ["run-import", "api-bypass-rate-limit"]
username = "ann"
password = "a-password"

[guest]
token = "another-token"
permissions = []"""


def _tables(path: Path) -> list[str]:
    """Return the tables of a page of data, which is made of what was read."""
    found: list[list[str]] = [[]]
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("|"):
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return ["\n".join(lines) for lines in found if lines]


def _only_kinds(text: str) -> str:
    """Return the rows of a table that tell of another kind of file, without further examples of one."""
    return "\n".join(line for line in text.splitlines() if "| the same | the same |" not in line)
