"""`simimport presets`: each preset, and the options that make it."""

from __future__ import annotations

import json

import pytest

from simimport import PRESETS, Scenario
from simimport.cli.output.columns import width_of
from tests.cli.command import call


def test_presets_are_listed_with_what_differs() -> None:
    lines = call("presets").out.splitlines()
    for name in PRESETS:
        assert any(line.split()[0] == name and line.endswith(PRESETS.about(name)) for line in lines)
    assert "--users 5000 --stall-at 0.99 --stall-s 600" in " ".join(" ".join(lines).split())
    assert max(map(width_of, lines)) <= 100


def test_the_options_of_a_preset_are_the_preset() -> None:
    for name, options in zip(PRESETS, _options(call("presets").out), strict=True):
        printed = call("run", *options.split(), "--seed", 1, "--json")
        assert Scenario.from_dict(printed.json["scenario"]) == PRESETS[name]


def _options(text: str) -> list[str]:
    """Return the options under each name."""
    parts: list[str] = []
    for line in text.splitlines():
        if line.startswith(" "):
            parts[-1] += line
        else:
            parts.append("")
    return parts


def test_an_option_stays_on_one_line_with_its_value() -> None:
    for line in call("presets", columns=60).out.splitlines():
        if line.startswith(" "):
            words = line.split()
            assert [word.startswith("--") for word in words] == [True, False] * (len(words) // 2)


def test_presets_for_machines() -> None:
    entries = call("presets", "--json").json
    assert list(entries) == list(PRESETS)
    for name, entry in entries.items():
        assert entry["about"] == PRESETS.about(name)
        assert Scenario.from_dict(entry["scenario"]) == Scenario.from_dict(entry["differs"]) == PRESETS[name]


def test_presets_are_json_without_what_json_does_not_have() -> None:
    json.loads(call("presets", "--json").out, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
