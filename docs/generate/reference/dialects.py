"""The dialects side by side, with the evidence, and what each answers to the same calls."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from simimport.model.dialects import DIALECTS
from simimport.model.run.simulate import simulate
from simimport.model.scenario import Scenario
from simimport.service.service import ImportService

from .dialect_evidence import EVIDENCE, REPORTS, SOURCES, linked
from .markdown import PLACE, bullets, code, document_json, page, table

__all__ = ["pages"]

_ABOUT = """\
One record can be told in several ways. The documentation page of `import.status` promises one thing, and
installed servers do another, so there is a dialect for each. Who was processed when, and who failed, is the
same in all of them up to an interruption; what is published differs, and what follows an interruption.
Runs, frames and sweeps speak `docs`; whatever takes `dialect=` tells the same record in another:
`run.status(60, dialect="server-8.3")`, `ImportService(dialect=…)`, `--dialect`, and the marker of the
pytest plugin.

**Which to take:** `docs` to write a client against the documentation; the dialect of your server's version
to test against what is installed. A client that must work with both should pass with each:
`check_poller` tries `docs` and `server-8.3`."""

_ON_WHOSE_WORD = """\
`docs` follows [the published page]({page}); what the page leaves open is closed as the tables below say.
The other three follow the sources of Rocket.Chat, read at the commits that are linked; nothing was tried on
a live server. Where a behaviour was worked out by following the code and not seen anywhere, the table says
*inferred*."""

_LAWS = (
    (
        "Reading changes nothing: any number of calls of `import.status` at one instant get equal answers. "
        "Faults, a `PollClock` and the limit of calls are chosen exceptions."
    ),
    (
        "Counters never fall within an operation. `completed + error` is at most `total`, but that an "
        "operation of a server that was interrupted may exceed it by one batch."
    ),
    "While importing, `completed + error` is a multiple of the batch size, until the last batch.",
    (
        "In `docs`, the published counters equal the truth at `done` and `canceled`; at `error` they lag by "
        "less than a batch."
    ),
    "The same scenario, seed and versions give the same bytes.",
)

_NOT_SIMULATED = """\
Channels, messages and avatars are not imported: a file that holds channels or messages is refused with
words that say so. Nothing is ever fetched from the network. Files are counted as people from the API are,
in batches; servers count them one by one, and twice in some versions. Two-factor logins and licences are
not there: no import call asks for them."""


def pages() -> dict[str, str]:
    """Return the page of dialects."""
    about = [(f"`{dialect.name}`", dialect.about) for dialect in DIALECTS.values()]
    parts = [_ABOUT, table(["dialect", "stands for"], about), _ON_WHOSE_WORD.format(page=SOURCES["page"][1])]
    parts += ["## The same answer in each", _ANSWERS]
    for text, names in _alike(_answers).items():
        parts += [f"{names}:", code("json", text)]
    parts += [
        "## The same refusals in each",
        _REFUSALS,
        table(["call", "dialects", "status", "body"], _refusals()),
    ]
    for title, rows in EVIDENCE.items():
        head = ["what", "`docs`", "`server-*`", "evidence"]
        parts += [f"## {title}", table(head, [(*row[:3], linked(row[3])) for row in rows])]
    parts += [
        "## Which states follow a cancel",
        "[Worked out for each](states.md#after-a-cancel), moment by moment.",
    ]
    parts += ["## What holds in every dialect", bullets(_LAWS), "## What is not simulated", _NOT_SIMULATED]
    parts += [
        "## What people reported",
        _REPORTED,
        table(["what they saw", "what shows it here"], _reports()),
    ]
    parts += ["## Sources", table(["source", "what was read there"], _sources())]
    return {f"{PLACE}/dialects.md": page("Dialects", *parts)}


_ANSWERS = """\
`simulate(users=120, failure_rate=0.1, seed=5)`: when the operation is ready, after the first batch, and at
the end."""


def _answers(dialect: str) -> str:
    run = simulate(users=120, failure_rate=0.1, seed=5)
    flushed_s = float(run.snapshots.query("batch == 1")["at_s"].iloc[0])
    bodies = [run.status(at_s, dialect=dialect) for at_s in (5.0, flushed_s, run.duration_s)]
    return "\n\n".join(document_json(body) for body in bodies)


def _alike(told: Callable[[str], str]) -> dict[str, str]:
    """Return what the dialects say, each with the names of those that say it."""
    names: dict[str, list[str]] = {}
    for name in DIALECTS:
        names.setdefault(told(name), []).append(f"`{name}`")
    return {text: ", ".join(of) if len(of) < len(DIALECTS) else "all" for text, of in names.items()}


_JO = {"emails": ["jo@example.com"], "importIds": ["1"]}
_REFUSALS = """\
Each was asked of a service of that dialect when this page was made, without a socket. Where two differ,
look at the keys and their order too: clients that read `error` alone meet an answer without it."""

#: Each call: what is called before it, its method, its path, its body, and who calls.
_CALLS: dict[str, tuple[tuple[str, ...], str, str, Any, str]] = {
    "`import.run` before `import.new`": ((), "POST", "import.run", {}, ""),
    "`import.run` twice": (("new", "add_users", "run"), "POST", "import.run", {}, ""),
    "`import.addUsers` before `import.new`": ((), "POST", "import.addUsers", {"users": [_JO]}, ""),
    "`import.addUsers` while importing": (
        ("new", "add_users", "run"),
        "POST",
        "import.addUsers",
        {"users": [_JO]},
        "",
    ),
    "`import.addUsers` without `users`": (("new",), "POST", "import.addUsers", {}, ""),
    "`import.status` without a token": ((), "GET", "import.status", None, "nobody"),
    "`import.status` without the permission": ((), "GET", "import.status", None, "guest"),
    "`POST import.status`": ((), "POST", "import.status", {}, ""),
    "`GET import.nothing`": ((), "GET", "import.nothing", None, ""),
}
_HEADERS = {
    "nobody": {"X-User-Id": "nobody", "X-Auth-Token": "none"},
    "guest": {"X-User-Id": "guest", "X-Auth-Token": "g"},
}
_ACCOUNTS = {
    "admin": {"token": "a", "permissions": ["run-import", "api-bypass-rate-limit"]},
    "guest": {"token": "g", "permissions": ["api-bypass-rate-limit"]},
}


def _refused(dialect: str, call: str) -> str:
    before, method, path, sent, who = _CALLS[call]
    service = ImportService(Scenario(users=120), seed=1, dialect=dialect)
    for name in before:
        getattr(service, name)()
    with service.client(accounts=_ACCOUNTS) as client:
        answer = client.request(method, f"/api/v1/{path}", json=sent, headers=_HEADERS.get(who, {}))
    if answer.headers["content-type"].startswith("text/html"):
        return f"{answer.status_code}\n*the web app's page*"
    return f"{answer.status_code}\n`{answer.text}`"


def _refusals() -> list[list[str]]:
    return [
        [call, names, *text.split("\n", 1)]
        for call in _CALLS
        for text, names in _alike(partial(_refused, call=call)).items()
    ]


_REPORTED = """\
Reports of servers of all ages and importers, and what of simimport shows a client the like. Their causes
differ; what a client sees is alike."""


def _reports() -> list[tuple[str, str]]:
    issues = "https://github.com/RocketChat/Rocket.Chat/issues"
    return [(f"{about} ([{number}]({issues}/{number}))", shows) for number, about, shows in REPORTS]


def _sources() -> list[tuple[str, str]]:
    return [(f"[{name}]({link})", about) for name, link, about in SOURCES.values()]
