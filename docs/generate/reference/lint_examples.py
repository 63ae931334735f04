"""A trace that breaks each rule of the linter, and the same mended: one answer, or two.

The linter itself says that the one breaks that rule and no other, and the other none.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from simimport.model.run.simulate import simulate
from simimport.testing.lint.lint import lint
from simimport.testing.lint.rules import RULES

__all__ = ["EXAMPLES", "Answers", "Example", "example_of"]

#: Of each answer its instant, its HTTP status and its body.
Answers = list[list[Any]]
DOCS, SERVER = "docs", "server-8.3"


class Spoiled(NamedTuple):
    """How a sound trace is broken.

    Parameters
    ----------
    spoil : callable
        Changes the answers.
    rows : sequence of (str, int, float)
        Which answers: a step, which of those at it, and how much later they came.
    dialect : str
        Whose answers.
    """

    spoil: Callable[[Answers], object]
    rows: Sequence[tuple[str, int, float]]
    dialect: str = DOCS


class Example(NamedTuple):
    """What is shown of a rule."""

    dialect: str
    broken: Answers
    mended: Answers
    message: str
    row: int


_ONE = [("importing_users", 1, 0.0)]
_TWO = [("importing_users", 1, 0.0), ("importing_users", 2, 0.0)]
_SAME = [("importing_users", 1, 0.0), ("importing_users", 1, 5.0)]
_LATE = [("importing_users", 1, 0.0), ("importing_users", 2, 120.0)]
_END = [("done", 0, 0.0)]


def _operation(answer: list[Any]) -> dict[str, Any]:
    found: dict[str, Any] = answer[2]["operation"]
    return found


def _set(key: str, value: Any, row: int = -1) -> Callable[[Answers], object]:
    """Return what gives a key of the operation another value."""
    return lambda answers: _operation(answers[row]).update({key: value})


def _count(**counters: Any) -> Callable[[Answers], object]:
    """Return what adds to counters, or has them be texts."""

    def spoil(answers: Answers) -> None:
        count = _operation(answers[-1])["count"]
        for name, more in counters.items():
            count[name] = str(count[name]) if more == "text" else count[name] + more

    return spoil


def _answer(status: int, body: Any) -> Callable[[Answers], object]:
    """Return what has the last answer be another."""
    return lambda answers: answers[-1].__setitem__(slice(1, 3), [status, body])


def _state(state: str) -> Callable[[Answers], object]:
    return lambda answers: answers[-1][2].update(state=state)


def _earlier(answers: Answers) -> None:
    answers[1][0] = round(answers[0][0] - 0.5, 6)


def _newer(answers: Answers) -> None:
    later = simulate(users=60, seed=9, epoch="2016-09-13T15:00:00.000Z")
    answers[1] = [300.0, 200, next(iter(later.responses()))[1]]


def _fewer(answers: Answers) -> None:
    before, count = (_operation(answer)["count"] for answer in answers)
    count["completed"] = before["completed"] - 10
    count["error"] = 100 - count["completed"]


def _dated_as_before(answers: Answers) -> None:
    _operation(answers[1])["_updatedAt"] = _operation(answers[0])["_updatedAt"]


def _as_before(answers: Answers) -> None:
    answers[1][2] = copy.deepcopy(answers[0][2])


_SPOILED = {
    "not-answered": Spoiled(_answer(503, {"success": False, "error": "Service Unavailable"}), _ONE),
    "no-object": Spoiled(_answer(200, "<html><body>Please log in</body></html>"), _ONE),
    "unknown-state": Spoiled(_state("paused"), _ONE),
    "canceled-by-server": Spoiled(_state("canceled"), _END, SERVER),
    "unknown-step": Spoiled(_set("status", "importer_importing_contacts"), [("importing_channels", 0, 0.0)]),
    "state-step": Spoiled(_state("ready"), _ONE),
    "state-valid": Spoiled(_set("valid", False), _ONE),
    "missing-key": Spoiled(lambda answers: _operation(answers[0]).pop("user"), _ONE),
    "extra-key": Spoiled(_set("progress", 0.5), _ONE),
    "wrong-type": Spoiled(_count(completed="text"), _ONE),
    "wrong-value": Spoiled(_set("type", "API"), _ONE),
    "bad-instant": Spoiled(_set("_updatedAt", "2016-09-13 14:58:04"), _ONE),
    "count-step": Spoiled(_count(completed=3), [("user_selection", 0, 0.0)]),
    "users-not-total": Spoiled(_count(users=-1), _ONE),
    "over-total": Spoiled(_count(completed=50), _END),
    "off-batch": Spoiled(_count(completed=2), _ONE),
    "unfinished": Spoiled(_count(completed=-20), [("importing_channels", 0, 0.0)]),
    "time-back": Spoiled(_earlier, _TWO),
    "another-operation": Spoiled(_set("ts", "2016-09-12T08:00:00.000Z"), _TWO),
    "replaced": Spoiled(_newer, _TWO),
    "changed-constant": Spoiled(_set("user", "rbAXPnMktTFbNpwtJ"), _TWO),
    "illegal-move": Spoiled(_answer(200, {"success": True, "state": "none"}), _TWO),
    "step-back": Spoiled(
        _set("status", "importer_importing_users"),
        [("importing_channels", 0, 0.0), ("importing_messages", 0, 0.0)],
    ),
    "after-end": Spoiled(_count(completed=1, error=-1), [("done", 0, 0.0), ("done", 0, 5.0)]),
    "counter-fell": Spoiled(_fewer, _TWO),
    "total-changed": Spoiled(_count(total=50, users=50), _TWO),
    "updated-before-created": Spoiled(_set("_updatedAt", "2016-09-13T14:57:55.000Z"), _ONE),
    "updated-back": Spoiled(_set("_updatedAt", "2016-09-13T14:57:59.000Z"), _TWO),
    "updated-on-read": Spoiled(_set("_updatedAt", "2016-09-13T14:58:06.000Z"), _SAME),
    "updated-late": Spoiled(_dated_as_before, _TWO),
    "silence": Spoiled(_as_before, _LATE),
}

#: The rules of which there is an example.
EXAMPLES = tuple(_SPOILED)


def example_of(rule: str) -> Example:
    """Return a rule's example.

    Raises
    ------
    ValueError
        If the linter does not find that rule broken, and no other, or finds anything in what is mended.
    """
    spoil, rows, dialect = _SPOILED[rule]
    mended = [_row(dialect, *row) for row in rows]
    broken = copy.deepcopy(mended)
    spoil(broken)
    found = lint(broken, dialect=dialect)
    rest = lint(mended, dialect=dialect)["rule"].tolist()
    if found["rule"].tolist() != [rule] or rest or found["severity"][0] != RULES[rule].severity:
        raise ValueError(f"the example of {rule} is none: {found.values.tolist()}, mended {rest}")
    return Example(dialect, broken, mended, str(found["message"][0]), int(found["row"][0]))


def _row(dialect: str, step: str, place: int, later_s: float) -> list[Any]:
    run = simulate(users=120, failure_rate=0.1, seed=5)
    at_step = [
        (at_s, body)
        for at_s, body in run.responses(dialect=dialect)
        if body["operation"]["status"] == f"importer_{step}"
    ]
    at_s, body = at_step[place]
    return [round(at_s + later_s, 6), 200, copy.deepcopy(body)]
