"""The presets: what each shows, how it comes about, and a picture of it."""

from __future__ import annotations

from simimport.model.dialects import DIALECTS
from simimport.model.presets import PRESETS
from simimport.model.run.run import Run
from simimport.model.run.simulate import simulate
from simimport.show.words import duration

from .markdown import PLACE, anchor, code, page, table
from .pictures import SEED, shown

__all__ = ["pages"]

_ABOUT = f"""\
A preset is a {{py:class}}`simimport.Scenario` with a name that says what people see. Take it as
`simulate(PRESETS["calm"], seed=1)`, `ImportService("calm")`, `--preset calm`, or
`@pytest.mark.simimport(preset="calm")`; every parameter can still be changed:
`PRESETS["calm"].replace(users=500)`, `--preset calm --users 500`. `PRESETS.about("calm")` is its line below.
The same are TOML files in `data/scenarios/`.

Facts and pictures below are of the seed {SEED}. In a picture the steps are what is published, and the line
is the truth."""

#: What each is good for.
GOOD_FOR = {
    "page_example": (
        "The first answer is that of the documentation page, value for value. Write a client against it."
    ),
    "calm": "The happy path, without a surprise: the test that a client should pass first.",
    "flaky": "What a busy server does on a bad day: bursts of failures, pauses, uneven steps.",
    "all_fail": (
        "Shows whether a client takes `done` for success: nobody was imported, and the state is `done`."
    ),
    "empty": "Divisions by the total: 0 of 0 users, and the end comes at once.",
    "one_user": "The counters stand at 0 until the import is over; a progress bar has nothing to show.",
    "exact_batch": "The edge where the first update of the counters is also the last.",
    "batch_plus_one": "The edge after it: 50 of 51 users for a while, and then a batch of a single user.",
    "canceled_early": "Interrupted before any counter moved; the first batch is still processed.",
    "canceled_midway": (
        "Interrupted halfway. Dialects differ most here: a server says `error`, and may end as `done`."
    ),
    "crash_midway": "Up to 49 users were processed and never published: what the counters hide.",
    "stuck_at_zero": "Is it stuck, or has it just begun? Tells whether a client gives up too early.",
    "stalls_at_99": "The classic: nearly done, then ten minutes of silence, then done after all.",
    "slows_down": "Times left that are worked out from the mean speed promise too much, all the way.",
    "done_but_nobody_imported": "`done`, 100 %, and an empty server: what a green tick can hide.",
    "clustered_failures": (
        "Whole batches fail, as when a directory was down for a while; the share looks harmless."
    ),
    "csv_upload": "Has the state `loading` in it, which imports over the API never show.",
    "restless_admin": "Another end with nearly every seed; for sweeps, and for tests of every way out.",
    "big": "An import that lasts about an hour, to try patience, polling intervals and times left.",
}


def pages() -> dict[str, str]:
    """Return the page of presets."""
    overview = [(f"[`{name}`]({anchor(name)})", PRESETS.about(name)) for name in PRESETS]
    parts = [_ABOUT, table(["preset", "what it is"], overview)]
    for name in PRESETS:
        parts += _preset(name)
    return {f"{PLACE}/presets.md": page("Presets", *parts)}


def _preset(name: str) -> list[str]:
    run = simulate(PRESETS[name], seed=SEED)
    return [
        f"## {name}",
        f"{PRESETS.about(name)}. {GOOD_FOR[name]}",
        shown(f"preset-{name}", f"Progress of {name}: published steps and the true line"),
        code("python", f"{name} = {PRESETS[name]!r}"),
        _facts(run),
    ]


def _facts(run: Run) -> str:
    last = run.at(run.duration_s)
    counts = run.counts
    ends = {dialect: next(reversed([*run.responses(dialect=dialect)]))[1]["state"] for dialect in DIALECTS}
    rows = [
        ("lasts", f"{duration(run.duration_s)}, of which {duration(run.importing_s)} importing"),
        ("published at the end", f"{last.completed:,} imported, {last.error:,} failed, of {last.total:,}"),
        (
            "in truth",
            f"{counts.imported:,} imported, {counts.failed:,} failed, {counts.unreached:,} not reached",
        ),
        ("ends as", ", ".join(f"`{state}` in `{dialect}`" for dialect, state in ends.items())),
    ]
    if len(set(ends.values())) == 1:
        rows[-1] = ("ends as", f"`{ends['docs']}` in every dialect")
    return table(["fact", f"with the seed {SEED}"], rows)
