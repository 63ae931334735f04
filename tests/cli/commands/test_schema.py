"""`simimport schema`: JSON on standard output and nothing else, for validators and code generators."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema_rs import Draft202012Validator

from simimport import openapi, response_schema, simulate
from simimport.service.contract.json_schema import state_schema
from tests.cli.command import call, process
from tests.model.strategies import DIALECTS


@pytest.mark.parametrize("dialect", DIALECTS)
def test_it_prints_the_json_schema(dialect: str) -> None:
    printed = call("schema", "--dialect", dialect)
    assert (printed.code, printed.err) == (0, "")
    assert printed.json == response_schema(dialect)


def test_the_default_is_the_documentation() -> None:
    assert call("schema").out == call("schema", "--dialect", "docs").out
    assert call("schema", "--openapi").out == call("schema", "--openapi", "--dialect", "docs").out


@pytest.mark.parametrize("dialect", DIALECTS)
def test_it_prints_the_schema_of_a_state(dialect: str) -> None:
    printed = call("schema", "--dialect", dialect, "--state", "ready")
    assert printed.json == state_schema("ready", dialect=dialect)
    bodies = [body for _, body in simulate(users=60, seed=1).responses(dialect=dialect)]
    schema = Draft202012Validator(printed.json)
    assert {body["state"] for body in bodies if schema.is_valid(body)} == {"ready"}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_it_prints_openapi(dialect: str) -> None:
    printed = call("schema", "--openapi", "--dialect", dialect)
    assert (printed.code, printed.err) == (0, "")
    assert printed.json == openapi(dialect)


@pytest.mark.parametrize("flavour", ["exact", "generators"])
def test_it_prints_openapi_of_a_flavour(flavour: str) -> None:
    printed = call("schema", "--openapi", "--flavour", flavour, "--dialect", "server-8.3")
    assert (printed.code, printed.err) == (0, "")
    assert printed.json == openapi("server-8.3", flavour=flavour)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--dialect", "server-8"], "dialect is 'server-8'; allowed: docs, server-6.3, server-7.4,"),
        (["--openapi", "--dialect", "doc"], "Did you mean 'docs'?"),
        (["--state", "redy"], "Did you mean 'ready'?"),
        (["--state", "canceled", "--dialect", "server-8.3"], "state is 'canceled'; allowed: none, new,"),
        (["--state", "ready", "--openapi"], "allowed: with the JSON Schema only, without --openapi."),
        (["--openapi", "--flavour", "generator"], "Did you mean 'generators'?"),
        (["--flavour", "generators"], "allowed: with --openapi only."),
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_one_line(words: list[str], message: str) -> None:
    printed = call("schema", *words)
    assert (printed.code, printed.out) == (2, "")
    assert printed.err.startswith("Error: ")
    assert message in printed.err
    assert printed.err.count("\n") == 1


def test_it_goes_into_a_file(tmp_path: Path) -> None:
    printed = process("simimport schema --openapi > out.json", tmp_path, PYTHONIOENCODING="ascii")
    assert (printed.code, printed.err) == (0, "")
    assert json.loads((tmp_path / "out.json").read_bytes()) == openapi()


def test_the_json_schema_loads_nothing_heavy(tmp_path: Path) -> None:
    printed = process("python -X importtime -m simimport schema", tmp_path)
    assert printed.code == 0
    loaded = {line.rpartition("|")[2].strip() for line in printed.err.splitlines()}
    assert "simimport.service.contract.answer_shapes" in loaded
    assert loaded & {"numpy", "pandas", "faker", "starlette", "matplotlib"} == set()
