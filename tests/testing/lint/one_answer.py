"""Changes to traces that break one rule, and no other, in one answer."""

from __future__ import annotations

from tests.testing.lint.traces import DOCS, SERVER, Answers, Case, collecting, count, operation, step

CASES: list[Case] = []
breaks = collecting(CASES)


@breaks("not-answered")
def _503(trace: Answers) -> int:
    trace.insert(5, [trace[4][0], 503, "busy"])
    return 5


@breaks("not-answered")
def _reset(trace: Answers) -> int:
    trace.insert(5, [trace[4][0], 0, None])
    return 5


@breaks("no-object")
def _html(trace: Answers) -> int:
    trace.insert(5, [trace[4][0], 200, "<html>"])
    return 5


@breaks("unknown-state")
def _state_of_another_world(trace: Answers) -> int:
    trace[5][2]["state"] = "paused"
    return 5


@breaks("canceled-by-server", SERVER, "server-6.3", "server-7.4")
def _canceled(trace: Answers) -> int:
    trace[-1][2]["state"] = "canceled"
    return len(trace) - 1


@breaks("unknown-step", DOCS, "server-6.3")
def _step_of_a_newer_server(trace: Answers) -> int:
    row = step(trace, "importing_channels")
    operation(trace, row)["status"] = "importer_importing_contacts"
    return row


@breaks("state-step")
def _ready_while_importing(trace: Answers) -> int:
    row = step(trace, "importing_users", 2)
    trace[row][2]["state"] = "ready"
    return row


@breaks("state-step")
def _done_too_early(trace: Answers) -> int:
    row = step(trace, "finishing")
    trace[row][2]["state"] = "done"
    return row


@breaks("state-valid")
def _importing_and_invalid(trace: Answers) -> int:
    operation(trace, 6)["valid"] = False
    return 6


@breaks("missing-key")
def _no_user(trace: Answers) -> int:
    del operation(trace, 6)["user"]
    return 6


@breaks("missing-key")
def _no_completed(trace: Answers) -> int:
    del count(trace, 6)["completed"]
    return 6


@breaks("missing-key", SERVER)
def _no_id(trace: Answers) -> int:
    del operation(trace, 6)["_id"]
    return 6


@breaks("missing-key")
def _no_state(trace: Answers) -> int:
    del trace[6][2]["state"]
    return 6


@breaks("missing-key")
def _no_count_while_importing(trace: Answers) -> int:
    del operation(trace, 6)["count"]
    return 6


@breaks("extra-key")
def _a_key_more(trace: Answers) -> int:
    operation(trace, 6)["progress"] = 0.5
    return 6


@breaks("extra-key", DOCS)
def _an_id_on_the_page(trace: Answers) -> int:
    operation(trace, 6)["_id"] = "0" * 24
    return 6


@breaks("extra-key", SERVER)
def _counters_in_new(trace: Answers) -> int:
    operation(trace, 0)["count"] = {"total": 0, "users": 0}
    return 0


@breaks("wrong-type")
def _counter_as_text(trace: Answers) -> int:
    count(trace, 6)["completed"] = str(count(trace, 6)["completed"])
    return 6


@breaks("wrong-type")
def _counter_as_fraction(trace: Answers) -> int:
    count(trace, 6)["completed"] += 0.0
    return 6


@breaks("wrong-type")
def _truth_as_number(trace: Answers) -> int:
    operation(trace, 6)["valid"] = 1
    return 6


@breaks("wrong-type")
def _state_as_list(trace: Answers) -> int:
    trace[6][2]["state"] = ["importing"]
    return 6


@breaks("wrong-type")
def _step_as_object(trace: Answers) -> int:
    operation(trace, 6)["status"] = {"step": "importer_importing_users"}
    return 6


@breaks("wrong-value")
def _no_success(trace: Answers) -> int:
    trace[6][2]["success"] = False
    return 6


@breaks("wrong-value")
def _below_zero(trace: Answers) -> int:
    count(trace, 6)["error"] = -1
    return 6


@breaks("wrong-value")
def _nobody_created_it(trace: Answers) -> int:
    for row in range(len(trace)):
        operation(trace, row)["user"] = ""
    del trace[1:]
    return 0


@breaks("wrong-value", SERVER)
def _odd_id(trace: Answers) -> int:
    operation(trace, 0)["_id"] = "7"
    del trace[1:]
    return 0


@breaks("wrong-value")
def _type_and_key(trace: Answers) -> int:
    operation(trace, 0)["type"] = "CSV"
    del trace[1:]
    return 0


@breaks("bad-instant")
def _local_time(trace: Answers) -> int:
    operation(trace, 6)["_updatedAt"] = "2016-09-13 14:58:07.461"
    return 6


@breaks("bad-instant")
def _the_31st_of_february(trace: Answers) -> int:
    operation(trace, 0)["ts"] = "2016-02-31T14:57:56.037Z"
    del trace[1:]
    return 0


@breaks("count-step", DOCS)
def _counters_before_the_run(trace: Answers) -> int:
    row = step(trace, "ready")
    count(trace, row)["completed"] = 50
    del trace[row + 1 :]
    return row


# nobody may have been selected, and the page counts everybody all the same
@breaks("unfinished", DOCS)
@breaks("count-step", SERVER)
def _done_without_counters(trace: Answers) -> int:
    row = step(trace, "importing_channels")
    count(trace, row).update(completed=0, error=0)
    # whether there were any users is in the total; so that only this is wrong, nothing came before
    del trace[row + 1 :], trace[:row]
    for name in ("total", "users"):
        count(trace, 0)[name] = 1
    operation(trace, 0)["valid"] = True
    return 0


@breaks("users-not-total")
def _more_users(trace: Answers) -> int:
    count(trace, 6)["users"] += 1
    return 6


@breaks("over-total")
def _more_than_all(trace: Answers) -> int:
    row = step(trace, "importing_users", 4)
    for later in range(row, len(trace)):
        count(trace, later)["completed"] += 100
    del trace[row + 1 :]
    return row


@breaks("off-batch")
def _half_a_batch(trace: Answers) -> int:
    row = step(trace, "importing_users", 3)
    count(trace, row)["completed"] -= 1
    return row


@breaks("unfinished")
def _done_at_half(trace: Answers) -> int:
    last = len(trace) - 1
    count(trace, last).update(completed=100, error=0)
    del trace[:last]
    return 0


@breaks("updated-before-created")
def _updated_before_created(trace: Answers) -> int:
    operation(trace, 0)["_updatedAt"] = "2016-09-12T00:00:00.000Z"
    del trace[1:]
    return 0
