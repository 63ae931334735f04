"""A case of the poller kit, played: the poller called in a thread of its own, and ended whatever it does."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable
from contextvars import copy_context
from typing import Any

from simimport.testing.pollers.cases import Case
from simimport.testing.pollers.trial import StopPoller, Trial, Tried
from simimport.testing.pollers.virtual.patches import patched
from simimport.testing.pollers.virtual.threads import forgotten, in_this_thread

__all__ = ["Calling", "play"]

#: How a poller is called: makes the trial of a case, and calls the poller in it.
Calling = tuple[Callable[[Case], Trial], Callable[[Trial], object]]


def play(calling: Calling, case: Case) -> Tried:
    """Return what comes of a poller in a case.

    The poller has a thread of its own, which is left alone if it cannot be ended otherwise. Ctrl-C ends both.
    """
    trial_of, call = calling
    trial = trial_of(case)
    came: dict[str, Any] = {}

    def work() -> None:
        trial.thread = threading.current_thread()
        try:
            with in_this_thread(trial):
                came["returned"] = call(trial)
        except StopPoller:
            pass
        except BaseException as error:  # noqa: BLE001 - whatever it raises is told in its verdict
            came["raised"] = error
        trial.came_back()
        trial.over.set()

    with patched():
        # its own copy, so that what the poller sets is gone with it
        threading.Thread(target=copy_context().run, args=(work,), daemon=True).start()
        try:
            trial.over.wait()
        finally:
            stopped, ended_s, polls = trial.stopped, trial.now_s, list(trial.polls)
            # whoever still asks, in this thread after Ctrl-C or in one that the poller began, is ended too
            trial.stopped = stopped or "over"
            forgotten(trial)
    if isinstance(came.get("raised"), KeyboardInterrupt):
        raise came["raised"]
    if inspect.iscoroutine(came.get("returned")):
        # nobody awaits it, and Python would warn of that
        came["returned"].close()
    given = {} if stopped else came
    return Tried(polls, ended_s, **given, stopped=stopped, notes=trial.notes, astray=trial.astray)
