"""The table decides: what is taken from it, put into it or led elsewhere changes what the service does."""

from __future__ import annotations

from typing import Any

import pytest

from simimport import ImportService, OperationError, Scenario, State, simulate
from simimport.model import states
from simimport.model.dialects import DIALECTS
from simimport.model.run import wire
from simimport.model.run.timeline import created
from simimport.model.states import CALLS, Move, StateTable
from simimport.service.contract.answer_shapes import states as states_of
from simimport.service.operation import Operation
from simimport.service.operations import Operations, calls
from simimport.service.refusals import (
    ALREADY_FINISHED,
    INVALID_STATUS,
    NO_NEW_DATA,
    NOT_FOUND,
    NOT_INITIALIZED,
)
from tests.service.uploads import upload

TABLE = states.TABLE
FILE = upload(b"ann,ann@example.org,Ann")
USERS = {"users": [{"emails": ["ann@example.org"], "importIds": ["1"]}]}
SURE = Scenario(users=60, failure_rate=0)
#: How an operation that has a record comes into each state: its scenario, and when to look.
RECORDS: dict[State, tuple[Scenario, float]] = {
    State.LOADING: (SURE.replace(importer="csv", loading_s=9, new_s=1), 5.0),
    State.IMPORTING: (SURE, 7.5),
    State.DONE: (SURE, 1000.0),
    State.CANCELED: (SURE.replace(cancel_rate=1, cancel_at=0.5), 1000.0),
    State.ERROR: (SURE.replace(crash_rate=1, crash_at=0.5), 1000.0),
}
#: What servers answer to the moves that their table has not.
REFUSED = {
    (State.NONE, Move.ADD_USERS): NOT_INITIALIZED,
    (State.LOADING, Move.ADD_USERS): NO_NEW_DATA,
    (State.IMPORTING, Move.ADD_USERS): NO_NEW_DATA,
    (State.DONE, Move.ADD_USERS): ALREADY_FINISHED,
    (State.CANCELED, Move.ADD_USERS): NOT_INITIALIZED,
    (State.ERROR, Move.ADD_USERS): NOT_INITIALIZED,
    (State.NONE, Move.RUN): NOT_FOUND,
    (State.NEW, Move.RUN): INVALID_STATUS,
    (State.LOADING, Move.RUN): INVALID_STATUS,
    (State.IMPORTING, Move.RUN): INVALID_STATUS,
    (State.DONE, Move.RUN): INVALID_STATUS,
    (State.CANCELED, Move.RUN): NOT_FOUND,
    (State.ERROR, Move.RUN): NOT_FOUND,
}
# what the page says, written out by hand: the state at once after each call, a dot where it is refused
CELLS = """
           new  addUsers run        clear
none       new  .        .          none
new        new  ready    .          canceled
loading    new  .        .          canceled
ready      new  ready    importing  canceled
importing  new  .        .          importing
done       new  .        .          done
canceled   new  .        .          canceled
error      new  .        .          error
"""
HEAD, *ROWS = [line.split() for line in CELLS.strip().splitlines()]
AFTER = {(State(row[0]), Move(move)): cell for row in ROWS for move, cell in zip(HEAD, row[1:], strict=True)}
LEGAL = [pair for pair, cell in AFTER.items() if cell != "."]
# servers never answer that it is canceled
OF_DIALECTS = [(name, state, move) for name, dialect in DIALECTS.items()
               for state, move in AFTER if state in states_of(dialect)]  # fmt: skip


def server_in(state: State, dialect: str = "docs") -> tuple[Operations, int]:
    """Return a server in a state, and the instant of its clock."""
    server, now_us = Operations(SURE, 1, DIALECTS[dialect]), 0
    if state in RECORDS:
        scenario, at_s = RECORDS[state]
        run, document = simulate(scenario, seed=1), wire.Document.of(scenario, 1)
        server.present = Operation(SURE, 1, 0, document, (created(State.NEW),), run=run)
        now_us = round(at_s * 1e6)
    elif state is not State.NONE:
        call(server, Move.NEW)
        if state is State.READY:
            call(server, Move.ADD_USERS)
    assert server.state(now_us) is state
    return server, now_us


def call(server: Operations, move: Move, now_us: int = 0) -> tuple[int, Any]:
    answer = server.perform(f"import.{move}", USERS if move is Move.ADD_USERS else {}, "ann", now_us)
    return answer.http_status, answer.body


def start(server: Operations, now_us: int) -> int:
    body = {"input": {"users": {"all": True}}}
    return server.perform("startImport", body, "ann", now_us).http_status


def lead(monkeypatch: pytest.MonkeyPatch, state: State, move: Move, *to: State) -> None:
    """Let a move of the table lead elsewhere, or nowhere."""
    rows = {name: dict(row) for name, row in TABLE.items()}
    rows[state].pop(move, None)
    for following in to:
        rows[state][move] = following
    monkeypatch.setattr(states, "TABLE", StateTable(rows))


# as it is --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("dialect", "state", "move"), OF_DIALECTS)
def test_what_the_table_has_is_done_and_all_else_refused(dialect: str, state: State, move: Move) -> None:
    server, now_us = server_in(state, dialect)
    before = server.change(now_us)
    status, body = call(server, move, now_us)
    if (state, move) in REFUSED:
        assert (status, body) == (400, {"success": False, "error": REFUSED[state, move]})
        assert server.change(now_us) == before
    else:
        assert status == 200
        # servers have no word for a cancel
        assert dialect != "docs" or server.state(now_us) == AFTER[state, move]


def test_every_call_is_either_done_or_refused() -> None:
    assert set(AFTER) == {(state, move) for state in State for move in CALLS}
    assert set(AFTER) - set(LEGAL) == set(REFUSED)


def test_a_clear_while_importing_is_honoured_at_the_next_flush() -> None:
    server, now_us = server_in(State.IMPORTING)
    call(server, Move.CLEAR, now_us)
    assert server.state(now_us + 10_000_000) is State.CANCELED


def test_the_table_leads_where_records_go() -> None:
    # of what has a record, the record tells where a call leads; the table must know it too
    expected = {**dict(AFTER), (State.IMPORTING, Move.CLEAR): State.CANCELED}
    assert {(state, move): TABLE[state].get(move, ".") for state, move in AFTER} == expected


@pytest.mark.parametrize(("name", "state"), sorted({(name, state) for name, state, _ in OF_DIALECTS}))
def test_what_comes_to_run_is_started_and_all_else_stays(name: str, state: State) -> None:
    server, now_us = server_in(state, name)
    before = server.change(now_us)
    status = start(server, now_us)
    if state is State.NONE:
        assert status == 400
    elif state in (State.NEW, State.LOADING, State.READY):
        assert server.state(now_us) is State.IMPORTING
    else:
        assert (status, server.change(now_us)) == (200, before)


# changed ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "move"), LEGAL)
def test_what_is_taken_from_the_table_is_refused(
    state: State, move: Move, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, now_us = server_in(state)
    before, possible = server.change(now_us), calls(state)
    lead(monkeypatch, state, move)
    assert call(server, move, now_us)[0] == 400
    assert server.change(now_us) == before
    assert set(possible) - set(calls(state)) == {f"import.{move}"}


@pytest.mark.parametrize(("state", "move"), REFUSED)
def test_what_is_put_into_the_table_is_done(
    state: State, move: Move, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = State.READY if move is Move.ADD_USERS else State.IMPORTING
    server, now_us = server_in(state)
    lead(monkeypatch, state, move, to)
    assert f"import.{move}" in calls(state)
    if state is State.NONE:
        with pytest.raises(LookupError, match="needs an operation"):
            call(server, move, now_us)
        return
    assert call(server, move, now_us)[0] == 200
    assert server.state(now_us) is to


@pytest.mark.parametrize(
    "taken", [(State.READY, Move.RUN), (State.LOADING, Move.LOAD), (State.NEW, Move.LOAD)]
)
def test_what_comes_to_run_no_more_is_not_started(
    taken: tuple[State, Move], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, now_us = server_in(taken[0])
    before = server.change(now_us)
    lead(monkeypatch, *taken)
    assert start(server, now_us) == 200
    assert server.change(now_us) == before


@pytest.mark.parametrize("to", [State.READY, State.LOADING, State.DONE])
def test_a_file_that_is_loaded_goes_where_the_table_leads(to: State, monkeypatch: pytest.MonkeyPatch) -> None:
    lead(monkeypatch, State.LOADING, Move.LOAD, to)
    service = ImportService(SURE.replace(importer="csv", loading_s=9), seed=1)
    service.call("uploadImportFile", **FILE)
    assert service.state == "loading"
    service.advance(9)
    assert service.state == to


@pytest.mark.parametrize("state", [State.NEW, State.LOADING])
def test_a_file_that_cannot_be_loaded_is_refused(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    lead(monkeypatch, state, Move.LOAD)
    service = ImportService(SURE, seed=1)
    with pytest.raises(OperationError):
        service.call("uploadImportFile", **FILE)
    assert service.state == "none"


@pytest.mark.parametrize("to", State)
@pytest.mark.parametrize(
    ("state", "move"),
    [(state, move) for state, move in LEGAL
     if move in (Move.NEW, Move.ADD_USERS) or (move is Move.CLEAR and state in (State.NEW, State.READY))],
)  # fmt: skip
def test_what_leads_elsewhere_in_the_table_does(
    state: State, move: Move, to: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, now_us = server_in(state)
    lead(monkeypatch, state, move, to)
    assert call(server, move, now_us)[0] == 200
    assert server.state(now_us) is to


def test_a_service_and_its_errors_follow_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    lead(monkeypatch, State.NEW, Move.CLEAR)
    service = ImportService(SURE, seed=1)
    service.new()
    with pytest.raises(OperationError) as caught:
        service.clear()
    assert caught.value.body["error"] == INVALID_STATUS
    assert caught.value.allowed == ("import.new", "import.addUsers")
    # a new one takes its place all the same: that is another move
    assert service.new()["success"]
