"""The reference misses nothing: what the code lists has an entry in the pages that are made from it."""

from __future__ import annotations

import re
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

import click
import pytest

import simimport
from simimport import PRESETS, State, Step, errors
from simimport.analysis import plots
from simimport.model.columns import COLUMNS, INDEXES
from simimport.model.dialects import DIALECTS
from simimport.model.people.decisions import REASONS
from simimport.model.scenario import FIELDS, Scenario
from simimport.model.states import TABLE
from simimport.service.contract.answer_shapes import states
from simimport.service.http.control.table import ROOT
from simimport.service.http.control.table import TABLE as CONTROL
from simimport.service.schedule.fault import KINDS, Fault
from simimport.testing import plugin
from simimport.testing.lint.rules import RULES
from tests.pages import ROOT as CHECKOUT

MADE = "reference/made"


@cache
def generated(name: str) -> ModuleType:
    """Return a module of those that make the reference."""
    docs = str(CHECKOUT / "docs")
    if docs not in sys.path:
        sys.path.insert(0, docs)
    return import_module(f"generate.reference.{name}")


@cache
def pages(name: str) -> dict[str, str]:
    made: dict[str, str] = generated(name).pages()
    return made


def text(name: str) -> str:
    """Return a page by its name."""
    return pages(name.replace("-", "_"))[f"{MADE}/{name}.md"]


def section(name: str, heading: str, level: int = 2) -> str:
    """Return what a page has under a heading, up to the next that is as high."""
    found = re.search(
        rf"^#{{{level}}} {re.escape(heading)}\n(.*?)(?=^#{{1,{level}}} |\Z)",
        text(name),
        re.DOTALL | re.MULTILINE,
    )
    assert found, f"{name} has no heading {heading!r}"
    return found[1]


# what is in the pages -------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_has_its_reason_its_level_and_two_traces(rule: str) -> None:
    entry = section("lint-rules", rule)
    assert RULES[rule].why in entry
    assert f"Level: **{RULES[rule].severity}**" in entry
    assert entry.count(":caption: broken") == entry.count(":caption: mended") == 1


def test_the_examples_of_rules_are_all_there_are() -> None:
    # that each breaks its rule and no other is found out while the page is made
    assert list(generated("lint_examples").EXAMPLES) == list(RULES)


@pytest.mark.parametrize("frame", COLUMNS)
def test_each_frame_has_all_its_columns(frame: str) -> None:
    entry = section("frames", frame)
    for column in COLUMNS[frame]:
        assert f"| `{column.name}` | {column.kind} | {column.unit} | {column.meaning}" in entry
    if frame in INDEXES:
        assert f"`{INDEXES[frame].name}` (index)" in entry


@pytest.mark.parametrize("kind", KINDS)
def test_each_fault_shows_what_a_client_sees(kind: str) -> None:
    entry = section("faults", kind)
    assert repr(Fault(kind, at_poll=2)) in entry
    assert "HTTP/1.1 " in entry or "httpx." in entry


@pytest.mark.parametrize("preset", PRESETS)
def test_each_preset_has_a_picture_and_its_code(preset: str) -> None:
    entry = section("presets", preset)
    assert PRESETS.about(preset) in entry
    assert f"{preset} = {PRESETS[preset]!r}" in entry
    assert all(f"preset-{preset}-{theme}.svg" in entry for theme in ("light", "dark"))


@pytest.mark.parametrize("plot", plots.__all__)
def test_each_plot_is_drawn_by_the_code_beside_it(plot: str) -> None:
    entry = section("plots", plot)
    assert f"ax = plots.{plot}(" in entry
    assert all(f"plot-{plot}-{theme}.svg" in entry for theme in ("light", "dark"))


def test_each_picture_that_is_shown_is_drawn() -> None:
    texts = "".join(map(text, ("presets", "states", "plots")))
    shown = set(re.findall(r"pictures/([\w-]+)-(?:light|dark)\.svg", texts))
    assert shown == {name for name, _, _ in generated("pictures").drawings()}


def test_a_picture_is_drawn_anew_only_where_it_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = generated("pictures")
    monkeypatch.setattr(pictures, "_DOCS", tmp_path)
    monkeypatch.setattr(pictures, "_drawn", lambda draw, theme, digest: f"{theme} <!-- {digest} -->\n")
    for about, expected in (("a", 2), ("a", 0), ("b", 2)):
        monkeypatch.setattr(pictures, "drawings", lambda about=about: [("one", about, None)])
        before = {path: path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.svg")}
        made = {tmp_path / place: text for place, text in pictures.pages().items()}
        for path, text in made.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        drawn = [path.name for path, text in made.items() if before.get(path) != text]
        assert len(drawn) == expected


@pytest.mark.parametrize("name", FIELDS)
def test_each_parameter_says_what_it_may_be_and_is(name: str) -> None:
    entry = section("parameters", name, level=3)
    default = getattr(Scenario(), name)
    assert FIELDS[name].allowed in entry
    assert f"`{default!r}`" in entry
    assert f"`--{name.replace('_', '-')}" in entry
    assert len(entry.splitlines()[1]) > len("a meaning")


def test_each_reason_of_a_failure_is_listed() -> None:
    assert all(f"| `{reason}` |" in section("parameters", "Reasons of failures") for reason in REASONS)


COMMANDS = dict(generated("cli").commands())


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_all_its_options(name: str) -> None:
    command, entry = COMMANDS[name], section("cli", f"simimport {name}")
    shared = section("cli", generated("cli").SCENARIO) if "(#the-scenario)" in entry else ""
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            assert str(parameter.metavar or parameter.name).upper().rstrip(".") in entry.upper()
        for option in parameter.opts if isinstance(parameter, click.Option) else ():
            assert re.search(rf"`{option}[ `]", entry + shared), option
    if prefix := command.context_settings.get("auto_envvar_prefix"):
        own = [each for each in command.params if each.name not in FIELDS]
        assert all(f"{prefix}_{str(each.name).upper()}" in entry or each.envvar in entry for each in own)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_example_of_each_command_has_options_that_there_are(name: str) -> None:
    used = re.findall(r"--[\w-]+", generated("cli").EXAMPLES[name])
    assert set(used) <= {option for parameter in COMMANDS[name].params for option in parameter.opts}


def test_every_state_step_and_move_is_listed() -> None:
    for state in State:
        assert f"| `{state}` | {generated('states').MEANINGS[state]} |" in text("states")
        for move, following in TABLE.get(state, {}).items():
            assert re.search(rf"\| `{state}` \| `{move}` \| .* \| `{following}` \|", text("states"))
    assert all(f"| `{step}` |" in section("states", "Steps") for step in Step)


def test_what_follows_a_cancel_is_what_each_dialect_can_say() -> None:
    rows = re.findall(r"^\| `.*? \|$", section("states", "After a cancel"), re.MULTILINE)
    assert len(rows) == 7
    for row in rows:
        for cell, dialect in zip(row.split(" | ")[1:], DIALECTS.values(), strict=True):
            seen = re.findall(r"`(\w+)`", cell)
            assert seen
            assert set(seen) <= set(states(dialect))


@pytest.mark.parametrize("name", DIALECTS)
def test_each_dialect_is_described(name: str) -> None:
    assert f"| `{name}` | {DIALECTS[name].about} |" in text("dialects")
    assert f"`{name}`" in section("dialects", "The same answer in each")


@pytest.mark.parametrize("operation", CONTROL, ids=lambda operation: operation.name)
def test_each_call_of_the_control_plane_has_an_answer(operation: object) -> None:
    method, path, about = (getattr(operation, name) for name in ("method", "path", "about"))
    entry = section("control-plane", f"{method} {ROOT}{path}")
    assert about in entry
    assert "is answered with" in entry


@pytest.mark.parametrize("name", errors.__all__)
def test_each_exception_says_when_and_what_to_do(name: str) -> None:
    entry = section("errors", name)
    assert "*When:*" in entry
    assert "*What to do:*" in entry
    raised = getattr(errors, name).__doc__ or ""
    for names in re.findall(r"^    (\w+(?:, \w+)*) : ", raised, re.MULTILINE):
        assert ", ".join(f"`{each}`" for each in names.split(", ")) in entry


# the API --------------------------------------------------------------------------------------------------


@cache
def directives() -> set[str]:
    """Return what the pages of the API have an entry of."""
    found = (re.findall(r"^\.\. (?:auto(?!summary)\w+|py:function):: (\S+)", page, re.MULTILINE)
             for page in pages("api").values())  # fmt: skip
    return {name for names in found for name in names}


def test_every_public_name_has_an_entry() -> None:
    wanted = {f"simimport.{name}" for name in simimport.__all__ if name != "plots"}
    wanted |= {f"simimport.plots.{name}" for name in plots.__all__}
    strategies = import_module("simimport.testing.strategies").__all__
    wanted |= {f"simimport.testing.strategies.{name}" for name in strategies} | set(plugin.__all__)
    assert directives() == wanted


def test_every_public_member_has_an_entry() -> None:
    members = re.findall(
        r"autoclass:: simimport\.(\w+)\n   :members: (.+)$", "\n".join(pages("api").values()), re.MULTILINE
    )
    listed = {(kind, name) for kind, names in members for name in names.split(", ")}
    run = simimport.simulate(users=60, seed=1)
    for thing in (run, run.scenario, simimport.Faults(), simimport.Trace(run.responses())):
        kind = type(thing).__name__
        shown = {name for name in dir(thing) if callable(getattr(thing, name)) and not name.startswith("_")}
        # a sequence has two more from the standard library
        assert shown - {"index", "count"} <= {name for of, name in listed if of == kind}


def test_the_overview_has_every_page() -> None:
    overview = pages("api")[f"{MADE}/api.rst"]
    below = {path.removeprefix(f"{MADE}/").removesuffix(".rst") for path in pages("api")} - {"api"}
    assert set(re.findall(r"^   (api/\w+)$", overview, re.MULTILINE)) == below


# together -------------------------------------------------------------------------------------------------


def test_the_index_has_every_page() -> None:
    index = (CHECKOUT / "docs" / "reference" / "index.md").read_text(encoding="utf-8")
    made = {path for module in _texts() for path in pages(module.__name__.rpartition(".")[2])}
    tops = {path.removeprefix("reference/").rpartition(".")[0] for path in made if path.count("/") == 2}
    assert set(re.findall(r"^:link: (made/[\w-]+)$", index, re.MULTILINE)) == tops
    assert set(re.findall(r"^(made/[\w-]+)$", index, re.MULTILINE)) == tops


def _texts() -> tuple[ModuleType, ...]:
    texts: tuple[ModuleType, ...] = import_module("generate.reference").TEXTS
    return texts


def test_making_a_page_again_gives_the_same() -> None:
    for module in _texts():
        name = module.__name__.rpartition(".")[2]
        assert module.pages() == pages(name), name
