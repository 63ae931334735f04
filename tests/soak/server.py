"""The server under attack, in a process of its own: `python -m tests.soak.server`, until its input ends.

Its first line says where it is.
"""

from __future__ import annotations

import json
import os
import sys

from simimport import ImportService, ManualClock, PollClock, Scenario

#: Who may enter: everything, only importing and seldom, nothing.
ACCOUNTS = {
    "admin": {
        "token": "all", "permissions": ["run-import", "api-bypass-rate-limit", "simimport-control"],
        "username": "ann", "password": "secret",
    },
    "limited": {"token": "some", "permissions": ["run-import"]},
    "guest": {"token": "none", "permissions": []},
}  # fmt: skip
#: What it serves, after each reset too.
SCENARIO = Scenario(failure_rate=0.1, users_per_s=50)
SEED = 7


def main(clock: str) -> None:
    # a step is longer than an import of few users between two polls, so that a recording soon ends
    made = PollClock(2.0) if clock == "poll" else ManualClock()
    service = ImportService(SCENARIO, seed=SEED, clock=made)
    with service.serve(accounts=ACCOUNTS) as server:
        print(json.dumps({"url": server.url, "port": server.port, "pid": os.getpid()}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "manual")
