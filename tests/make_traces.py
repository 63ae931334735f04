"""Record the traces in ``data/traces/``, and write the table of forms: ``python -m tests.make_traces``.

A simulated server is asked over HTTP by the recorder that users have, through a network that is slow and
fails. Both go by one clock, which is moved by hand: a night takes a second, and is the same each time.
Beside these nights there are small files of every form that is read or refused, from `tests.trace_forms`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import httpx
import numpy as np

from simimport import Fault, Faults, ImportService, ManualClock, Scenario, TraceError, read_trace
from tests.trace_forms import Form, read_forms, refused_forms

if TYPE_CHECKING:
    from simimport import Trace

TRACES = Path(__file__).parent.parent / "data" / "traces"
READ, REFUSED, TABLE = TRACES / "read", TRACES / "refused", TRACES / "README.md"
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


def table() -> str:
    """Return the table of the forms, with what is said of the files that are there."""
    read = (f"| `{form.file}` | {form.about} | {said_of(form, READ)} |" for form in read_forms())
    refused = (f"| `{form.file}` | {form.about} | {said_of(form, REFUSED)} |" for form in refused_forms())
    return "\n".join([*_HEAD, *_head_of("read as"), *read, *_MIDDLE, *_head_of("refused"), *refused, ""])


def said_of(form: Form, folder: Path) -> str:
    """Return what a file is read as, or why it is refused."""
    try:
        words = read_trace(folder / form.file).read_as or "as it is"
    except TraceError as error:
        words = str(error).removeprefix(f"{folder / form.file}: ")
    return words.replace("|", "\\|").replace("<", "&lt;")


def _head_of(words: str) -> tuple[str, str]:
    return f"| file | what it is | {words} |", "| --- | --- | --- |"


_HEAD = (
    "# Traces, and what else is taken for one", "",
    "`night.jsonl` and `next_night.jsonl` were recorded over HTTP from a simulated server, with faults.", "",
    "Beside them are small files of every form, all made from one simulated import of 120 users:",
    "`simimport lint FILE` and `read_trace(path)` read those in `read/`, and refuse those in `refused/`.",
    "`python -m tests.make_traces` makes them and this table.", "", "## Read", "",
    "A folder of such bodies, a file each, is read in the natural order of the names; `-` is standard input.",
    "",
)  # fmt: skip
_MIDDLE = ("", "## Refused", "")


def main() -> None:
    """Record them."""
    for folder, forms in ((READ, read_forms()), (REFUSED, refused_forms())):
        folder.mkdir(parents=True, exist_ok=True)
        for form in forms:
            (folder / form.file).write_bytes(form.content)
    TABLE.write_text(table(), encoding="utf-8")
    for name in KINDS:
        recorded(name).save(TRACES / f"{name}.jsonl")


if __name__ == "__main__":
    main()
