"""Record the traces in ``data/traces/``: ``python -m tests.make_traces``.

A simulated server is asked over HTTP by the recorder that users have, through a network that is slow and
fails. Both go by one clock, which is moved by hand: a night takes a second, and is the same each time.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import httpx
import numpy as np

from simimport import Fault, Faults, ImportService, ManualClock, Scenario

if TYPE_CHECKING:
    from simimport import Trace

TRACES = Path(__file__).parent.parent / "data" / "traces"
SEED = 7
EVERY_S = 5.0
# a network's delay, and by how much a busy client asks too late, at most, in seconds
DELAY_S, LATE_S = (0.03, 0.4), 1.2
#: What the imports of both nights have in common: the notebook does not know it, but its reader may look.
NIGHTS = Scenario(
    users=12_000, users_per_s=28.0, latency_cv=2.0, slowdown=0.8, failure_rate=0.03, failure_clustering=0.08,
    stall_rate=0.015, stall_s=25.0, epoch="2026-03-11T22:00:03.218Z",
)  # fmt: skip


class Night(NamedTuple):
    """An import that is recorded: its scenario, what goes wrong on the wire, and the most answers."""

    scenario: Scenario
    seed: int
    faults: Faults
    answers: int | None = None


_TROUBLE = (
    Fault("503", at_poll=14, seconds=10), Fault("503", at_poll=15, seconds=10), Fault("reset", at_poll=31),
    Fault("429", at_poll=52, seconds=20), Fault("garbage", at_poll=77), Fault("html", at_poll=98),
)  # fmt: skip
_LITTLE = (Fault("503", at_poll=40), Fault("truncated", at_poll=63))
# the next import hangs, as if somebody had stopped the database
_STOPPED = NIGHTS.replace(epoch="2026-03-12T22:00:02.771Z", stall_rate=0.0, stall_at=0.62, stall_s=100_000.0)
KINDS: dict[str, Night] = {
    "night": Night(NIGHTS, SEED, Faults(_TROUBLE)),
    "next_night": Night(_STOPPED, SEED + 1, Faults(_LITTLE), 84),
}


class SlowNetwork(httpx.HTTPTransport):
    """The real network, after a wait by the recording's clock."""

    def __init__(self, clock: ManualClock, rng: np.random.Generator) -> None:
        super().__init__()
        self._clock, self._rng = clock, rng

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Wait, then ask."""
        self._clock.advance(float(self._rng.uniform(*DELAY_S)))
        return super().handle_request(request)


def recorded(name: str) -> Trace:
    """Return the trace of a night."""
    from simimport.testing.recording.record import Recorder

    night, clock = KINDS[name], ManualClock()
    rng = np.random.default_rng(night.seed)
    epoch = datetime.fromisoformat(night.scenario.epoch)
    service = ImportService(
        night.scenario, seed=night.seed, clock=clock, dialect="server-8.3", faults=night.faults
    )
    service.new()
    clock.advance(1.5)
    service.add_users()

    def pause(seconds: float) -> None:
        """Wait a little longer than was meant; the operation is run while the recorder is waiting."""
        clock.advance(seconds + float(rng.random() * LATE_S))
        if service.log.polls == 2:
            service.run()
            clock.advance(0.8)

    with service.serve() as server:
        return Recorder(
            server.url, headers=server.headers, every_s=EVERY_S, max_polls=night.answers, clock=clock.now,
            pause=pause, date=lambda: epoch + timedelta(seconds=clock.now()),
            transport=SlowNetwork(clock, rng),
        ).run()  # fmt: skip


def main() -> None:
    """Record them."""
    TRACES.mkdir(parents=True, exist_ok=True)
    for name in KINDS:
        recorded(name).save(TRACES / f"{name}.jsonl")


if __name__ == "__main__":
    main()
