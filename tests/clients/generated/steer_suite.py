"""A suite that steers by a client that was made from the document: read by a type checker, and run."""

import json
import sys
from typing import assert_type

from steer import Client
from steer.api.control import (
    get_faults,
    get_journal,
    get_scenario,
    health,
    index,
    move_clock,
    put_faults,
    reset,
    start,
)
from steer.models import (
    Error,
    Fault,
    FaultEndpoint,
    FaultKind,
    Health,
    Index,
    Journal,
    Move,
    Moved,
    MovedState,
    MoveRunUntil,
    Reset,
    ResetPreset,
    Scenario,
)


def main(url: str, user: str, token: str) -> None:
    # how it is, anybody may ask
    there = health.sync(client=Client(base_url=url))
    assert isinstance(there, Health)
    assert_type(there.seed, int)
    client = Client(base_url=url, headers={"X-User-Id": user, "X-Auth-Token": token})
    assert isinstance(index.sync(client=client), Index)
    begun = reset.sync(client=client, body=Reset(preset=ResetPreset.CALM, seed=5, autostart=True))
    assert isinstance(begun, Health)
    assert (begun.seed, begun.state) == (5, "importing")
    fault = Fault(kind=FaultKind.RESET, every=3, endpoint=FaultEndpoint.LOGIN)
    put_faults.sync(client=client, body=[fault])
    listed = get_faults.sync(client=client)
    assert isinstance(listed, list)
    moved = move_clock.sync(client=client, body=Move(run_until=MoveRunUntil.DONE))
    assert isinstance(moved, Moved)
    assert moved.state is MovedState.DONE
    refused = move_clock.sync(client=client, body=Move(advance_s=-1))
    assert isinstance(refused, Error)
    journal = get_journal.sync(client=client, last=2)
    assert isinstance(journal, Journal)
    reset.sync(client=client)
    started = start.sync(client=client)
    assert isinstance(started, Health)
    scenario = get_scenario.sync(client=client)
    assert isinstance(scenario, Scenario)
    found = {
        "faults": [fault.to_dict() for fault in listed], "now_s": moved.now_s, "refused": refused.error,
        "last": [call.endpoint for call in journal.last], "seed": started.seed, "state": started.state,
        "users": scenario.users,
    }  # fmt: skip
    print(json.dumps(found))


main(*sys.argv[1:])
