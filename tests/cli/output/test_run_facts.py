"""`simimport run --json`: one object for machines, the same shape whatever happened."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from simimport import PRESETS, Scenario, simulate
from tests.cli.command import call

COUNT = {"type": "integer", "minimum": 0}


def counts(*names: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict.fromkeys(names, COUNT),
        "required": list(names),
        "additionalProperties": False,
    }


SCHEMA = {
    "type": "object",
    "properties": {
        "final": {"enum": ["done", "canceled", "error"]},
        "duration_s": {"type": "number", "exclusiveMinimum": 0},
        "importing_s": {"type": ["number", "null"], "minimum": 0},
        "seed": COUNT,
        "scenario": {"type": "object"},
        "dialect": {"enum": ["docs", "server-6.3", "server-7.4", "server-8.3"]},
        "published": counts("completed", "error", "total", "remaining"),
        "truth": counts("imported", "failed", "unreached"),
        "reasons": counts("duplicate-email", "duplicate-username", "missing-email", "server-error"),
        "states": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "state": {"type": "string"},
                    "at_s": {"type": "number"},
                    "lasted_s": {"type": ["number", "null"]},
                },
                "required": ["state", "at_s", "lasted_s"],
                "additionalProperties": False,
            },
        },
        "at_s": {"type": ["number", "null"]},
        "answer": {"type": "object"},
        "command": {"type": "string"},
        "code": {"type": "string"},
        "versions": {"type": "object"},
    },
    "additionalProperties": False,
}
SCHEMA["required"] = list(SCHEMA["properties"])  # type: ignore[call-overload]  # a mapping, as one sees


@pytest.mark.parametrize("preset", list(PRESETS))
def test_every_preset_keeps_the_schema_and_is_the_run(preset: str) -> None:
    printed = call("run", "--preset", preset, "--seed", 3, "--json")
    facts, run = printed.json, simulate(PRESETS[preset], seed=3)
    assert printed.err == ""
    jsonschema_rs.validate(SCHEMA, facts)
    assert (facts["final"], facts["duration_s"]) == (str(run.final), run.duration_s)
    assert (facts["importing_s"], facts["seed"], facts["code"]) == (run.importing_s, 3, run.code)
    assert Scenario.from_dict(facts["scenario"]) == run.scenario
    assert facts["answer"] == run.status(1e9)


@pytest.mark.parametrize("preset", ["calm", "crash_midway", "canceled_midway", "empty", "all_fail"])
def test_counters_are_those_of_the_frames(preset: str) -> None:
    facts = call("run", "--preset", preset, "--seed", 3, "--json").json
    run = simulate(PRESETS[preset], seed=3)
    outcomes = run.outcomes
    kinds = outcomes["outcome"].value_counts()
    assert facts["truth"] == {kind: kinds.get(kind, 0) for kind in ("imported", "failed", "unreached")}
    reasons = outcomes["reason"].value_counts()
    assert facts["reasons"] == {name: reasons.get(name, 0) for name in facts["reasons"]}
    end = run.snapshots.iloc[-1]
    assert facts["published"] == {name: end[name] for name in ("completed", "error", "total", "remaining")}


@pytest.mark.parametrize("dialect", ["docs", "server-6.3", "server-8.3"])
@pytest.mark.parametrize("preset", ["canceled_midway", "crash_midway", "calm"])
def test_states_are_those_that_a_poller_sees(preset: str, dialect: str) -> None:
    facts = call("run", "--preset", preset, "--seed", 3, "--json", "--dialect", dialect).json
    run = simulate(PRESETS[preset], seed=3)
    seen: list[tuple[float, str]] = []
    for at_s, body in run.responses(dialect=dialect):
        if not seen or seen[-1][1] != body["state"]:
            seen.append((at_s, body["state"]))
    assert [(row["at_s"], row["state"]) for row in facts["states"]] == seen
    until = [row["at_s"] + (row["lasted_s"] or 0) for row in facts["states"]]
    assert until[:-1] == pytest.approx([at_s for at_s, _ in seen[1:]], abs=1e-9)
    assert facts["states"][-1]["lasted_s"] is None
    assert facts["answer"]["state"] == seen[-1][1]


def test_at_is_an_instant() -> None:
    facts = call("run", "--users", 500, "--seed", 3, "--json", "--at", 12.5).json
    assert facts["at_s"] == 12.5
    assert facts["answer"] == simulate(users=500, seed=3).status(12.5)
