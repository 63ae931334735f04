"""Changes to traces that break one rule, and no other, between answers."""

from __future__ import annotations

import copy

from simimport import simulate
from tests.testing.lint.traces import (
    DOCS,
    SERVER,
    Answers,
    Case,
    collecting,
    count,
    dialect_of,
    operation,
    step,
)

CASES: list[Case] = []
breaks = collecting(CASES)


@breaks("time-back")
def _clock_put_back(trace: Answers) -> int:
    trace[6][0] = trace[5][0] - 0.5
    return 6


@breaks("another-operation", SERVER)
def _id_of_another(trace: Answers) -> int:
    for row in range(6, len(trace)):
        operation(trace, row)["_id"] = "0" * 24
    return 6


@breaks("another-operation", DOCS)
def _older(trace: Answers) -> int:
    for row in range(6, len(trace)):
        operation(trace, row)["ts"] = "2016-09-12T00:00:00.000Z"
    return 6


@breaks("replaced")
def _a_new_one(trace: Answers) -> int:
    later = simulate(users=60, seed=9, epoch="2016-09-13T15:00:00.000Z")
    added = [[300.0 + at_s, 200, body] for at_s, body in later.responses(dialect=dialect_of(trace))]
    trace.extend(added)
    return len(trace) - len(added)


@breaks("changed-constant")
def _another_user(trace: Answers) -> int:
    for row in range(6, len(trace)):
        operation(trace, row)["user"] = "somebody"
    return 6


@breaks("changed-constant", SERVER)
def _another_creation(trace: Answers) -> int:
    for row in range(6, len(trace)):
        operation(trace, row)["ts"] = "2016-09-13T14:57:56.000Z"
    return 6


@breaks("illegal-move")
def _nothing_after_something(trace: Answers) -> int:
    trace.append([99.0, 200, {"success": True, "state": "none"}])
    return len(trace) - 1


@breaks("illegal-move")
def _ready_again(trace: Answers) -> int:
    late = copy.deepcopy(trace[step(trace, "ready")])
    row = step(trace, "importing_users")
    trace[row] = [trace[row][0], 200, late[2]]
    operation(trace, row)["_updatedAt"] = operation(trace, row - 1)["_updatedAt"][:-4] + "999Z"
    del trace[row + 1 :]
    return row


@breaks("step-back")
def _back_to_users(trace: Answers) -> int:
    row = step(trace, "importing_messages")
    operation(trace, row)["status"] = "importer_importing_users"
    del trace[row + 1 :]
    return row


@breaks("after-end")
def _counters_after_the_end(trace: Answers) -> int:
    late = copy.deepcopy(trace[-1])
    late[0] += 5
    late[2]["operation"]["count"]["completed"] += 1
    late[2]["operation"]["count"]["error"] -= 1
    trace.append(late)
    return len(trace) - 1


@breaks("after-end")
def _importing_after_the_end(trace: Answers) -> int:
    last = len(trace)
    trace.append([99.0, 200, copy.deepcopy(trace[step(trace, "importing_users", 3)][2])])
    return last


@breaks("counter-fell")
def _a_batch_less(trace: Answers) -> int:
    row = step(trace, "importing_users", 3)
    count(trace, row).update(completed=30, error=20)
    del trace[row + 1 :]
    return row


@breaks("total-changed")
def _more_staged_meanwhile(trace: Answers) -> int:
    row = step(trace, "importing_users", 3)
    for later in range(row, len(trace)):
        count(trace, later)["total"] += 50
        count(trace, later)["users"] += 50
    del trace[row + 1 :]
    return row


@breaks("total-changed")
def _fewer_staged(trace: Answers) -> int:
    row = step(trace, "ready")
    late = copy.deepcopy(trace[row])
    late[0] += 1
    late[2]["operation"]["count"]["total"] -= 1
    late[2]["operation"]["count"]["users"] -= 1
    late[2]["operation"]["_updatedAt"] = late[2]["operation"]["_updatedAt"][:-4] + "999Z"
    trace[row + 1 :] = [late]
    return row + 1


@breaks("updated-back")
def _document_of_before(trace: Answers) -> int:
    operation(trace, 6)["_updatedAt"] = operation(trace, 4)["_updatedAt"]
    return 6


@breaks("updated-on-read")
def _moved_by_reading(trace: Answers) -> int:
    late = copy.deepcopy(trace[5])
    late[0] += 0.5
    late[2]["operation"]["_updatedAt"] = operation(trace, 6)["_updatedAt"]
    trace[6:] = [late]
    return 6


@breaks("updated-late")
def _not_dated(trace: Answers) -> int:
    operation(trace, 6)["_updatedAt"] = operation(trace, 5)["_updatedAt"]
    return 6


@breaks("silence")
def _stuck(trace: Answers) -> int:
    row = step(trace, "importing_users", 3)
    stuck = [[trace[row][0] + late_s, 200, copy.deepcopy(trace[row][2])] for late_s in (60, 120, 121, 300)]
    trace[row + 1 :] = stuck
    return row + 3
