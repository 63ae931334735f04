"""Docstrings of public names: an example each, parameters as they are, and types that are names.

That examples show what they print is a matter of ``--doctest-modules``; those of the fixtures, which no
doctest finds, are run here as the tests that they are.
"""

from __future__ import annotations

import ast
import builtins
import doctest
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from functools import cached_property
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

import pytest
from numpydoc.docscrape import NumpyDocString

import simimport
from simimport.testing import plugin, strategies

#: What a type may say beside names of classes: words that join them, and kinds of things without a class.
JOINING = {"and", "default", "iterable", "mapping", "of", "optional", "or", "sequence", "to"}
KINDS = {"callable", "color", "iterator", "path", "strategy"}
#: Classes of libraries, by the names under which their pages have them.
THEIRS = {
    "Axes", "DataFrame", "Path", "SearchStrategy", "Series", "concurrent.futures.Executor", "float64",
    "httpx.AsyncClient", "httpx.Client", "ipywidgets.VBox", "ipywidgets.Widget", "requests.Session",
}  # fmt: skip
#: What errors, enumerations and records that others make are called with is nobody's to know.
MADE_BY_OTHERS = {"Fit", "Run", "Serving", "State", "Step", *simimport.errors.__all__}


class Documented(NamedTuple):
    """A public name, what stands there, and the docstring of the class that it belongs to, if it does."""

    name: str
    what: Any
    around: str = ""

    @property
    def text(self) -> str:
        return inspect.getdoc(self.what) or ""

    @property
    def has_example(self) -> bool:
        """Whether it has one of its own, or its class shows it in use."""
        used = re.escape(f".{self.name.rpartition('.')[2]}")
        if self.around and re.search(rf"{used}\b", _code(self.around)):
            return True
        return bool(_code(self.text))


def _code(docstring: str) -> str:
    """Return the code of the examples that are run."""
    examples = doctest.DocTestParser().get_examples(docstring)
    return "".join(each.source for each in examples if not each.options.get(doctest.SKIP))


def _rooms() -> Iterator[tuple[str, Any]]:
    """Yield every public name outside classes."""
    for name in simimport.__all__:
        value = getattr(simimport, name)
        if isinstance(value, ModuleType):
            yield from ((f"{name}.{inner}", getattr(value, inner)) for inner in vars(value)["__all__"])
        else:
            yield name, value
    for room in (strategies, plugin):
        yield from ((name, getattr(room, name)) for name in room.__all__)


def _members(kind: type) -> Iterator[tuple[str, Any]]:
    """Yield the methods and properties of a class that `dir` shows of its things."""
    seen: set[str] = set()
    for base in kind.__mro__:
        if base.__module__.partition(".")[0] != "simimport":
            continue
        shown = getattr(sys.modules[kind.__module__], "_PUBLIC", vars(base))
        for name, member in vars(base).items():
            inner = _function(member)
            if not name.startswith("_") and name in shown and name not in seen and inner:
                seen.add(name)
                yield name, inner


def _function(member: Any) -> FunctionType | None:
    """Return the function behind a method or a property; None of what is neither."""
    found = getattr(member, "fget", getattr(member, "__func__", getattr(member, "func", member)))
    return found if isinstance(found, FunctionType) else None


def _documented() -> Iterator[Documented]:
    for name, value in _rooms():
        yield Documented(name, value)
        kind = value if isinstance(value, type) else type(value)
        if kind.__module__.startswith("simimport.") and isinstance(kind, type):
            around = inspect.getdoc(kind) or ""
            yield from (Documented(f"{name}.{m}", what, around) for m, what in _members(kind))


PUBLIC = {each.name: each for each in _documented()}
FIXTURES = plugin.__all__


def _properties() -> set[str]:
    """Return the names that are read and not called."""
    found = set()
    for name in PUBLIC:
        owner, _, member = name.rpartition(".")
        kind = getattr(simimport, owner, None) if owner else None
        if isinstance(kind, type):
            raw = inspect.getattr_static(kind, member)
            found |= {name} if isinstance(raw, (property, cached_property)) or hasattr(raw, "fget") else set()
    return found


READ = _properties()
CALLED = sorted(set(PUBLIC) - READ - MADE_BY_OTHERS - set(FIXTURES) - {"PRESETS"})


def _signature(called: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    parameters = inspect.signature(called).parameters.values()
    return {p.name: p for p in parameters if p.name not in ("self", "cls")}


def mistakes(called: Callable[..., Any], text: str) -> list[str]:
    """Return what a docstring has otherwise than the signature, or leaves out of it."""
    there, documented = _signature(called), NumpyDocString(text)["Parameters"]
    names = [name.strip(" *") for entry in documented for name in entry.name.split(",")]
    found = [] if names == list(there) else [f"has {names}, and the signature {list(there)}"]
    for entry in documented:
        if not entry.type and not entry.name.startswith("*"):
            found.append(f"{entry.name} has no type")
        default = re.search(r"default (.+)$", entry.type)
        parameter = there.get(entry.name)
        if default and parameter and _value(default[1]) != parameter.default:
            found.append(f"{entry.name} is {parameter.default!r} by default, not {default[1]}")
    returned = inspect.signature(called).return_annotation
    nothing = isinstance(called, type) or returned in (None, "None", inspect.Signature.empty)
    if not nothing and not NumpyDocString(text)["Returns"]:
        found.append("says nothing of what it returns")
    return found


def _value(written: str) -> object:
    return ast.literal_eval(re.sub(r"(?<=\d),(?=\d{3})", "_", written))


def _classes() -> set[str]:
    """Return the names of the classes of the package, public or reached by what is."""
    found: set[str] = set()
    for room in list(sys.modules.values()):
        if room is not None and room.__name__.startswith("simimport."):
            found |= {name for name in getattr(room, "__all__", ()) if isinstance(getattr(room, name), type)}
    return found


def strange_words(kind: str, ours: set[str]) -> list[str]:
    """Return what is no name of a class in a type, nor a word that joins such."""
    bare = re.sub(r"default .*|\{.*?\}", "", kind)
    words = re.findall(r"[\w.]+", bare)
    allowed = JOINING | KINDS | THEIRS | ours
    return [w for w in words if w not in allowed and not hasattr(builtins, w)]


def types_of(text: str) -> list[str]:
    """Return the types that a docstring names."""
    read = NumpyDocString(text)
    sections = [entry for name in ("Parameters", "Attributes", "Returns") for entry in read[name]]
    return [entry.type or entry.name for entry in sections if not entry.name.startswith("*")]


def test_every_public_name_has_an_example() -> None:
    assert [name for name, each in PUBLIC.items() if not each.has_example] == []


@pytest.mark.parametrize("name", CALLED)
def test_parameters_and_defaults_are_those_of_the_signature(name: str) -> None:
    assert mistakes(PUBLIC[name].what, PUBLIC[name].text) == []


def test_types_are_names() -> None:
    ours = _classes()
    strange = {
        (name, kind): words
        for name, each in PUBLIC.items()
        for kind in types_of(each.text)
        if (words := strange_words(kind, ours))
    }
    assert strange == {}


def test_examples_of_fixtures_are_tests_that_pass(pytester: pytest.Pytester) -> None:
    code = [_code(inspect.getdoc(getattr(plugin, name)) or "") for name in FIXTURES]
    assert all(code)
    pytester.makepyfile("import pytest\n" + "\n".join(code))
    # in this process it would take the modules along that it loads, and who comes later loads them once more
    pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider").assert_outcomes(passed=len(FIXTURES))


# that they can fail ---------------------------------------------------------------------------------


def _shown(seconds: float = 5.0, **more: object) -> float:
    return seconds + len(more)


PARAMETERS = "Return.\n\nParameters\n----------\n"
RETURNS = "\n\nReturns\n-------\nfloat\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"{PARAMETERS}seconds : float, default 6\n**more{RETURNS}", "seconds is 5.0 by default, not 6"),
        (f"{PARAMETERS}seconds\n**more{RETURNS}", "seconds has no type"),
        (f"{PARAMETERS}seconds : float\n**more\n", "says nothing of what it returns"),
        (f"Return.{RETURNS}", "has [], and the signature ['seconds', 'more']"),
    ],
)
def test_what_is_wrong_is_found(text: str, found: str) -> None:
    assert mistakes(_shown, text) == [found]


def test_strange_words_are_found() -> None:
    kind = "such a body, or DataFrame of Scenario, default 5"
    assert strange_words(kind, {"Scenario"}) == ["such", "a", "body"]


def test_an_example_that_is_skipped_is_none() -> None:
    assert _code(">>> 1 + 1  # doctest: +SKIP\n") == ""
    assert Documented("Kind.member", _shown, "\n>>> thing.member\n").has_example
    assert not Documented("Kind.member", _shown, "\n>>> thing.other\n").has_example
