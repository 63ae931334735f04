"""Changes to a body after which it means something else, so that by construction no answer looks like it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from hypothesis import strategies as st

from simimport.model.states import STEP_STATE, State, Step
from tests.model.strategies import DIALECTS
from tests.service.contract.bodies import Body, known_steps, objects, pool


def state_of(step: Step, valid: bool, dialect: str) -> State | None:
    """Return the state that the contract gives a step; None where such an operation does not exist."""
    if step not in known_steps(dialect):
        return None
    if dialect != "docs":
        if step is Step.FAILED and valid:
            return None
        return State.DONE if step is Step.DONE else STEP_STATE[step] if valid else State.ERROR
    state = STEP_STATE[step]
    return state if valid is (state not in (State.CANCELED, State.ERROR)) else None


Draw = Callable[[st.SearchStrategy[Any]], Any]
TYPES: dict[str, st.SearchStrategy[Any]] = {
    "null": st.none(),
    "boolean": st.booleans(),
    "number": st.integers(-5, 10**6) | st.floats(-1e6, 1e6),
    "string": st.sampled_from(["", "0", "true", "null", "ready"]) | st.text(max_size=5),
    "array": st.lists(st.integers(0, 5), max_size=2),
    "object": st.dictionaries(st.text(max_size=3), st.integers(0, 5), max_size=2),
}
PYTHON = {type(None): "null", bool: "boolean", int: "number", str: "string", dict: "object"}


def may_lack(body: Body, dialect: str) -> set[str]:
    """Return the keys without which a body means something that is answered, too.

    A download that is forbidden fails, as does an import that is interrupted at its end, and has no counters.
    """
    operation = body.get("operation", {})
    of_files = operation.get("importerKey") in ("csv", "slack", "slack-users")
    failed = dialect == "server-8.3" and operation.get("status") == Step.FAILED
    return {"count"} if of_files and failed else set()


def dropped(draw: Draw, body: Body, dialect: str) -> None:
    place = draw(st.sampled_from(objects(body)))
    del place[draw(st.sampled_from([name for name in place if name not in may_lack(body, dialect)]))]


def added(draw: Draw, body: Body, dialect: str) -> None:
    place = draw(st.sampled_from(objects(body)))
    usual = st.sampled_from(["_id", "count", "completed", "error", "contacts", "operation", "Status", ""])
    name = draw((usual | st.text(max_size=6)).filter(lambda name: name not in place))
    place[name] = draw(st.one_of(*TYPES.values()))


def retyped(draw: Draw, body: Body, dialect: str) -> None:
    place = draw(st.sampled_from(objects(body)))
    name = draw(st.sampled_from(list(place)))
    others = [values for kind, values in TYPES.items() if kind != PYTHON[type(place[name])]]
    place[name] = draw(st.one_of(*others))


def other_state(draw: Draw, body: Body, dialect: str) -> None:
    words = [*State, "cancelled", "Ready", "finished", ""]
    body["state"] = str(draw(st.sampled_from([word for word in words if word != body["state"]])))


def other_step(draw: Draw, body: Body, dialect: str) -> None:
    operation = body["operation"]
    wrong = [s for s in Step if state_of(s, operation["valid"], dialect) != body["state"]]
    operation["status"] = str(draw(st.sampled_from([*wrong, "importer_queued", "ready", ""])))


def valid_flipped(draw: Draw, body: Body, dialect: str) -> None:
    body["operation"]["valid"] ^= True


def no_success(draw: Draw, body: Body, dialect: str) -> None:
    body["success"] = False


def bad_counter(draw: Draw, body: Body, dialect: str) -> None:
    count = body["operation"]["count"]
    name = draw(st.sampled_from(list(count)))
    # 5.0 is the whole number 5 in JSON, so a fraction must be one
    fraction = st.integers(0, 10**6).map(lambda whole: whole + 0.5)
    count[name] = draw(st.integers(max_value=-1) | fraction | st.sampled_from(["5", True, None, -0.5]))


def counted_too_early(draw: Draw, body: Body, dialect: str) -> None:
    """Publish users as processed before a batch was."""
    number, count = draw(st.integers(1, 100)), body["operation"].setdefault("count", {})
    names = st.sampled_from([("completed",), ("error",), ("completed", "error")])
    count.update(dict.fromkeys(draw(names), number))


def counted_never(draw: Draw, body: Body, dialect: str) -> None:
    """Fail with nobody published as processed, though that takes a batch."""
    count = body["operation"]["count"]
    if draw(st.booleans()):
        count.update(completed=0, error=0)
    else:
        del count["completed"], count["error"]


def staged_too_early(draw: Draw, body: Body, dialect: str) -> None:
    body["operation"].setdefault("count", {}).update(total=7, users=7)


def nobody_staged(draw: Draw, body: Body, dialect: str) -> None:
    """Take away the users of whom some are published as processed."""
    names = st.sampled_from([("total",), ("users",), ("total", "users")])
    body["operation"]["count"].update(dict.fromkeys(draw(names), 0))


def others_counted(draw: Draw, body: Body, dialect: str) -> None:
    body["operation"]["count"][draw(st.sampled_from(["messages", "channels"]))] = draw(st.integers(1, 9))


def bad_instant(draw: Draw, body: Body, dialect: str) -> None:
    operation, name = body["operation"], draw(st.sampled_from(["ts", "_updatedAt"]))
    good = operation[name]
    fields = {
        "2016": ["16", "+2016", "٢٠١٦", "02016"],
        "-09-": ["-13-", "-00-", "-9-", "/09/", "-"],
        "-13": ["-32", "-00", "-1"],
        "T": [" ", "t", ""],
        "T14": ["T24", "T4", "T"],
        ":5": [":6", ":", ""],
        ".": [",", "", ".0", ":"],
        "Z": ["z", "", "+00:00", "+02:00", "Z\n", "ZZ", " "],
    }
    text = draw(st.sampled_from(list(fields)))
    wrong = good.replace(text, draw(st.sampled_from(fields[text])), 1)
    other = st.sampled_from([1473778676037, "", "now", "2016-09-13", "Tue, 13 Sep 2016 14:57:56 GMT"])
    operation[name] = draw(st.just(wrong) | other)


def bad_id(draw: Draw, body: Body, dialect: str) -> None:
    operation = body["operation"]
    good, place = operation["_id"], draw(st.integers(0, 23))
    letter = draw(st.sampled_from("gxzGA-_ ٣"))
    wrong = [good[:place] + letter + good[place + 1 :], good[:place] + good[place + 1 :], good + "0",
             good + "\n", f"0x{good}", "", "aobEdbYhXfu5hkeqG"]  # fmt: skip
    operation["_id"] = draw(st.sampled_from(wrong))


def bad_user(draw: Draw, body: Body, dialect: str) -> None:
    body["operation"]["user"] = draw(st.sampled_from(["", None, 7, {"_id": "aobEdbYhXfu5hkeqG"}]))


def other_importer(draw: Draw, body: Body, dialect: str) -> None:
    operation = body["operation"]
    good = (operation["type"], operation["importerKey"])
    words = [("api", "csv"), ("CSV", "api"), ("csv", "csv"), ("API", "api"), ("Slack", "slack-users"),
             ("Pending Files", "pending-avatars"), ("Slack_Users", "csv"), ("", "")]  # fmt: skip
    # nothing is loaded from files by the API
    loading = STEP_STATE[step(body)] is State.LOADING
    operation["type"], operation["importerKey"] = draw(
        st.sampled_from(words + [("api", "api")] * loading).filter(lambda pair: pair != good)
    )


def step(body: Body) -> Step:
    return Step(body["operation"]["status"])


def flushed(body: Body) -> bool:
    count = body["operation"].get("count", {})
    return bool(count.get("completed", 0) + count.get("error", 0))


EARLY = (Step.NEW, Step.UPLOADING, Step.DOWNLOADING_FILE, Step.FILE_LOADED, Step.PREPARING_USERS)
BEFORE_USERS = (*EARLY, Step.USER_SELECTION, Step.IMPORTING_STARTED)
Mutation = Callable[[Draw, Body, str], None]
Applies = Callable[[Body, str], bool]


def has_operation(body: Body, dialect: str) -> bool:
    return body["state"] != "none"


#: Each mutation, and of which bodies it changes the meaning.
MUTATIONS: dict[Mutation, Applies] = {
    dropped: lambda body, dialect: True,
    added: lambda body, dialect: True,
    retyped: lambda body, dialect: True,
    other_state: lambda body, dialect: True,
    no_success: lambda body, dialect: True,
    other_step: has_operation,
    # a server's operation that is done may have been cleared or not
    valid_flipped: lambda body, dialect: body["state"] not in ("none", "" if dialect == "docs" else "done"),
    bad_counter: lambda body, dialect: "count" in body.get("operation", {}),
    counted_too_early: lambda body, dialect: has_operation(body, dialect) and step(body) in BEFORE_USERS,
    counted_never: lambda body, dialect: has_operation(body, dialect)
    and flushed(body)
    and dialect != "docs"
    and step(body) is Step.FAILED,
    staged_too_early: lambda body, dialect: has_operation(body, dialect) and step(body) in EARLY,
    nobody_staged: lambda body, dialect: has_operation(body, dialect) and flushed(body),
    others_counted: lambda body, dialect: "count" in body.get("operation", {}),
    bad_instant: has_operation,
    bad_id: lambda body, dialect: has_operation(body, dialect) and dialect != "docs",
    bad_user: has_operation,
    other_importer: has_operation,
}


@cache
def mutable(mutation: Mutation) -> list[tuple[str, Body]]:
    every = [(dialect, body) for dialect in DIALECTS for body in pool(dialect)]
    return [(dialect, body) for dialect, body in every if MUTATIONS[mutation](body, dialect)]
