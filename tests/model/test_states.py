"""The table of transitions, cell by cell, and against what simulated imports really do."""

from __future__ import annotations

import re
from itertools import product

import pytest

from simimport import OperationError, Run, Scenario, State, Step, simulate, transitions
from simimport.model.states import STEP_STATE, TABLE, Move, follow, mermaid

# what the spec says, written out by hand: rows are states, columns operations, a dot is illegal
CELLS = """
           new  addUsers run        clear     load     flush      finish  crash
none       new  .        .          none      .        .          .       .
new        new  ready    .          canceled  loading  .          .       .
loading    new  .        .          canceled  ready    .          .       error
ready      new  ready    importing  canceled  .        .          .       .
importing  new  .        .          canceled  .        importing  done    error
done       new  .        .          done      .        .          .       .
canceled   new  .        .          canceled  .        .          .       .
error      new  .        .          error     .        .          .       .
"""
HEAD, *ROWS = [line.split() for line in CELLS.strip().splitlines()]
WALKED = {(row[0], operation): cell for row in ROWS for operation, cell in zip(HEAD, row[1:], strict=True)}
LEGAL = [(state, operation, after) for (state, operation), after in WALKED.items() if after != "."]
ILLEGAL = [cell for cell, after in WALKED.items() if after == "."]


def test_every_cell_is_walked() -> None:
    assert set(WALKED) == set(product(map(str, State), map(str, Move)))


@pytest.mark.parametrize(("state", "operation", "after"), LEGAL)
def test_a_legal_move(state: str, operation: str, after: str) -> None:
    assert follow(state, operation) is State(after)
    assert follow(State(state), Move(operation)) is State(after)


@pytest.mark.parametrize(("state", "operation"), ILLEGAL)
def test_an_illegal_move(state: str, operation: str) -> None:
    with pytest.raises(OperationError) as caught:
        follow(state, operation)
    error = caught.value
    assert (error.operation, error.state) == (operation, state)
    assert sorted(error.allowed) == sorted(known for (other, known, _) in LEGAL if other == state)
    assert str(error).startswith(f"{operation} is not possible in the state {state}; possible: new,")
    assert all(known in str(error) for known in error.allowed)


def test_the_frame_is_the_table() -> None:
    frame = transitions()
    assert list(frame.columns) == ["state", "operation", "next_state"]
    assert sorted(frame.itertuples(index=False, name=None)) == sorted(LEGAL)
    # in the order of the states' lives
    assert list(frame["state"].unique()) == [str(state) for state in State]


def test_the_diagram_is_the_table() -> None:
    lines = mermaid().splitlines()
    assert lines[0] == "stateDiagram-v2"
    found = []
    for line in lines[1:]:
        if arrow := re.fullmatch(r"    (\w+) --> (\w+): (.+)", line):
            found += [(arrow[1], operation, arrow[2]) for operation in arrow[3].split(", ")]
    assert sorted(found) == sorted(LEGAL)
    assert "    [*] --> none" in lines
    ends = [line.split()[0] for line in lines if line.endswith("--> [*]")]
    assert ends == [str(state) for state in State if state.terminal] == ["done", "canceled", "error"]


def test_every_step_stands_for_a_state() -> None:
    assert set(STEP_STATE) == set(Step)
    assert set(STEP_STATE.values()) == set(State) - {State.NONE}


def test_the_states_of_the_page() -> None:
    names = ["none", "new", "loading", "ready", "importing", "error", "canceled", "done"]
    assert sorted(State) == sorted(names)


# what a simulated import really does -----------------------------------------------------------------

SCENARIO = Scenario(
    users=130, importer="csv", new_s=1, loading_s=1, ready_s=1, users_per_s=10, latency_cv=0, failure_rate=0
)
# an instant inside each state of that scenario (130 users at 10 a second are done at 16.04 s)
INSIDE = {State.NEW: 0.5, State.LOADING: 1.5, State.READY: 2.5, State.IMPORTING: 9.0, State.DONE: 17.0}


@pytest.fixture(scope="module")
def run() -> Run:
    return simulate(SCENARIO, seed=1)


def moves(run: Run) -> list[tuple[str, str]]:
    """Return each pair of different states that follow one another in the answers."""
    states = [body["state"] for _, body in run.responses()]
    return [pair for pair in zip(["none", *states], states, strict=False) if pair[0] != pair[1]]


def test_the_instants_lie_inside_their_states(run: Run) -> None:
    assert {state: run.at(at_s).state for state, at_s in INSIDE.items()} == {state: state for state in INSIDE}
    assert run.at(-1).state is State.NONE


@pytest.mark.parametrize("state", INSIDE)
def test_clear_in_each_state(run: Run, state: State) -> None:
    expected = TABLE[state][Move.CLEAR]
    cut = run.cancel(INSIDE[state])
    assert cut.final is expected
    assert (state, expected) in moves(cut) or state is expected
    # asked now, honoured at the flush of the batch in flight; elsewhere at once
    at_once = cut.at(INSIDE[state]).state
    assert at_once is (State.IMPORTING if state is State.IMPORTING else expected)


@pytest.mark.parametrize("final", [State.CANCELED, State.ERROR])
def test_clear_after_an_interruption(final: State) -> None:
    rates = {State.CANCELED: {"cancel_rate": 1.0}, State.ERROR: {"crash_rate": 1.0}}[final]
    run = simulate(SCENARIO, seed=1, **rates)
    assert run.final is final
    cut = run.cancel(run.duration_s + 1)
    assert cut.final is TABLE[final][Move.CLEAR]
    assert len(run.staging) > 0
    assert len(cut.staging) == 0


@pytest.mark.parametrize("changes", [
    {}, {"importer": "api", "loading_s": 0.0}, {"cancel_rate": 1.0}, {"crash_rate": 1.0}, {"users": 0},
    {"users": 0, "importer": "api", "loading_s": 0.0}, {"crash_rate": 1.0, "crash_at": 0.0},
])  # fmt: skip
def test_runs_only_make_moves_of_the_table(changes: dict[str, object]) -> None:
    legal = {(state, after) for state, _, after in LEGAL}
    assert set(moves(simulate(SCENARIO, seed=1, **changes))) <= legal


def test_together_runs_make_every_move_of_the_job(run: Run) -> None:
    others = [
        simulate(SCENARIO, seed=1, importer="api", loading_s=0),
        simulate(SCENARIO, seed=1, cancel_rate=1.0),
        simulate(SCENARIO, seed=1, crash_rate=1.0),
        *(run.cancel(at_s) for at_s in INSIDE.values()),
    ]
    made = {move for one in [run, *others] for move in moves(one)}
    # a run is one operation: import.new starts another, which the service does
    of_one = {(s, after) for s, operation, after in LEGAL if operation != "new" or s == "none"}
    # nor does its file break off: that is the service's too
    of_one -= {("loading", "error")}
    assert made == {(state, after) for state, after in of_one if state != after}
