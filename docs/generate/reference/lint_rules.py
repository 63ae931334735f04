"""The rules of the linter: why each is one, how bad it is, and an example broken and mended."""

from __future__ import annotations

from textwrap import wrap

from simimport.model.dialects import DIALECTS
from simimport.show.words import duration
from simimport.testing.lint.rules import RULES

from .lint_examples import Answers, example_of
from .markdown import PLACE, anchor, code, document_json, page, table

__all__ = ["CAUSES", "pages"]

_ABOUT = """\
{py:func}`simimport.lint` and [`simimport lint`](cli.md#simimport-lint) hold a trace of `import.status`
against the rules below, whether a simulator, a server or your own hand wrote it. An `error` is something
that no server of the dialect answers; a `warning` is something that a server can answer and that you want
to know. `simimport lint` ends with the exit code 1 on errors, and with `--strict` on warnings too;
`simimport lint --rules` lists the rules.

Each example is a trace as `simimport record` writes it. The linter was asked when this page was made: it
finds that rule broken in the first and no other, and nothing in the second. Lines that differ are marked."""

#: What it usually comes from, and what to do.
CAUSES = {
    "not-answered": "A server that restarts, a limit of calls, a network. A client should ask again.",
    "no-object": (
        "A proxy, a login page or a wrong address answered. Look at the URL, and at what stands before the "
        "server."
    ),
    "unknown-state": "A slip in a fixture, or another endpoint.",
    "canceled-by-server": "A fixture was written by the documentation page, for a test against servers.",
    "unknown-step": "The trace is of another dialect than it is linted by; a newer server has further steps.",
    "state-step": "A fixture where one of both was changed and the other forgotten.",
    "state-valid": (
        "A fixture of an interrupted operation where `valid` was forgotten, or the other way round."
    ),
    "missing-key": (
        "A fixture was shortened by hand. Clients that read the key work in tests, and fail later."
    ),
    "extra-key": "A key of an own invention, or the wrong dialect: `_id` is for servers alone.",
    "wrong-type": "A template or a spreadsheet wrote numbers as texts; added up they make `4949`.",
    "wrong-value": "A name was put where a key belongs: the importer's key is `api`, its name `API`.",
    "bad-instant": "Local times, seconds without milliseconds, or no `Z` at the end.",
    "count-step": "Counters were filled in before the run, or left at 0 after it.",
    "users-not-total": "One of both was changed and the other forgotten.",
    "over-total": "Counters were added up twice; or the total is that of another file.",
    "off-batch": "A counter was made up. If the server publishes at another pace, give `--batch-size`.",
    "unfinished": "The step moved on before the counters did.",
    "time-back": "Two files were joined in the wrong order, or the clock that dated them was set back.",
    "another-operation": "Answers of two imports are in one trace. Part them.",
    "replaced": "Somebody called `import.new`, or uploaded a file, while this one was polled.",
    "changed-constant": "Answers of two imports were mixed, or edited by hand.",
    "illegal-move": "Answers are missing a new operation between them, or were put together by hand.",
    "step-back": "Answers in the wrong order.",
    "after-end": "Answers in the wrong order, or a fixture that goes on after its end.",
    "counter-fell": "Answers in the wrong order, or of two servers behind one address.",
    "total-changed": "Somebody staged people while it ran, which servers refuse; or two imports were mixed.",
    "updated-before-created": "The two instants were exchanged, or one has another time zone.",
    "updated-back": "Answers in the wrong order, or a cache between the client and the server.",
    "updated-on-read": "A fixture that dates every answer anew, as if reading changed something.",
    "updated-late": "A fixture whose counters were edited and whose `_updatedAt` was not.",
    "silence": "The import may be stuck, or stalls; give `--still` if such pauses are usual for you.",
}

#: The rules that are not every dialect's.
ONLY = {"canceled-by-server": [name for name, dialect in DIALECTS.items() if dialect.server]}


def pages() -> dict[str, str]:
    """Return the page of rules."""
    overview = [(f"[`{name}`]({anchor(name)})", rule.severity, rule.why) for name, rule in RULES.items()]
    parts = [_ABOUT, table(["rule", "level", "why it is one"], overview)]
    for name in RULES:
        parts += _rule(name)
    return {f"{PLACE}/lint-rules.md": page("Lint rules", *parts)}


def _rule(name: str) -> list[str]:
    rule, example = RULES[name], example_of(name)
    dialects = ", ".join(f"`{dialect}`" for dialect in ONLY.get(name, ())) or "all"
    broken, mended = _lines(example.broken), _lines(example.mended)
    heading = f"`simimport lint` says, of the answer after {duration(example.broken[example.row][0])}:"
    return [
        f"## {name}",
        rule.why,
        f"Level: **{rule.severity}**. Dialects: {dialects}. {CAUSES[name]}",
        _block("broken", broken, mended),
        heading,
        code("text", "\n".join(wrap(example.message, 110))),
        _block("mended", mended, broken),
    ]


def _block(caption: str, lines: list[str], others: list[str]) -> str:
    changed = [str(place) for place, line in enumerate(lines, start=1) if line not in others]
    # where every line differs, the marks would say nothing
    marks = [f":emphasize-lines: {','.join(changed)}"] if 0 < len(changed) < len(lines) else []
    return code("json", "\n".join(lines), f":caption: {caption}", *marks)


def _lines(answers: Answers) -> list[str]:
    """Return answers as a trace has them, in lines that fit."""
    texts = []
    for at_s, status, body in answers:
        whole = (
            {"at_s": at_s, "body": body}
            if status == 200
            else {"at_s": at_s, "http_status": status, "body": body}
        )
        texts += document_json(whole).splitlines()
    return texts
