"""Scenarios: what they accept and refuse, in words, and their way to files and back."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import json
import math
import pickle
import typing
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simimport import ParameterError, Run, Scenario, ScenarioError, simulate
from simimport.model.fields import PAGE_EPOCH, locales
from simimport.model.scenario import FIELDS
from tests.model.strategies import scenarios

overwriting = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])

RATES = [name for name in FIELDS if name.endswith("_rate")] + ["failure_clustering"]
PLACES = ["cancel_at", "crash_at", "stall_at"]
COUNTS = ["users", "batch_size"]
SECONDS = ["new_s", "loading_s", "ready_s", "stall_s"]
NUMBERS = [*RATES, *PLACES, *COUNTS, *SECONDS, "users_per_s", "latency_cv", "slowdown"]


def refused(name: str, value: Any) -> ScenarioError:
    """Assert that a field refuses a value, and that the message names both and what is allowed."""
    with pytest.raises(ScenarioError) as caught:
        Scenario(**{name: value})
    error = caught.value
    assert error.field == name
    assert error.value is value
    assert str(error).startswith(f"{name} is ")
    assert f"allowed: {FIELDS[name].allowed}." in str(error)
    assert "\n" not in str(error)
    with pytest.raises(ScenarioError):
        Scenario().replace(**{name: value})
    with pytest.raises(ScenarioError):
        simulate(**{name: value})
    return error


def test_every_field_is_tried() -> None:
    assert set(NUMBERS) | {"importer", "locale", "epoch"} == set(FIELDS)
    assert len(NUMBERS) == len(set(NUMBERS))


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", [
    math.nan, math.inf, -math.inf, -1, -1e-12, 10**400, "0.5", b"1", True, False, 1j, [1], {}, object(),
    pd.NA, np.array([0.1, 0.2]), np.True_, Decimal("NaN"),
], ids=lambda value: type(value).__name__ if type(value) is object else repr(value))  # fmt: skip
def test_what_is_no_number(name: str, value: Any) -> None:
    refused(name, value)


@pytest.mark.parametrize("name", [name for name in NUMBERS if name not in PLACES])
def test_none_is_no_number(name: str) -> None:
    refused(name, None)


@pytest.mark.parametrize("name", RATES + PLACES)
@pytest.mark.parametrize("value", [1.0000001, 2, 100, np.nextafter(1, 2)])
def test_rates_end_at_one(name: str, value: float) -> None:
    refused(name, value)
    assert getattr(Scenario(**{name: 1}), name) == 1.0
    assert getattr(Scenario(**{name: 0}), name) == 0.0


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize("value", [2.5, 1e9 + 1, 1e300, Fraction(1, 2), np.float64(0.1)])
def test_counts_are_whole(name: str, value: Any) -> None:
    refused(name, value)


def test_the_smallest_counts() -> None:
    assert Scenario(users=0).users == 0
    refused("batch_size", 0)
    assert Scenario(batch_size=1).batch_size == 1


@pytest.mark.parametrize(("name", "value"), [
    ("users_per_s", 0), ("users_per_s", 1e10), ("latency_cv", 1e-7), ("latency_cv", 10.1), ("slowdown", 1e7),
    *((name, 1e12) for name in SECONDS),
    ("importer", "slack"), ("importer", "API"), ("importer", None), ("importer", ["api"]), ("importer", 3),
    ("importer", ""), ("locale", "de"), ("locale", "xx_XX"), ("locale", None), ("locale", ["en_US"]),
    ("locale", ""), ("epoch", "yesterday"), ("epoch", ""), ("epoch", "2016-13-01"), ("epoch", 0),
    ("epoch", "2016-09-13T25:00:00Z"),
    ("epoch", 1473778676.037), ("epoch", None), ("epoch", "Now"), ("epoch", "12:00"), ("epoch", b"now"),
    ("epoch", "0001-01-01T00:00:00+14:00"), ("epoch", "9999-12-31T23:00:00-10:00"),
    ("epoch", "2016-09-13 99"),
])  # fmt: skip
def test_out_of_range(name: str, value: Any) -> None:
    refused(name, value)


def test_a_locale_close_to_one_is_suggested() -> None:
    assert str(refused("locale", "de-DE")).endswith("Did you mean 'de_DE'?")


def test_an_api_import_does_not_load() -> None:
    with pytest.raises(ScenarioError, match=r"loading_s is 3\.0; allowed: 0 with the importer 'api'"):
        Scenario(loading_s=3)
    with pytest.raises(ScenarioError, match="loading_s"):
        Scenario(importer="csv", loading_s=3).replace(importer="api")
    assert Scenario(importer="csv", loading_s=3).replace(importer="api", loading_s=0) == Scenario()


def test_unknown_fields() -> None:
    words = {"failure": "failure_rate", "user": "users", "cancel_rates": "cancel_rate"}
    for word, meant in words.items():
        for make in (Scenario, Scenario().replace, simulate, lambda **fields: Scenario.from_dict(fields)):
            with pytest.raises(ScenarioError) as caught:
                make(**{word: 1})
            message = str(caught.value)
            assert message.startswith(f"the field '{word}' is 1; allowed: one of users, batch_size, ")
            assert message.endswith(f"Did you mean {meant!r}?")
    with pytest.raises(ScenarioError, match="the field 'zzzzzz' is 1"):
        Scenario.from_dict({"zzzzzz": 1})
    with pytest.raises(ScenarioError, match="the field 'self' is 1"):
        Scenario(self=1)  # type: ignore[call-arg]


@pytest.mark.parametrize("unnamed", [(500,), ({"users": 5},), (Scenario(), 3)], ids=repr)
def test_fields_go_by_their_names(unnamed: Any) -> None:
    words = r"^an argument without a name is .*; allowed: fields by their names, such as users=500\.$"
    with pytest.raises(ScenarioError, match=words) as caught:
        Scenario(*unnamed)
    assert caught.value.value is unnamed[0]
    with pytest.raises(ScenarioError, match=words):
        Scenario(*unnamed, users=5)


def test_a_fault_of_ours_is_not_put_into_words_for_users(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> None:
        raise TypeError("a fault of ours")

    monkeypatch.setattr(Scenario, "__post_init__", broken)
    with pytest.raises(TypeError, match="a fault of ours"):
        Scenario(users=5)


def test_the_signature_is_still_that_of_the_fields() -> None:
    parameters = inspect.signature(Scenario).parameters.values()
    assert [parameter.name for parameter in parameters] == list(FIELDS)
    assert {parameter.kind for parameter in parameters} == {inspect.Parameter.KEYWORD_ONLY}
    assert typing.get_type_hints(Scenario.__init__)["users"] is int


@pytest.mark.parametrize("fields", [None, 3, "users", [("users", 3)], b"", Scenario()], ids=repr)
def test_what_is_no_mapping(fields: Any) -> None:
    with pytest.raises(ScenarioError, match="a mapping of field names to values"):
        Scenario.from_dict(fields)


def test_a_field_that_is_no_name() -> None:
    with pytest.raises(ScenarioError, match="the field 3 is 4"):
        Scenario.from_dict({3: 4})  # type: ignore[dict-item]


@pytest.mark.parametrize("given_scenario", [{"users": 3}, "calm", 8000, Scenario])
def test_simulate_wants_a_scenario(given_scenario: Any) -> None:
    with pytest.raises(ParameterError, match=r"scenario is .*; allowed: a Scenario"):
        simulate(given_scenario)


# what is accepted, and as what it is kept ------------------------------------------------------------


@pytest.mark.parametrize(("name", "value", "kept"), [
    ("users", 3.0, 3), ("users", np.int64(3), 3), ("users", np.float32(3), 3), ("users", Fraction(6, 2), 3),
    ("failure_rate", 1, 1.0), ("failure_rate", np.float32(0.5), 0.5), ("failure_rate", Decimal("0.25"), 0.25),
    ("failure_rate", -0.0, 0.0), ("cancel_at", np.int8(1), 1.0), ("new_s", 3, 3.0),
    ("importer", "csv", "csv"),
    ("epoch", "2024-01-01", "2024-01-01T00:00:00.000Z"),
    ("epoch", datetime(2024, 1, 1, 12, tzinfo=UTC), "2024-01-01T12:00:00.000Z"),
    ("epoch", "2024-01-01T12:00:00+05:30", "2024-01-01T06:30:00.000Z"), ("epoch", "now", "now"),
])  # fmt: skip
def test_how_values_are_kept(name: str, value: Any, kept: Any) -> None:
    found = getattr(Scenario(**{name: value}), name)
    assert found == kept
    assert type(found) is type(kept)
    assert math.copysign(1, found) == 1 if isinstance(found, float) else True


def test_the_defaults_are_those_of_the_page() -> None:
    scenario = Scenario()
    assert (scenario.users, scenario.batch_size, scenario.epoch) == (8000, 50, PAGE_EPOCH)
    assert PAGE_EPOCH == "2016-09-13T14:57:56.037Z"
    expected = {
        "users": 8000, "batch_size": 50, "failure_rate": 0.02, "failure_clustering": 0.0, "cancel_rate": 0.0,
        "cancel_at": None, "crash_rate": 0.0, "crash_at": None, "users_per_s": 30.0, "latency_cv": 0.5,
        "slowdown": 0.0, "stall_rate": 0.0, "stall_at": None, "stall_s": 30.0, "importer": "api",
        "new_s": 2.0, "loading_s": 0.0, "ready_s": 5.0, "locale": "en_US",
        "epoch": PAGE_EPOCH,
    }  # fmt: skip
    assert list(scenario.to_dict().items()) == list(expected.items())


def test_each_default_is_what_its_rule_would_keep() -> None:
    # for nobody looks at one again
    for name, default in Scenario().to_dict().items():
        kept = FIELDS[name].check(copy.deepcopy(default))
        assert (kept, type(kept)) == (default, type(default))
        assert type(kept) is FIELDS[name].kind or kept is None


def test_now_is_resolved_by_simulate() -> None:
    before = datetime.now(UTC)
    run = simulate(users=1, epoch="now", seed=1)
    after = datetime.now(UTC)
    epoch = datetime.fromisoformat(run.scenario.epoch)
    assert before.timestamp() - 0.001 <= epoch.timestamp() <= after.timestamp()
    assert run.status(0)["operation"]["ts"] == run.scenario.epoch


def test_an_end_after_the_calendar_is_refused() -> None:
    with pytest.raises(ScenarioError, match="before the year 9999"):
        simulate(users=1000, users_per_s=1e-9, seed=1)
    run = simulate(users=1, users_per_s=1e-9, latency_cv=0, seed=1)
    assert run.status(1e10)["operation"]["_updatedAt"].startswith("2048-")


def test_every_locale_is_one() -> None:
    assert "en_US" in locales()
    assert len(locales()) > 50
    assert Scenario(locale="ja_JP").locale == "ja_JP"


# values --------------------------------------------------------------------------------------------------


def test_frozen() -> None:
    scenario = Scenario()
    with pytest.raises(dataclasses.FrozenInstanceError):
        scenario.users = 3  # type: ignore[misc]
    with pytest.raises((AttributeError, TypeError)):
        scenario.more = 3  # type: ignore[attr-defined]
    assert not hasattr(scenario, "__dict__")


@given(scenarios())
def test_equal_when_they_say_the_same(scenario: Scenario) -> None:
    twin = Scenario(**scenario.to_dict())
    assert twin == scenario
    assert hash(twin) == hash(scenario)
    assert len({twin, scenario}) == 1
    assert pickle.loads(pickle.dumps(scenario)) == scenario  # noqa: S301 - our own
    assert scenario.replace() == dataclasses.replace(scenario) == copy.deepcopy(scenario) == scenario
    assert scenario.replace(users=scenario.users + 1) != scenario


@given(scenarios())
def test_what_it_shows_makes_it_again(scenario: Scenario) -> None:
    assert eval(repr(scenario), {"Scenario": Scenario}) == scenario  # noqa: S307 - our own
    assert scenario == Scenario(**scenario.changed())


@given(scenarios(max_users=20), st.integers(0, 99))
def test_what_a_run_shows_makes_it_again(scenario: Scenario, seed: int) -> None:
    run = simulate(scenario, seed=seed)
    again: Run = eval(run.code, {"simulate": simulate})  # noqa: S307 - our own
    assert (again.scenario, again.seed) == (run.scenario, run.seed)
    cut = run.cancel(3.25)
    assert eval(cut.code, {"simulate": simulate}).clear_us == cut.clear_us  # noqa: S307 - our own
    assert cut.code in repr(cut)


@given(scenarios())
def test_to_a_dict_and_back(scenario: Scenario) -> None:
    assert list(scenario.to_dict()) == list(FIELDS)
    assert Scenario.from_dict(scenario.to_dict()) == scenario
    assert Scenario.from_dict(scenario.changed()) == scenario
    scenario.to_dict().clear()
    assert Scenario.from_dict({}) == Scenario()


# files -----------------------------------------------------------------------------------------------------


@overwriting
@given(scenario=scenarios())
@pytest.mark.parametrize("name", ["s.toml", "s.json", "s.JSON", "s"])
def test_to_a_file_and_back(tmp_path: Path, name: str, scenario: Scenario) -> None:
    path = scenario.save(tmp_path / name)
    assert path == tmp_path / name
    assert Scenario.load(path) == scenario
    assert Scenario.load(str(path)) == scenario
    text = path.read_text(encoding="utf-8")
    assert text.startswith("{") == (path.suffix.lower() == ".json")
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_what_is_none_is_absent_from_toml(tmp_path: Path) -> None:
    text = Scenario(cancel_at=0.5).save(tmp_path / "s.toml").read_text()
    assert "cancel_at = 0.5" in text
    assert "crash_at" not in text
    assert json.loads(Scenario().save(tmp_path / "s.json").read_text())["crash_at"] is None


def test_a_date_of_toml_is_an_epoch(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text("epoch = 2024-01-01T00:00:00+02:00\n")
    assert Scenario.load(path).epoch == "2023-12-31T22:00:00.000Z"


def test_a_byte_order_mark_is_no_matter(tmp_path: Path) -> None:
    for name, text in (("s.toml", "users = 5\n"), ("s.json", '{"users": 5}')):
        (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + text.encode())
        assert Scenario.load(tmp_path / name) == Scenario(users=5)


def test_an_empty_toml_is_the_default(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text("# nothing said\n")
    assert Scenario.load(tmp_path / "s.toml") == Scenario()


BAD_FILES = [
    ("s.json", b"", "Expecting value"),
    ("s.json", b'{"users": 5', "line 1"),
    ("s.json", b'{"users": 5}\n}', "line 2"),
    ("s.json", b"[1, 2]", "a mapping of field names"),
    ("s.json", b"3", "a mapping of field names"),
    ("s.json", b"null", "a mapping of field names"),
    ("s.json", b"[" * 100_000, "Reason: "),
    ("s.json", '{"users": 5}'.encode("utf-16"), "UTF-16"),
    ("s.toml", "users = 5".encode("utf-16"), "UTF-16"),
    ("s.toml", b"users = 5\n# caf\xe9\n", "line 2: byte 0xe9 is not UTF-8"),
    ("s.toml", b"users = \n", "line 1"),
    ("s.toml", b"users = 5\nusers = 6\n", "line 2"),
    ("s.toml", b'{"users": 5}', "line 1"),
    ("s.toml", b"users = 5\n[more]\nx = 1\n", "the field 'more'"),
    ("s.toml", b"PK\x03\x04\x00\x00", "Reason: "),
    ("s.toml", b"failure_rate = 1.5\n", "failure_rate is 1.5; allowed: a number from 0 to 1"),
    ("s.toml", b"failure_rate = nan\n", "failure_rate is nan"),
    ("s.json", b'{"failure_rate": NaN}', "failure_rate is nan"),
    ("s.json", b'{"users": "5"}', "users is '5'"),
    ("s.json", b'{"users": null}', "users is None"),
    ("s.toml", b"failure_rat = 0.5\n", "Did you mean 'failure_rate'?"),
    ("s.toml", b'locale = "de-DE"\n', "Did you mean 'de_DE'?"),
    ("s.toml", b"epoch = 12:00:00\n", "epoch is "),
]


@pytest.mark.parametrize(("name", "content", "problem"), BAD_FILES, ids=range(len(BAD_FILES)))
def test_bad_files(tmp_path: Path, name: str, content: bytes, problem: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ScenarioError) as caught:
        Scenario.load(path)
    assert str(path) in str(caught.value)
    assert problem in str(caught.value)
    assert len(str(caught.value)) < 700


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="there is no such file"):
        Scenario.load(tmp_path / "none.toml")
    with pytest.raises(ScenarioError, match="this is a folder, not a file"):
        Scenario.load(tmp_path)


def test_a_failing_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = Scenario(users=5).save(tmp_path / "s.toml")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="No space left"):
        Scenario(users=6).save(path)
    monkeypatch.undo()
    assert Scenario.load(path).users == 5
    assert [entry.name for entry in tmp_path.iterdir()] == ["s.toml"]
