"""Random sequences of operations, of the service and of the oracle in `tests.service.reference` alike.

What is done and what is compared is that of `tests.service.test_operations`; here it is drawn, without
anything that makes a finding small again, so that a hundred thousand are done in minutes.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from time import perf_counter
from typing import Any

from simimport import Scenario, State
from tests.model.strategies import DIALECTS
from tests.service.test_operations import ServiceMachine
from tests.soak.draws import Draws

_MOST_STEPS = 24
_EMAILS = (
    "ann@example.org", "bob@example.org", "Bob@example.org", "eve@example.org", "joe@example.org",
    "fail.server-error@example.com", "fail.duplicate-email+1@example.com", "slow.30s@example.com",
    "slow.0.5s+2@example.com", "cancel@example.com", "crash@example.com", "crash+3@example.com",
)  # fmt: skip
_GOOD = {"emails": ["new@example.org"], "importIds": ["9"]}
_LACKING: tuple[dict[str, Any], ...] = (
    {"emails": [], "importIds": ["1"]}, {"emails": [""], "importIds": ["1"]},
    {"emails": ["a@example.org"], "importIds": []},
)  # fmt: skip
_MISSHAPEN: tuple[tuple[Any, str], ...] = (
    ({}, "must have required property 'users'"),
    ({"users": [], "more": 1}, "must NOT have additional properties"),
    ({"users": None}, "must be array"), ({"users": [_GOOD, 7]}, "must be object"),
    ({"users": [{**_GOOD, "name": ["Zoë"]}]}, "must be string"),
    ({"users": [{**_GOOD, "deleted": "yes"}]}, "must be boolean"),
)  # fmt: skip
_READS = (
    "import.status", "importers.list", "getImportProgress", "getCurrentImportOperation",
    "getLatestImportOperations",
)  # fmt: skip
# asked for the data more often: it is how a server's file comes to be loaded
_LOOKS = ("getImportFileData", "getImportFileData", "downloadPendingFiles", "downloadPendingAvatars")
_URLS = ("http://127.0.0.1/users.zip", "https://example.org/users.zip", "/srv/users.zip")
_STATES = tuple(State)


class Machine(ServiceMachine):
    """The machine, moved by draws."""

    def __init__(self, dialect: str, draws: Draws) -> None:
        super().__init__()
        self.dialect, self.draws = dialect, draws

    def users(self) -> list[dict[str, Any]]:
        if self.draws.chance(0.2):
            many = 40 + self.draws.below(21)
            return [{"emails": [f"{n}@example.net"], "importIds": [n + 1]} for n in range(many)]
        return [self.user() for _ in range(1 + self.draws.below(8))]

    def user(self) -> dict[str, Any]:
        draws = self.draws
        user: dict[str, Any] = {
            "emails": [draws.pick(_EMAILS) for _ in range(1 + draws.below(2))],
            "importIds": [draws.pick(("1", "2", 3))],
        }
        if draws.chance(0.5):
            user["username"] = draws.pick(("", "ann", "Ann", "bob", "eve"))
        if draws.chance(0.3):
            user["roles"] = [draws.pick(("user", "admin", "bot")) for _ in range(draws.below(3))]
        return user

    def step(self) -> str:
        """Do one thing, compare all that can be seen at once, and return what was done."""
        move = self.draws.pick(_MOVES)
        move(self)
        self.sees_the_same()
        self.its_record_says_the_same()
        return move.__name__

    def adds(self) -> None:
        self.add_own(users=self.users())

    def adds_what_is_refused(self) -> None:
        kind = self.draws.below(3)
        if kind == 0:
            self.add_somebody_without_data(users=self.users(), lacking=self.draws.pick(_LACKING))
        elif kind == 1:
            self.add_a_role_that_nobody_knows(users=self.users())
        else:
            self.add_what_has_not_the_shape(case=self.draws.pick(_MISSHAPEN))

    def adds_generated_or_nobody(self) -> None:
        if self.draws.chance(0.3):
            self.add_nobody()
        # the oracle makes frames of them, which takes longer than all else
        elif self.draws.chance(0.2):
            self.add_generated()

    def imports_a_file(self) -> None:
        # frames are made of it, which takes longer than all else
        if self.draws.chance(0.2):
            self.draws.pick((Machine.uploads, Machine.uploads, Machine.starts, Machine.looks))(self)
        else:
            self.downloads()

    def uploads(self) -> None:
        people = [self.person() for _ in range(1 + self.draws.below(6))]
        self.upload(file=(self.draws.pick(("csv", "zip of csv", "slack", "slack-users")), people))

    def person(self) -> dict[str, Any]:
        return {
            "username": self.draws.pick(("ann", "Ann", "bob", "eve")),
            "email": self.draws.pick((*_EMAILS, "")), "name": self.draws.pick(("", "Zoë, the first")),
            "avatar_url": self.draws.pick((None, "https://example.org/a.png")),
            "deleted": self.draws.pick((None, False, True)),
        }  # fmt: skip

    def starts(self) -> None:
        some = frozenset(self.draws.pick(("ann", "bob", "1", "2", "9")) for _ in range(self.draws.below(4)))
        self.start(selection=self.draws.pick(((True, frozenset()), (False, some))))

    def looks(self) -> None:
        self.look(endpoint=self.draws.pick(_LOOKS))

    def downloads(self) -> None:
        self.download(url=self.draws.pick(_URLS))

    def reads(self) -> None:
        self.read(endpoint=self.draws.pick(_READS))

    def waits(self) -> None:
        seconds = self.draws.pick((0.0, 1e-6, 0.0005, 0.01, 1.0, 3.3, 60.0))
        self.advance(seconds=seconds if self.draws.chance(0.6) else self.draws.share() * 30)

    def goes_to_a_change(self) -> None:
        coming = self.server.to_come()[:40]
        if coming:
            target = max(self.draws.pick(coming)[0] - self.draws.pick((0, 0, 1)), self.server.now_us)
            self.service.clock.jump(target / 1e6)
            self.server.now_us = target

    def waits_for_a_state(self) -> None:
        self.run_until(state=self.draws.pick(_STATES))

    def starts_anew(self) -> None:
        if self.calls > 12:
            self.reset()


_MOVES: tuple[Callable[[Machine], None], ...] = (
    ServiceMachine.new, ServiceMachine.new, Machine.adds, Machine.adds, Machine.adds,
    Machine.adds_what_is_refused, Machine.adds_generated_or_nobody, ServiceMachine.run, ServiceMachine.run,
    ServiceMachine.run, Machine.imports_a_file, ServiceMachine.clear, Machine.reads, Machine.reads,
    Machine.waits, Machine.waits,
    Machine.goes_to_a_change, Machine.goes_to_a_change, Machine.waits_for_a_state, Machine.starts_anew,
)  # fmt: skip


@cache
def _scenarios(seed: int) -> list[Scenario]:
    """Scenarios with all features together; making one takes as long as some steps."""
    draws = Draws(seed, 1 << 40)
    return [_scenario(draws) for _ in range(2000)]


def _scenario(draws: Draws) -> Scenario:
    rates = (0.0, 0.0, 0.3, 1.0)
    places = (None, None, 0.0, 0.5, 0.999, 1.0)
    return Scenario(
        users=draws.below(131), batch_size=draws.pick((50, 1, 2, 7, 60)),
        failure_rate=draws.pick((0.0, 0.1, 1.0)), failure_clustering=draws.pick((0.0, 0.0, 1.0, 0.3)),
        cancel_rate=draws.pick(rates), cancel_at=draws.pick(places), crash_rate=draws.pick(rates),
        crash_at=draws.pick(places),
        users_per_s=draws.pick((30.0, 3.0, 1000.0, 1e6, 1e9)), latency_cv=draws.pick((0.5, 0.0, 1.0, 3.0)),
        slowdown=draws.pick((0.0, 0.0, 1.5, 100.0)), stall_rate=draws.pick(rates),
        stall_at=draws.pick(places), stall_s=draws.pick((30.0, 0.0, 0.0000006, 0.5)),
    )  # fmt: skip


def _sequence(seed: int, number: int) -> list[str]:
    """Do one sequence, and return what was done."""
    draws = Draws(seed, number)
    machine = Machine(draws.pick(DIALECTS), draws)
    done: list[str] = []
    scenario = draws.pick(_scenarios(seed))
    there = [machine.user() for _ in range(draws.below(3))] if draws.chance(0.2) else []
    try:
        machine.begin(scenario=scenario, seed=draws.below(1 << 32), there=there)
        for _ in range(3 + draws.below(_MOST_STEPS)):
            done.append(machine.step())  # noqa: PERF401 - those before a failure are told
        # frames take longer than all else here
        if number % 20 == 0:
            machine.holds_the_same_people()
    except BaseException as error:
        steps = ", ".join(done)
        raise AssertionError(
            f"seed {seed}, sequence {number}, {machine.dialect}, {scenario!r}: after {len(done)} steps "
            f"({steps}): {type(error).__name__}: {str(error)[:2000]}"
        ) from error
    return done


def _sequences(seed: int, first: int, end: int) -> Counter[str]:
    count: Counter[str] = Counter()
    for number in range(first, end):
        count.update(_sequence(seed, number))
    return count


def run(seed: int, sequences: int) -> dict[str, Any]:
    """Do so many sequences, and return the figures.

    Raises
    ------
    AssertionError
        If the service differs from the oracle; it names the seed and the sequence.
    """
    begin_s, count = perf_counter(), Counter[str]()
    piece = 500
    pieces = [(first, min(first + piece, sequences)) for first in range(0, sequences, piece)]
    if len(pieces) == 1:
        count = _sequences(seed, 0, sequences)
    else:
        with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
            try:
                for found in [pool.submit(_sequences, seed, *ends) for ends in pieces]:
                    count += found.result()
            finally:
                pool.shutdown(cancel_futures=True)
    return {"sequences": sequences, "steps": dict(count), "took_s": perf_counter() - begin_s}
