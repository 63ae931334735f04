"""No text of anybody's is markup where something shows itself as HTML: every public class that does."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import simimport
from simimport import (
    PRESETS,
    Fault,
    Faults,
    Fit,
    Forecast,
    ImportService,
    Scenario,
    Silence,
    SimimportError,
    Trace,
    UsersError,
    fit,
    simulate,
)
from simimport.analysis.dashboard import panels
from simimport.analysis.dashboard.dashboard import Dashboard
from simimport.model.presets import Presets
from simimport.model.states import TABLE
from simimport.show import html
from tests.foreign import HOSTILE, LETTERS, moves
from tests.markup import Page, read

TEXTS = st.text(st.sampled_from(LETTERS + "\n\ud800"), min_size=1, max_size=12)


def put(shown: Any, name: str, value: object) -> Any:
    """Return an object in which an attribute holds what no constructor lets in, as a file might have."""
    object.__setattr__(shown, name, value)
    return shown


def a_scenario(text: str) -> Scenario:
    scenario = Scenario(users=20)
    for name in ("locale", "epoch", "importer"):
        put(scenario, name, text)
    return scenario


def a_run(text: str) -> Any:
    run = simulate(users=20, seed=1)
    put(run, "scenario", put(Scenario(users=20), "locale", text))
    return put(run, "seed", text)


def a_service(text: str) -> ImportService:
    service = ImportService(Scenario(users=20), seed=1, faults=Faults([Fault("503", at_poll=1)]))
    service.note(text, 404, account=text)
    return service


def presets(text: str) -> Presets:
    return Presets({text: (text, a_scenario(text))})


def a_trace(text: str) -> Trace:
    body = {"state": text, "operation": {"status": text, "ts": text, "_updatedAt": text}}
    trace = Trace([(0, {"state": "new"}), (5, 503, text), (10, body)])
    trace.path = trace.read_as = text
    return trace


SEEN = Trace(simulate(users=500, seed=1).responses())
FITTED = fit(SEEN)
AHEAD = FITTED.forecast(SEEN[:8])


def a_fit(text: str) -> Fit:
    return put(copy(FITTED), "notes", {"stall_s": text, "batch_size": text})  # type: ignore[no-any-return]


#: By the class whose objects show themselves: one that holds a text wherever there can be one.
SHOWN: dict[type, Callable[[str], Any]] = {
    Scenario: a_scenario,
    type(simulate(users=1, seed=1)): a_run,
    ImportService: a_service,
    Presets: presets,
    type(TABLE): lambda text: TABLE,
    Trace: a_trace,
    Fit: a_fit,
    Forecast: lambda text: replace(AHEAD, notes=(text,)),
    Silence: lambda text: Silence(5.0, 0.5, 9.0, 0.01, (text,)),
}


def test_every_public_thing_that_shows_itself_is_tried() -> None:
    public = [getattr(simimport, name) for name in dir(simimport)]
    classes = {thing if inspect.isclass(thing) else type(thing) for thing in public} | {type(TABLE)}
    assert {kind for kind in classes if hasattr(kind, "_repr_html_")} == SHOWN.keys()


def shape(page: Page) -> list[tuple[str, list[str]]]:
    return [(tag, [*attributes]) for tag, attributes in page.elements]


def harmless(made: Callable[[str], str], text: str) -> None:
    """See that a text changes no element and no attribute, and is there as a text."""
    page = read(made(text))
    assert moves(page.text.replace("\n", "")) == ""
    values = [value for _, attributes in page.elements for value in attributes.values()]
    assert moves("".join(values).replace("\n", "")) == ""
    assert shape(page) == shape(read(made("x" * len(text))))


@pytest.mark.parametrize("kind", SHOWN, ids=lambda kind: kind.__name__)
def test_no_text_becomes_markup(kind: type) -> None:
    @given(TEXTS)
    @example(HOSTILE)
    @example("\"' onload='alert(1)' x=\"")
    def each(text: str) -> None:
        harmless(lambda held: SHOWN[kind](held)._repr_html_(), text)

    each()


PIECES: dict[str, Callable[[str], str]] = {
    "card": lambda text: html.card("", label=text),
    "heading": html.heading,
    "code": html.code,
    "bar": lambda text: html.bar([(text, 1.0, "#fff")], text),
    "table": lambda text: html.table(("a",), [("b",)], caption=text),
    "message": lambda text: f"<div>{panels.message(text, wrong=True)}</div>",
    "title": panels.heading,
    "kept": lambda text: panels.kept(text, put(Scenario(users=20), "locale", text), ("users",)),
}


@given(st.sampled_from(sorted(PIECES)), TEXTS)
@example("message", HOSTILE)
@example("kept", HOSTILE)
def test_nor_in_the_pieces_of_which_cards_and_dashboard_are_made(name: str, text: str) -> None:
    made = lambda held: PIECES[name](held).replace(' class="', ' title="')  # noqa: E731
    harmless(made, text)


def test_the_dashboard_says_what_is_wrong_as_text() -> None:
    dashboard = Dashboard(Scenario(users=20))
    dashboard.controls["seed"].value = HOSTILE
    shown = "".join(str(part.value) for part in dashboard._parts.texts.values())
    assert "<script" not in shown
    assert "<img" not in shown
    assert moves(shown) == ""


def errors_about(text: str) -> Iterator[Callable[[], object]]:
    yield lambda: Scenario(**{text: 1})  # type: ignore[arg-type]
    yield lambda: Scenario(locale=text)
    yield lambda: PRESETS[text]
    yield lambda: simimport.read_trace(text)
    yield lambda: simimport.read_users(text)
    yield lambda: Scenario.load(text)
    yield lambda: simimport.record(text, headers={})
    yield lambda: Trace([(text, {})])
    yield lambda: Faults([Fault(text, at_poll=1)])


@given(TEXTS.filter(lambda text: "\0" not in text))
@example(HOSTILE)
def test_messages_of_errors_are_printable(text: str) -> None:
    for fails in errors_about(text):
        with pytest.raises((SimimportError, OSError)) as error:
            fails()
        if isinstance(error.value, SimimportError):
            assert moves(str(error.value)) == ""
    assert moves(str(UsersError(text, [(1, text, text), (2, text, text)]))) == ""
