"""The cases of the poller kit: which import is polled, and what is done to the polls.

Facts only: a case is played by `trial` and judged by `verdict`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from simimport.errors import ParameterError, suggestion
from simimport.model.dialects import dialect_of
from simimport.model.instants import instant, timestamp
from simimport.model.presets import PRESETS
from simimport.model.run.simulate import simulate
from simimport.model.scenario import Scenario
from simimport.model.states import State
from simimport.service.faults import Fault, Faults

if TYPE_CHECKING:
    from simimport.model.run.run import Run

__all__ = ["TROUBLES", "Case", "Trouble", "cases"]

#: When the operations are run that `check_poller` polls: its clock agrees with what the server dates.
_BEGAN = "1970-01-01T00:00:00.000Z"
_FOREVER_S = 1e8
#: What strikes at random where nothing else is said: whatever leaves the poller's own pace alone.
_NOISE = ("500", "503", "reset", "truncated", "garbage", "html", "stale", "wrong_type")
_NOISY_POLLS = 10_000

Schedule = Callable[[float, int], Iterable[Fault]]


def _no_faults(_at_s: float, _seed: int) -> Iterable[Fault]:
    return ()


def _once(kind: str, **fields: Any) -> Schedule:
    """Return a schedule that strikes the first poll from an instant on."""
    return lambda at_s, _: [Fault(kind, at_s=at_s, **fields)]


def _every_nth(kind: str, polls: int, **fields: Any) -> Schedule:
    return lambda _at_s, _seed: [Fault(kind, every=polls, **fields)]


def _outage(at_s: float, _seed: int) -> Iterable[Fault]:
    """Yield what makes a server unreachable for half a minute, however often it is asked."""
    for tenth in range(301):
        kind = "reset" if tenth < 200 else "503"
        yield Fault(kind, at_s=at_s + tenth / 10)


def _noise(_at_s: float, seed: int) -> Iterable[Fault]:
    return Faults.random(0.3, seed=seed, polls=_NOISY_POLLS, kinds=_NOISE)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is done to the polls of an import, or to the import itself.

    Parameters
    ----------
    about : str
        What happens, in a line.
    homes : tuple of str
        The presets on which it is tried unless others are asked for; empty for all.
    schedule : callable
        Makes the faults of the wire from the instant at which they may begin, and a seed.
    dialect : str
        Whose words.
    changes : mapping
        Fields of the scenario that it sets.
    limited : bool
        Whether the caller is one whom the server's rate limiter slows down.
    replaced : bool
        Whether somebody else calls in the middle what makes another operation.
    pending : bool
        Whether that is no new import, but a look for pending files: an operation that is done at once.
    on_request : bool
        Whether it is tried only where it is asked for by its name.
    denied : int
        With which status, 401 or 403, polls are refused from that instant on; 0 where they are not.
    stuck : bool
        Whether the import never ends.
    grace_s : float
        How much later than otherwise the end may be noticed.
    """

    about: str
    homes: tuple[str, ...] = ("calm",)
    schedule: Schedule = _no_faults
    dialect: str = "docs"
    changes: Mapping[str, Any] = field(default_factory=dict)
    limited: bool = False
    replaced: bool = False
    pending: bool = False
    on_request: bool = False
    denied: int = 0
    stuck: bool = False
    grace_s: float = 0.0


_STILL = {"stall_at": 0.5, "stall_s": _FOREVER_S, "cancel_rate": 0.0, "crash_rate": 0.0}
# batches of 25 s: long enough for any poller to see what a server says while one is in flight
_WALKS_ON = {"users": 500, "users_per_s": 2.0, "cancel_rate": 1.0, "cancel_at": 0.5, "crash_rate": 0.0}
#: How much later the end may be noticed where the poll that would have told it may be struck, or is put off.
_AGAIN_S = 60.0
#: How much longer a server's `error` may be watched that could still move on.
_SETTLE_S = 300.0

#: Every fault by name, in the order of the table.
TROUBLES: Mapping[str, Trouble] = {
    "none": Trouble("nothing goes wrong on the wire", homes=()),
    "500": Trouble("one internal error", schedule=_once("500")),
    "503": Trouble("unavailable once, with Retry-After", schedule=_once("503")),
    "reset": Trouble("one connection is reset", schedule=_once("reset")),
    "html": Trouble("one error page of a proxy, 502", schedule=_once("html")),
    "garbage": Trouble("one body is no JSON", schedule=_once("garbage")),
    "truncated": Trouble("one body ends in the middle", schedule=_once("truncated")),
    "outage": Trouble("nobody answers for 30 s", schedule=_outage),
    "noise": Trouble(
        "three polls in ten go wrong, in any way",
        homes=("calm", "canceled_midway", "crash_midway"), schedule=_noise,
        grace_s=2 * _AGAIN_S,
    ),
    "429": Trouble("told once to wait 30 s", schedule=_once("429", seconds=30.0), grace_s=_AGAIN_S),
    "rate_limit": Trouble(
        "ten calls a minute are allowed, then 429", homes=("slows_down",), limited=True, grace_s=_AGAIN_S
    ),
    "latency": Trouble(
        "every other answer takes 10 s", schedule=_every_nth("latency", 2, seconds=10.0), grace_s=_AGAIN_S
    ),
    "stale": Trouble(
        "every third answer is the one before", schedule=_every_nth("stale", 3), grace_s=_AGAIN_S
    ),
    "wrong_type": Trouble("counters and booleans come as texts", schedule=_every_nth("wrong_type", 1)),
    "server-8.3": Trouble(
        "a server's words: no counters at first",
        homes=("calm", "empty", "canceled_midway", "crash_midway"), dialect="server-8.3", grace_s=_SETTLE_S,
    ),
    "moves_on": Trouble(
        "a server says error for 25 s and then done",
        homes=("canceled_midway",), dialect="server-8.3", changes=_WALKS_ON, grace_s=_SETTLE_S,
    ),
    "replaced": Trouble("another import takes its place: another ts", replaced=True),
    "replaced-8.3": Trouble(
        "the same at a server: another _id", replaced=True, dialect="server-8.3", grace_s=_SETTLE_S
    ),
    "pending": Trouble(
        "pending files are looked for: another importer, done",
        replaced=True, pending=True, on_request=True,
    ),
    "pending-8.3": Trouble(
        "the same at a server: another _id, done",
        replaced=True, pending=True, on_request=True, dialect="server-8.3", grace_s=_SETTLE_S,
    ),
    "401": Trouble("the token is taken back, for good", denied=401, on_request=True),
    "403": Trouble("the permission is taken back, for good", denied=403, on_request=True),
    "stuck": Trouble("it stands still and never ends", stuck=True, changes=_STILL),
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One import to poll, and one trouble.

    Parameters
    ----------
    preset, fault : str
        Their names.
    scenario : Scenario
        The import, dated so that it is run at second 0 of the poller's clock.
    trouble : Trouble
    seed : int
        Of the import, and of faults that strike at random.
    """

    preset: str
    fault: str
    scenario: Scenario
    trouble: Trouble
    seed: int

    @cached_property
    def run(self) -> Run:
        """The record of the import."""
        return simulate(self.scenario, seed=self.seed)

    @property
    def start_s(self) -> float:
        """When it is run, after its creation."""
        return self.scenario.loading_s

    @cached_property
    def end(self) -> tuple[float, State]:
        """When it ends, from the run of the operation on, and as what; inf where it never does.

        An operation that is replaced ends by that: what makes another one cancels it. For who is not let in
        any more, it ends there.
        """
        trouble = self.trouble
        if trouble.stuck:
            return math.inf, State.IMPORTING
        if trouble.denied:
            return self.struck_s, State.IMPORTING
        if trouble.replaced:
            return self.struck_s, State.CANCELED if trouble.dialect == "docs" else State.ERROR
        timeline = self.run.timeline(dialect_of(trouble.dialect))
        last = timeline.change(len(timeline) - 1)
        return last.at_us / 1e6 - self.start_s, last.state

    @property
    def struck_s(self) -> float:
        """From when on things go wrong, after the run of the operation: at three tenths of the import."""
        return round(0.3 * min(self.run.importing_s, 3600.0), 6)

    @property
    def faults(self) -> Faults:
        """What goes wrong on the wire, by the service's clock."""
        return Faults(self.trouble.schedule(self.start_s + self.struck_s, self.seed))


def cases(
    presets: str | Iterable[str] | Mapping[str, Scenario] | None,
    faults: str | Iterable[str] | None,
    seed: int,
    began: str = _BEGAN,
) -> list[Case]:
    """Return the cases that are asked for, fault by fault; their operations are run at the instant `began`.

    Raises
    ------
    ParameterError
        If there is no such preset or fault, or if none of the presets is one on which a fault can be tried.
    """
    scenarios = _scenarios_of(presets)
    usual = [name for name, trouble in TROUBLES.items() if not trouble.on_request]
    names = usual if faults is None else _checked_names("faults", faults, list(TROUBLES))
    found = [
        _case_of(preset, scenario, fault, seed, instant(began))
        for fault in names
        for preset, scenario in scenarios.items()
        if _is_tried(preset, fault, given=(presets is not None, faults is not None))
    ]
    if not found:
        raise ParameterError("presets", list(scenarios), "at least one")
    return found


def _is_tried(preset: str, fault: str, *, given: tuple[bool, bool]) -> bool:
    """Return whether a fault is tried on a preset: anywhere if both are asked for, else at its homes."""
    homes = TROUBLES[fault].homes
    return all(given) or not homes or preset in homes


def _scenarios_of(presets: Any) -> Mapping[str, Scenario]:
    if presets is None:
        return PRESETS
    if isinstance(presets, Mapping):
        for name, scenario in presets.items():
            if not isinstance(name, str) or not isinstance(scenario, Scenario):
                raise ParameterError(f"presets[{name!r}]", scenario, "a Scenario, under a name")
        return presets
    return {name: PRESETS[name] for name in _checked_names("presets", presets, list(PRESETS))}


def _checked_names(field_name: str, given: Any, choices: Sequence[str]) -> list[str]:
    """Return names, each once."""
    names = [given] if isinstance(given, str) else given
    if not isinstance(names, Iterable):
        raise ParameterError(field_name, given, "one or several of " + ", ".join(choices))
    unique = list(dict.fromkeys(names))
    for name in unique:
        if name not in choices:
            hint = suggestion(name, list(choices))
            raise ParameterError(field_name.removesuffix("s"), name, ", ".join(choices), hint=hint)
    return unique


def _case_of(preset: str, scenario: Scenario, fault: str, seed: int, began: datetime) -> Case:
    trouble = TROUBLES[fault]
    if trouble.stuck and not scenario.users:
        raise ParameterError("presets", preset, "imports of at least one user, where one is to be stuck")
    epoch = timestamp(began - timedelta(seconds=scenario.loading_s))
    dated = scenario.replace(new_s=0.0, ready_s=0.0, epoch=epoch, **trouble.changes)
    return Case(preset, fault, dated, trouble, seed)
