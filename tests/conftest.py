"""Profiles of Hypothesis for every test: everything is derandomized, so nothing flickers.

With `SIMIMPORT_LONG=1` properties get more examples, and count as ``long``: ``-m long`` runs them beside the
tests that are marked so. No fixtures here.
"""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

# generated projects, on which the plugin for pytest is tried
pytest_plugins = ["pytester"]

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # as in a job in the background: the commands under test would inherit it, and never hear Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)

LONG = os.environ.get("SIMIMPORT_LONG", "") not in ("", "0")

_COMMON = {
    "derandomize": True,
    "deadline": None,
    "database": None,
    "print_blob": False,
    # a simulation is slower than what Hypothesis expects of drawing a value; a slow machine is no failure
    "suppress_health_check": [HealthCheck.too_slow],
}
settings.register_profile("everyday", max_examples=20, **_COMMON)
settings.register_profile("long", max_examples=300, **_COMMON)
settings.load_profile("long" if LONG else "everyday")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Let the collector of garbage rest while the tests are gathered, of which nothing is garbage.

    There are so many that looking at them again and again takes each worker some seconds. They are not frozen
    afterwards: what is frozen refers to nothing for `gc.get_referrers`, which older Hypothesis asks.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Count every property as long, where it is."""
    for item in items if LONG else []:
        # Hypothesis marks them so; its public name for asking is younger than what we admit
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker(pytest.mark.long)
