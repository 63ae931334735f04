"""Half of the oracle: what happens to each user of one import, told slowly and plainly, one by one.

Written from the rules, not from the engine. It shares with the engine only the raw random numbers (which
stream is drawn how often is part of a seed's meaning); what follows from them is done here in plain loops.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

from simimport.model.scenario import Scenario
from simimport.model.seeds import stream

TICK = 10_000
REASON_SHARES = (("duplicate-email", 0.6), ("duplicate-username", 0.25), ("server-error", 0.15))
DECIDING = re.compile(
    r"(fail\.duplicate-email|fail\.duplicate-username|fail\.server-error|slow\.[0-9.]+s|cancel|crash)"
    r"(\+[^@]*)?@example\.com"
)


# people ----------------------------------------------------------------------------------------------


@dataclass
class Person:
    """What a staged person decides, before anything is drawn."""

    reason: str | None = None
    kind: str | None = None  # of a deciding address that acts: fail, slow, cancel, crash
    slow_s: float = 0.0

    @property
    def draws(self) -> bool:
        return self.reason is None and self.kind is None


def people_of(staged: list[dict[str, Any]], existing: list[dict[str, Any]]) -> list[Person]:
    """Look at each staged person in order, with everybody before it and on the server in mind."""
    emails, usernames = set(), set()
    for person in existing:
        emails.update(_addresses(person))
        usernames.add(person["username"])
    result = []
    for person in staged:
        decided = Person()
        own = _addresses(person)
        if not person["email"]:
            decided.reason = "missing-email"
        elif any(address in emails for address in own):
            decided.reason = "duplicate-email"
        elif person["username"] is not None and person["username"] in usernames:
            decided.reason = "duplicate-username"
        else:
            _decide(decided, own)
        emails.update(own)
        usernames.add(person["username"])
        result.append(decided)
    return result


def _addresses(person: dict[str, Any]) -> list[str]:
    extra = person.get("extra_emails")
    return [text for text in [person["email"], *(extra.split(",") if extra else [])] if text]


def _decide(decided: Person, addresses: list[str]) -> None:
    for address in addresses:
        found = DECIDING.fullmatch(address)
        if not found:
            continue
        word = found[1]
        decided.kind = word.split(".")[0]
        if decided.kind == "fail":
            decided.reason = word.removeprefix("fail.")
        if decided.kind == "slow":
            decided.slow_s = float(word.removeprefix("slow.").removesuffix("s"))
        return


# the truth ---------------------------------------------------------------------------------------------


@dataclass
class User:
    """What happens to one user if nobody interrupts."""

    batch: int
    reason: str | None = None
    start_us: int = 0
    finish_us: int = 0


@dataclass
class Plan:
    """What happens to all if nobody interrupts, and who would interrupt."""

    scenario: Scenario
    users: list[User] = field(default_factory=list)
    flush_us: list[int] = field(default_factory=list)
    run_us: int = 0
    cancel: int | None = None
    crash: int | None = None


Segment = tuple[int, Scenario, int]


def plan(segments: list[Segment], people: list[Person] | None = None) -> Plan:
    """Return the plan of an import that follows, from batch to batch, (first batch, scenario, seed)."""
    scenario = segments[0][1]
    n, size = scenario.users, scenario.batch_size
    people = people if people is not None else [Person() for _ in range(n)]
    waits = round((scenario.new_s + scenario.loading_s + scenario.ready_s) * 1e6)
    made = Plan(scenario, run_us=waits)
    rules = [Rules(scenario, seed, people, first * size) for first, scenario, seed in segments]
    elapsed_s, before_us = 0.0, made.run_us + TICK
    for batch in range(math.ceil(n / size)):
        in_force = [rule for rule, segment in zip(rules, segments, strict=True) if segment[0] <= batch][-1]
        members = range(batch * size, min(batch * size + size, n))
        reasons = in_force.reasons(members)
        stall_s = in_force.stall_s(batch)
        work_s = in_force.work_s(batch, len(members))
        slow_s = [people[user].slow_s for user in members]
        batch_s = work_s + stall_s
        for seconds in slow_s:
            batch_s += seconds
        elapsed_s += batch_s
        flush_us = round(elapsed_s * 1e6) + made.run_us + TICK
        shares = in_force.shares(batch, len(members))
        start_us = min(before_us + round(stall_s * 1e6), flush_us)
        slept_s = 0.0
        for user, share, seconds, reason in zip(members, shares, slow_s, reasons, strict=True):
            slept_s += seconds
            done_s = share * (batch_s - stall_s - sum(slow_s)) + slept_s + stall_s
            # nobody finishes at the instant of the flush before, where time passes at all
            finish_us = max(round(before_us + done_s * 1e6), before_us + 1)
            finish_us = flush_us if user == members[-1] else min(finish_us, flush_us)
            made.users.append(User(batch, reason, start_us, finish_us))
            start_us = finish_us
        made.flush_us.append(flush_us)
        before_us = flush_us
    made.cancel, made.crash = rules[-1].strike("cancel"), rules[-1].strike("crash")
    return made


class Rules:
    """One scenario and seed, asked about single batches and users."""

    def __init__(self, scenario: Scenario, seed: int, people: list[Person], first_user: int) -> None:
        self.scenario, self.seed, self.people, self.first_user = scenario, seed, people, first_user
        n, size, cv = scenario.users, scenario.batch_size, scenario.latency_cv
        self.u = stream(seed, "failure").random(n).tolist()
        self.why = stream(seed, "reason").random(n).tolist()
        self.stalls = stream(seed, "stall").random(math.ceil(n / size)).tolist()
        self.gamma: list[float] = []
        if cv:
            draw = stream(seed, "latency")
            self.gamma = draw.standard_gamma(size * cv**-2, n // size).tolist()
            if n % size:
                self.gamma.append(draw.standard_gamma(n % size * cv**-2))

    def reasons(self, members: range) -> list[str | None]:
        """Say for each member of a batch why it fails."""
        rate, rho = self.scenario.failure_rate, self.scenario.failure_clustering
        reasons: list[str | None] = []
        drawn: list[bool] = []
        for user in members:
            if not self.people[user].draws:
                reasons.append(self.people[user].reason)
                continue
            j, failures, u = len(drawn), sum(drawn), self.u[user]
            if rho == 0 or j == 0:
                fails = u < rate
            elif rho == 1:
                fails = drawn[0]
            else:
                big_m = (1 - rho) / rho
                fails = u * (big_m + j) < rate * big_m + failures
            drawn.append(fails)
            reasons.append(self._why(user) if fails else None)
        return reasons

    def _why(self, user: int) -> str:
        total = 0.0
        for name, share in REASON_SHARES:
            total += share
            if self.why[user] < total:
                return name
        return REASON_SHARES[-1][0]

    def stall_s(self, batch: int) -> float:
        scenario = self.scenario
        by_place = scenario.stall_at is not None and (
            user_at(scenario.stall_at, scenario.users) // scenario.batch_size == batch
        )
        return scenario.stall_s if by_place or self.stalls[batch] < scenario.stall_rate else 0.0

    def work_s(self, batch: int, members: int) -> float:
        """Return how long a batch's members take together, each at the speed of the middle one."""
        scenario = self.scenario
        if scenario.latency_cv:
            # shape 1/cv² and scale mean·cv², summed over the members
            work_s = self.gamma[batch] * (scenario.latency_cv**2 / scenario.users_per_s)
        else:
            work_s = members / scenario.users_per_s
        middle = batch * scenario.batch_size + (members - 1) / 2
        place = middle / (scenario.users - 1) if scenario.users > 1 else 0.5
        return work_s * (1 + scenario.slowdown * place)

    def shares(self, batch: int, members: int) -> list[float]:
        """Return which share of the batch's work is done when each member finishes."""
        size, n, cv = self.scenario.batch_size, self.scenario.users, self.scenario.latency_cv
        together = max(1, 4096 // size)
        block = batch // together
        low, high = block * together * size, min((block + 1) * together * size, n)
        if cv:
            times = stream(self.seed, "within", block).standard_gamma(cv**-2, high - low).tolist()
        else:
            times = [1.0] * (high - low)
        mine = times[batch * size - low : batch * size - low + members]
        done, shares = 0.0, []
        for time in mine:
            done += time
            shares.append(done)
        return [share / done if done > 0 else 1.0 for share in shares]

    def strike(self, kind: str) -> int | None:
        """Return the first user at whom a cancel or a crash strikes, among those still to be processed."""
        n = self.scenario.users
        users = [u for u, person in enumerate(self.people) if person.kind == kind and person.reason is None]
        rate, at = getattr(self.scenario, f"{kind}_rate"), getattr(self.scenario, f"{kind}_at")
        draw = stream(self.seed, kind)
        if draw.random() < rate and self.first_user < n:
            if at is not None:
                users.append(user_at(at, n))
            else:
                # drawn until it is one of those left: uniform over them
                user = -1
                while user < self.first_user:
                    user = math.floor(draw.random() * n)
                users.append(user)
        return min((user for user in users if user >= self.first_user), default=None)


def user_at(fraction: float, n: int) -> int:
    """Return the user at a fraction of n; the last one at 1."""
    return min(math.floor(round(fraction * n, 6)), n - 1)
