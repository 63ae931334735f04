"""The states, the steps, what leads from where to where, and what follows a cancel in each dialect."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable

from simimport.model.dialects import DIALECTS
from simimport.model.scenario import Scenario
from simimport.model.states import CALLS, STEP_STATE, State, Step, transitions
from simimport.service.contract.answer_shapes import states as states_of
from simimport.service.contract.answer_shapes import steps as steps_of
from simimport.service.service import ImportService

from .markdown import PLACE, page, table
from .pictures import shown

__all__ = ["MEANINGS", "after", "pages"]

_ABOUT = """\
`import.status` answers one of eight states. They and what leads from one to another are one table in the
code, which the service asks at every call: a call that has no arrow is refused.
{py:func}`simimport.transitions` is that table as a frame, `simimport states --format mermaid` as a diagram,
and `from simimport.model.states import TABLE` the table itself."""

#: What each state says, and what a client does about it.
MEANINGS = {
    State.NONE: "No operation was ever created; the answer has no `operation`.",
    State.NEW: "An operation is there, and nobody is staged yet.",
    State.LOADING: "A file was uploaded and is being read; imports over the API never show it.",
    State.READY: "People are staged; `import.run` can be called.",
    State.IMPORTING: "Users are being created; the counters move once per batch of 50.",
    State.DONE: "Every staged user was processed, even if nobody was imported: look at the counters.",
    State.CANCELED: "An administrator interrupted it. Only the dialect `docs` says so.",
    State.ERROR: (
        "It stopped; in the dialects `server-*` also: it was invalidated, and may still become `done`."
    ),
}
_MOVES = """\
The calls `new`, `addUsers`, `run` and `clear` are a client's; `load`, `flush`, `finish` and `crash` happen
to the job itself. A `clear` while importing is asked for at once and honoured at the flush of the batch in
flight."""
_STEPS = """\
Beside the state, an answer has the importer's own step in `operation.status`. The state follows from the
step and from `operation.valid`: an operation that is not valid reads `error`, or in `docs` `canceled`,
unless it was done."""
_AFTER = """\
What clients see from the call of `import.clear` on, in order, until nothing changes any more. The states
are worked out here by an import of 120 users that is cleared at that moment. A client that polls slowly may
see only the last.

On a server the importer only notices after the batch in flight. Noticed after a full batch, the operation
walks on to `done`, and that batch is counted in `error` as well as in `completed`. Noticed after the last,
partial batch, it stays `error`. So `error` with a step other than `importer_import_failed` is no end yet:
ask again before you give up."""
_CRASH = """\
When the operation crashes, nothing moves any more, and up to 49 users were processed that no counter tells
of."""


def pages() -> dict[str, str]:
    """Return the page of states."""
    rows = [
        (f"`{state}`", MEANINGS[state], "yes" if state.terminal else "", _who_says(state)) for state in State
    ]
    moves = [tuple(f"`{word}`" for word in row) for row in transitions().itertuples(index=False)]
    calls = {str(call) for call in CALLS}
    parts = [
        _ABOUT,
        shown("states", "The eight states and the moves between them"),
        table(["state", "meaning", "an end", "dialects"], rows),
        "## What leads where",
        _MOVES,
        table(
            ["in the state", "this", "by", "leads to"],
            [(a, m, "a call" if m.strip("`") in calls else "the job", b) for a, m, b in moves],
        ),
        "## Steps",
        _STEPS,
        table(["step", "state", "dialects"], [_step(step) for step in Step]),
        "## After a cancel",
        _AFTER,
        table(["cleared while", *(f"`{name}`" for name in DIALECTS)], _cleared()),
        "## After a crash",
        _CRASH,
        table(["dialect", "state", "step"], _crashed()),
    ]
    return {f"{PLACE}/states.md": page("States", *parts)}


def _who_says(state: State) -> str:
    return _listed([name for name, dialect in DIALECTS.items() if state in states_of(dialect)])


def _step(step: Step) -> tuple[str, str, str]:
    names = [name for name, dialect in DIALECTS.items() if step in steps_of(dialect)]
    return f"`{step}`", f"`{STEP_STATE[step]}`", _listed(names)


def _listed(names: list[str]) -> str:
    return "all" if names == list(DIALECTS) else ", ".join(f"`{name}`" for name in names)


# what follows a cancel ------------------------------------------------------------------------------------


def _created(service: ImportService) -> None:
    service.new()


def _loading(service: ImportService) -> None:
    people = b64encode(b"ann,ann@example.com,Ann\n").decode()
    service.call(
        "uploadImportFile",
        importerKey="csv",
        fileName="people.csv",
        contentType="text/csv",
        binaryContent=people,
    )


def _staged(service: ImportService) -> None:
    service.new()
    service.add_users()


def _in_a_full_batch(service: ImportService) -> None:
    _staged(service)
    service.run()
    service.advance(1)


def _in_the_last_batch(service: ImportService) -> None:
    _in_a_full_batch(service)
    while service.status()["operation"]["count"].get("completed", 0) < 100:
        service.advance(0.05)


def _after_the_last_batch(service: ImportService) -> None:
    _in_the_last_batch(service)
    while service.status()["operation"]["count"]["completed"] < 120:
        service.advance(0.002)


def _done(service: ImportService) -> None:
    _staged(service)
    service.run()
    service.run_until("done")


_MOMENTS: dict[str, Callable[[ImportService], None]] = {
    "`new`": _created,
    "`loading`": _loading,
    "`ready`": _staged,
    "`importing`, in a full batch": _in_a_full_batch,
    "`importing`, in the last, partial batch": _in_the_last_batch,
    "`importing`, after the last batch": _after_the_last_batch,
    "`done`": _done,
}


def after(dialect: str, prepare: Callable[[ImportService], None]) -> list[str]:
    """Return the states that are seen from a clear on, in order."""
    service = ImportService(
        Scenario(users=120, failure_rate=0, loading_s=9, importer="csv"), seed=1, dialect=dialect
    )
    prepare(service)
    service.clear()
    seen = [service.status()["state"]]
    for _ in range(400):
        service.advance(0.05)
        if (state := service.status()["state"]) != seen[-1]:
            seen.append(state)
    return seen


def _cleared() -> list[list[str]]:
    return [
        [moment, *(" → ".join(f"`{state}`" for state in after(name, prepare)) for name in DIALECTS)]
        for moment, prepare in _MOMENTS.items()
    ]


def _crashed() -> list[tuple[str, str, str]]:
    rows = []
    for name in DIALECTS:
        service = ImportService(Scenario(users=120, crash_rate=1, crash_at=0.6), seed=1, dialect=name)
        _staged(service)
        service.run()
        service.advance(60)
        body = service.status()
        rows.append((f"`{name}`", f"`{body['state']}`", f"`{body['operation']['status']}`"))
    return rows
