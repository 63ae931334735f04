"""Keywords that a function does not take are refused by the name that people call, and with advice."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from simimport import Fault, ImportService, ManualClock, ParameterError, PollClock, Scenario
from simimport.keywords import UnknownKeywordError, takes_only

FIELDS = "kind, at_poll, every, at_s, seconds, endpoint, retry_after"
MADE = "scenario, seed, clock, dialect, faults, existing, roles, autostart"
LIFE = "scenario, seed, dialect, faults, autostart"
CALLS: dict[str, tuple[Callable[[], object], str]] = {
    "a field of a scenario": (
        lambda: ImportService(users=500),  # type: ignore[call-arg]
        "ImportService takes no 'users'; give it a scenario: ImportService(Scenario(users=500))",
    ),
    "two, beside what it takes": (
        lambda: ImportService(seed=1, users=5, crash_rate=1),  # type: ignore[call-arg]
        "ImportService takes no 'users'; give it a scenario: ImportService(Scenario(users=5, crash_rate=1))",
    ),
    "a preset": (
        lambda: ImportService(preset="calm"),  # type: ignore[call-arg]
        "ImportService takes no 'preset'; give it as the scenario: ImportService('calm')",
    ),
    "a slip": (
        lambda: ImportService(fault=[]),  # type: ignore[call-arg]
        f"ImportService takes no 'fault'; allowed: {MADE}. Did you mean 'faults'?",
    ),
    "of a reset": (
        lambda: ImportService().reset(users=5),  # type: ignore[call-arg]
        "reset takes no 'users'; give it a scenario: reset(scenario=Scenario(users=5))",
    ),
    "not of a reset": (
        lambda: ImportService().reset(existing=None),  # type: ignore[call-arg]
        f"reset takes no 'existing'; allowed: {LIFE}.",
    ),
    "of a client": (
        lambda: ImportService().client(account={}),  # type: ignore[call-arg]
        "client takes no 'account'; allowed: accounts. Did you mean 'accounts'?",
    ),
    "of a fault": (
        lambda: Fault("503", at_call=2),  # type: ignore[call-arg]
        f"Fault takes no 'at_call'; allowed: {FIELDS}. Did you mean 'at_poll'?",
    ),
    "of clocks": (
        lambda: PollClock(step=2),  # type: ignore[call-arg]
        "PollClock takes no 'step'; allowed: step_s. Did you mean 'step_s'?",
    ),
    "of a clock that says so for others": (
        lambda: ManualClock(start=2),  # type: ignore[call-arg]
        "ManualClock takes no 'start'; allowed: start_s. Did you mean 'start_s'?",
    ),
    "one without a name": (
        lambda: ImportService(Scenario(), 1),  # type: ignore[call-arg, misc]
        f"an argument without a name is 1; allowed: by name: {MADE}.",
    ),
}


@pytest.mark.parametrize("case", CALLS)
def test_what_is_not_taken_is_refused_in_our_words(case: str) -> None:
    call, message = CALLS[case]
    with pytest.raises(ParameterError) as caught:
        call()
    assert str(caught.value) == message
    # nothing of how it is made inside stands in the traceback
    assert caught.value.__context__ is None


def test_it_is_a_type_error_as_others_are() -> None:
    with pytest.raises(TypeError) as caught:
        Fault("503", at_call=2)  # type: ignore[call-arg]
    error = caught.value
    assert isinstance(error, UnknownKeywordError)
    assert (error.field, error.value, error.allowed) == ("at_call", 2, FIELDS)


def test_an_error_from_inside_stays_what_it_is() -> None:
    @takes_only("call")
    def call(*, number: Any) -> int:
        return len(number)

    with pytest.raises(TypeError, match="has no len"):
        call(number=5)
    with pytest.raises(TypeError, match="number"):
        call()  # type: ignore[call-arg]


@pytest.mark.parametrize("made", [ImportService, Fault, ImportService.reset, ImportService.client])
def test_the_signature_is_that_of_what_is_called(made: Callable[..., Any]) -> None:
    kinds = {parameter.kind for parameter in inspect.signature(made).parameters.values()}
    assert not kinds & {inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL}


@pytest.mark.parametrize("kind", ["401", "403", 401])
def test_a_token_is_taken_back_without_a_fault(kind: Any) -> None:
    with pytest.raises(ParameterError, match="to take a token back, POST /api/v1/logout with its headers"):
        Fault(kind, at_poll=1)
