"""The API by themes: what each page has, from the list of public names; docstrings say the rest."""

from __future__ import annotations

import inspect
import re
from enum import Enum
from functools import cached_property
from textwrap import indent
from typing import Any

import simimport
from simimport import errors
from simimport.analysis import plots
from simimport.testing import plugin

from .markdown import PLACE

__all__ = ["PAGES", "THEMES", "pages"]

#: The public names by theme: the page's title, what it is about, and its names in order.
THEMES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "runs": (
        "Scenarios and runs",
        "Say what may happen, simulate it, and look at the record.",
        (
            "Scenario",
            "PRESETS",
            "simulate",
            "Run",
            "Snapshot",
            "Counts",
            "Stay",
            "State",
            "Step",
            "transitions",
            "import_status",
            "columns",
        ),
    ),
    "people": (
        "People",
        "Who is imported: generated, or your own.",
        ("stage", "iter_users", "read_users", "to_payload"),
    ),
    "service": (
        "The service",
        "An import server in your test, or on a port, and the clock that moves it.",
        (
            "ImportService",
            "Journal",
            "ManualClock",
            "PollClock",
            "WallClock",
            "Fault",
            "Faults",
            "Serving",
            "create_app",
            "response_schema",
            "openapi",
        ),
    ),
    "traces": (
        "Traces, the linter and fixtures",
        "What a server answered: record it, read it, judge it, and write it as files.",
        ("Trace", "Recorded", "read_trace", "record", "lint", "write_fixtures"),
    ),
    "pollers": (
        "Pollers on trial",
        "Try a client's polling loop on every trouble, in virtual time.",
        ("check_poller", "check_client", "assert_passed"),
    ),
    "sweeps": (
        "Many runs",
        "Simulate a grid of imports, and compare.",
        ("sweep", "summarize", "compare"),
    ),
    "polling": (
        "What a poller sees",
        "How stale its view is, how often to ask, and which time left to trust.",
        ("observe", "polling_tradeoff", "interval_for", "estimate_eta", "compare_etas"),
    ),
    "fits": (
        "Fits and forecasts",
        "What recordings tell of the next import, and of one that still runs.",
        ("fit", "Fit", "Forecast", "Silence"),
    ),
    "dashboard": (
        "The dashboard",
        "Sliders beside a run that follows them.",
        ("explore", "Dashboard"),
    ),
    "errors": (
        "Exceptions",
        "What is raised, as classes; when, and what to do, tells :doc:`errors <../errors>`.",
        tuple(sorted(errors.__all__, key=lambda name: (name != "SimimportError", name))),
    ),
}
#: The pages that are not of names of the package itself.
PAGES = (*THEMES, "plots", "pytest", "strategies")

_STRATEGIES = "simimport.testing.strategies"
_FIXTURES = (
    "import_scenario",
    "import_run",
    "import_clock",
    "import_service",
    "import_client",
    "import_async_client",
    "import_server",
)
_INDEX = """\
Every public name is imported from `simimport` itself, and is loaded on first use: ``from simimport import
simulate`` loads neither pandas nor Matplotlib. A name that is not here is not public. What follows the
arguments shown before ``*`` is given by name. Durations are seconds and end in ``_s``; rates say per what."""
_PLOTS = """\
``from simimport import plots``: functions that take a record or a frame and return Matplotlib's Axes. They
show nothing, save nothing and change no setting; ``ax=None`` makes a new figure. All take the same words
for their look: ``label`` and ``color`` of the main artist, ``legend``, ``title``, and further properties of
that artist by name."""
_MARKER = """\
The plugin is there once simimport is installed. The marker ``@pytest.mark.simimport(...)`` says which
import the fixtures are: ``preset=``, ``dialect=``, ``seed=``, ``faults=``, ``autostart=``, ``clock=``, and
any field of :py:class:`simimport.Scenario`. Markers of a module, a class and a function add up, and the
closer one wins.

The option ``--simimport-seed N`` is the seed of every test whose marker gives none; without it each test
has a seed of its own, made of its name. The report of a test that failed has the seed, the line that
repeats the test, and the line that makes its run. Tests that passed although a fault of theirs never struck
are named at the end."""
_HYPOTHESIS = """\
``from simimport.testing.strategies import runs``: strategies for Hypothesis, with the extra ``hypothesis``.
They aim at the edges (nobody, partial batches, waits of nothing), stay small, and shrink to what one would
write by hand."""


def pages() -> dict[str, str]:
    """Return the pages of the API: an overview, and a page per theme."""
    listed = [name for _, _, names in THEMES.values() for name in names]
    if left := {*simimport.__all__, "plots"} ^ {*listed, "plots"}:
        raise LookupError(f"public names without a place, or places without a name: {sorted(left)}")
    if set(_FIXTURES) != set(plugin.__all__):
        raise LookupError("fixtures without a place")
    made = {f"{PLACE}/api.rst": _overview()}
    for theme, (title, about, names) in THEMES.items():
        made[f"{PLACE}/api/{theme}.rst"] = _theme(title, about, names)
    made[f"{PLACE}/api/plots.rst"] = _of_functions("Plots", _PLOTS, "simimport.plots", plots.__all__)
    made[f"{PLACE}/api/strategies.rst"] = _of_functions(
        "Hypothesis strategies", _HYPOTHESIS, _STRATEGIES, _strategies()
    )
    made[f"{PLACE}/api/pytest.rst"] = _plugin()
    return made


def _strategies() -> list[str]:
    from importlib import import_module

    names: list[str] = import_module(_STRATEGIES).__all__
    return names


def _titled(title: str, line: str = "=") -> str:
    return f"{title}\n{line * len(title)}"


def _page(title: str, *parts: str) -> str:
    return "\n\n".join([_titled(title), *(part.strip("\n") for part in parts)]) + "\n"


def _overview() -> str:
    parts = [_INDEX, ".. toctree::\n   :hidden:\n\n" + "\n".join(f"   api/{name}" for name in PAGES)]
    for theme, (title, about, names) in THEMES.items():
        parts += [_titled(f":doc:`{title} <api/{theme}>`", "-"), about.replace("../", "")]
        parts += [_summary("simimport", names)]
    parts += [_titled(":doc:`Plots <api/plots>`", "-"), _PLOTS, _summary("simimport.plots", plots.__all__)]
    parts += [
        _titled(":doc:`The pytest plugin <api/pytest>`", "-"),
        "A marker, an option and seven fixtures.",
    ]
    parts += [_titled(":doc:`Hypothesis strategies <api/strategies>`", "-"), _HYPOTHESIS]
    parts += [_summary(_STRATEGIES, _strategies())]
    return _page("API", *parts)


def _summary(module: str, names: Any) -> str:
    lines = "\n".join(f"   {module}.{name}" for name in names)
    return f".. autosummary::\n   :nosignatures:\n\n{lines}"


def _theme(title: str, about: str, names: tuple[str, ...]) -> str:
    return _page(title, about, _summary("simimport", names), *(_entry(name) for name in names))


def _of_functions(title: str, about: str, module: str, names: Any) -> str:
    entries = (f".. autofunction:: {module}.{name}" for name in names)
    return _page(title, about, _summary(module, names), *entries)


def _entry(name: str) -> str:
    value = getattr(simimport, name)
    if not isinstance(value, type):
        return f".. auto{'function' if callable(value) else 'data'}:: simimport.{name}"
    if issubclass(value, BaseException):
        return f".. autoexception:: simimport.{name}"
    if issubclass(value, Enum):
        options = ["   :members:", "   :undoc-members:", "   :member-order: bysource"]
    else:
        members = _members(value)
        options = ["   :members: " + ", ".join(members), "   :member-order: bysource"] if members else []
    return "\n".join([f".. autoclass:: simimport.{name}", *options])


def _members(kind: type) -> list[str]:
    """Return what of a class has words of its own, in the order of its source."""
    if kind.__dir__ is not object.__dir__:
        # what it hides is for other rooms; it looks at no state
        return [name for name in kind.__dir__(object.__new__(kind)) if _is_described(kind, name)]
    bases = [base for base in reversed(kind.__mro__) if base.__module__.startswith("simimport.")]
    return list(dict.fromkeys(name for base in bases for name in vars(base) if _is_described(kind, name)))


def _is_described(kind: type, name: str) -> bool:
    value = inspect.getattr_static(kind, name, None)
    kinds = (property, cached_property, staticmethod, classmethod)
    return (
        (isinstance(value, kinds) or inspect.isfunction(value))
        and not name.startswith("_")
        and bool(value.__doc__)
    )


def _plugin() -> str:
    parts = [_MARKER, _titled("Fixtures", "-")]
    for name in _FIXTURES:
        fixture: Any = getattr(plugin, name)
        words = inspect.cleandoc(getattr(fixture, "__wrapped__", fixture).__doc__ or "")
        # sections of a docstring are none of the page
        words = re.sub(r"^(\w+)\n-+$", r".. rubric:: \1\n", words, flags=re.MULTILINE)
        parts.append(f".. py:function:: {name}\n\n{indent(words, '   ')}")
    return _page("The pytest plugin", *parts)
