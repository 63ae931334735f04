"""Fixture packs: what is in them, that it is what the model and the service say, and that nothing is lost."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simimport import PRESETS, ParameterError, Run, Scenario, Trace, read_trace, simulate, write_fixtures
from simimport.model.dialects import DIALECTS
from simimport.model.run.wire import encoded, nothing
from simimport.testing.fixtures import MANIFEST, Pack, foreign, pack_of
from simimport.testing.traces import SEQUENCE, Recorded
from tests.make_data import DATA, packs
from tests.service.http.clients import Chat, app_of, people

USERS = 130


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def loaded(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def answers_in(folder: Path) -> list[Path]:
    return sorted((folder / "answers").iterdir())


@pytest.fixture
def run() -> Run:
    return simulate(users=USERS, failure_rate=0.2, cancel_rate=1, cancel_at=0.5, seed=4)


# what is in a pack ----------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("preset", ["canceled_midway", "crash_midway", "csv_upload", "empty", "one_user"])
def test_every_distinct_answer_is_there_in_order(tmp_path: Path, preset: str, dialect: str) -> None:
    manifest = write_fixtures(preset, tmp_path / "pack", dialect=dialect, seed=9)
    bodies = [body for _, body in simulate(PRESETS[preset], seed=9).responses(dialect=dialect)]
    files = answers_in(tmp_path / "pack")
    # as text: in the wire's order of keys, too
    assert [file.read_text(encoding="utf-8") for file in files] == [
        json.dumps(body, indent=2) + "\n" for body in bodies
    ]
    assert manifest["answers"] == len(files)


def test_names_say_what_is_inside(tmp_path: Path) -> None:
    write_fixtures(Scenario(users=12_060, batch_size=4000, failure_rate=0), tmp_path / "pack")
    assert [path.name for path in answers_in(tmp_path / "pack")] == [
        "0001-new.json",
        "0002-ready-total-12060.json",
        "0003-importing-started-completed-00000-error-00000.json",
        "0004-importing-completed-00000-error-00000.json",
        "0005-importing-completed-04000-error-00000.json",
        "0006-importing-completed-08000-error-00000.json",
        "0007-importing-completed-12000-error-00000.json",
        "0008-importing-channels-completed-12060-error-00000.json",
        "0009-importing-messages-completed-12060-error-00000.json",
        "0010-importing-finishing-completed-12060-error-00000.json",
        "0011-done-completed-12060-error-00000.json",
    ]


def test_names_tell_the_steps_of_a_csv_import_and_counters_only_where_there_are_any(tmp_path: Path) -> None:
    write_fixtures("csv_upload", tmp_path / "pack", dialect="server-8.3")
    assert [path.stem for path in answers_in(tmp_path / "pack")][:8] == [
        "0001-new", "0002-loading-uploading", "0003-loading-file-loaded", "0004-loading-preparing-users",
        "0005-ready-total-1000", "0006-importing-started", "0007-importing",
        "0008-importing-completed-0049-error-0001",
    ]  # fmt: skip


def test_each_state_that_is_reached_has_its_most_telling_answer(tmp_path: Path) -> None:
    manifest = write_fixtures("canceled_midway", tmp_path / "pack")
    assert list(manifest["states"]) == ["none", "new", "ready", "importing", "canceled"]
    assert {path.stem for path in (tmp_path / "pack" / "states").iterdir()} == set(manifest["states"])
    assert loaded(tmp_path / "pack" / "states" / "none.json") == nothing(DIALECTS["docs"])
    for state, name in manifest["states"].items():
        body = loaded(tmp_path / "pack" / "states" / f"{state}.json")
        assert body["state"] == state
        assert name is None or body == loaded(tmp_path / "pack" / "answers" / f"{name}.json")
    halfway = loaded(tmp_path / "pack" / "states" / "importing.json")["operation"]["count"]
    assert 400 <= halfway["completed"] <= 600


def test_an_end_is_shown_by_its_last_answer(tmp_path: Path) -> None:
    # a canceled import of a server reads error, and walks on to done
    run = simulate(users=200, cancel_rate=1, cancel_at=0.2, seed=1)
    manifest = write_fixtures(run, tmp_path / "pack", dialect="server-6.3")
    assert manifest["final"] == "done"
    assert loaded(tmp_path / "pack" / "states" / "done.json") == run.status(1e6, dialect="server-6.3")
    assert "error" in manifest["states"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_sequence_is_the_timed_answers(tmp_path: Path, run: Run, dialect: str) -> None:
    write_fixtures(run, tmp_path / "pack", dialect=dialect)
    trace = Trace(run.responses(dialect=dialect))
    assert read_trace(tmp_path / "pack") == trace
    assert [answer.body for answer in read_trace(tmp_path / "pack" / "answers")] == [
        answer.body for answer in trace
    ]


def test_the_manifest_says_how_to_make_the_same_run(tmp_path: Path, run: Run) -> None:
    manifest = write_fixtures(run, tmp_path / "pack")
    assert manifest == loaded(tmp_path / "pack" / MANIFEST)
    assert (manifest["source"], manifest["seed"], manifest["dialect"]) == ("run", 4, "docs")
    assert Scenario.from_dict(manifest["scenario"]) == run.scenario
    assert manifest["versions"] == dict(run.versions)
    again = eval(manifest["code"], {"simulate": simulate})  # noqa: S307 - our own line
    assert list(again.responses()) == list(run.responses())


def test_the_manifest_of_a_cut_or_branched_run_names_its_parents(tmp_path: Path) -> None:
    run = simulate(users=300, seed=1).branch(9, seed=2, failure_rate=0.5).cancel(11)
    manifest = write_fixtures(run, tmp_path / "pack")
    assert manifest["code"] == run.code
    assert manifest["parent"]["parent"]["code"] == "simulate(users=300, seed=1)"


def test_every_file_has_its_checksum(tmp_path: Path, run: Run) -> None:
    manifest = write_fixtures(run, tmp_path / "pack", formats=("json", "wiremock"))
    files = contents(tmp_path / "pack")
    del files[MANIFEST]
    assert manifest["files"] == {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files)}


def test_a_scenario_takes_the_seed_that_is_given_and_0_unless_one_is(tmp_path: Path) -> None:
    scenario = Scenario(users=USERS)
    assert write_fixtures(scenario, tmp_path / "a")["code"] == f"simulate(users={USERS}, seed=0)"
    assert write_fixtures(scenario, tmp_path / "b", seed=3)["seed"] == 3
    assert write_fixtures("one_user", tmp_path / "c")["preset"] == "one_user"


# refusals -------------------------------------------------------------------------------------------


def provoked(dialect: str) -> Iterator[tuple[str, Any]]:
    """Yield what the service answers when each refusal is brought about, in order."""
    app = app_of(dialect)
    boss, guest, limited = Chat(app), Chat(app, "guest"), Chat(app, "limited")
    good = people(2)
    yield "not-initialized", boss.call("import.addUsers", json=good)
    yield "operation-not-found", boss.call("import.run")
    yield "no-progress", boss.call("getImportProgress")
    boss.call("import.new")
    yield "invalid-status", boss.call("import.run")
    yield "invalid-params", boss.call("import.addUsers", json={})
    yield "missing-data", boss.call("import.addUsers", json={"users": [{"emails": [], "importIds": ["1"]}]})
    roles = {"users": [{**good["users"][0], "roles": ["nobody-knows"]}]}
    yield "invalid-roles", boss.call("import.addUsers", json=roles)
    boss.call("import.addUsers", json=good)
    for _ in range(10):
        limited.call("import.status")
    yield "too-many-requests", limited.call("import.status")
    boss.call("import.run")
    yield "no-new-data", boss.call("import.addUsers", json=good)
    app.service.run_until("done")
    yield "already-finished", boss.call("import.addUsers", json=good)
    yield "unauthorized", Chat(app, None).call("import.status")
    yield "forbidden", guest.call("importers.list") if dialect == "server-8.3" else _unlimited(app)
    yield "bad-login", boss.ask("POST", "/api/v1/login", json={"user": "boss", "password": "no"})
    yield "wrong-method", boss.ask("POST", "/api/v1/import.status")
    yield "unknown-path", boss.ask("GET", "/api/v1/import.nothing")


def _unlimited(app: Any) -> Any:
    # elsewhere the rate limit is looked at first, and tells its headers
    return Chat(app, "fast-guest").call("importers.list")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_refusals_are_those_of_the_service(tmp_path: Path, dialect: str) -> None:
    manifest = write_fixtures("one_user", tmp_path / "pack", dialect=dialect)
    files = {path.stem: loaded(path) for path in (tmp_path / "pack" / "errors").iterdir()}
    served = {f"{reply.status_code}-{name}": reply for name, reply in provoked(dialect)}
    assert set(files) == set(served) == set(manifest["errors"])
    for name, reply in served.items():
        said = files[name]
        headers = {key: value for key, value in reply.headers.items() if key != "content-length"}
        assert (said["http_status"], said["headers"]) == (reply.status_code, headers), name
        body = said["body"]
        assert (body.encode() if isinstance(body, str) else encoded(body)) == reply.content, name


# traces ---------------------------------------------------------------------------------------------


def test_a_trace_keeps_its_faults_and_leaves_out_what_is_said_again(tmp_path: Path) -> None:
    body = simulate(users=60, seed=1).status(8)
    trace = Trace([
        (0, 200, body), (5, 200, body), (10, 503, {"error": "busy"}), (15, 502, "<html>"), (20, 0, None),
        (25, 200, body), (30, 200, {"success": True}), (35, 200, "cut"),
    ])  # fmt: skip
    manifest = write_fixtures(trace, tmp_path / "pack")
    assert [path.name for path in answers_in(tmp_path / "pack")] == [
        "0001-importing-completed-0000-error-0000.json", "0002-http-503.json", "0003-http-502.json",
        "0004-no-answer.json", "0005-importing-completed-0000-error-0000.json", "0006-http-200.json",
        "0007-http-200.json",
    ]  # fmt: skip
    kept = Trace([trace[place] for place in (0, 2, 3, 4, 5, 6, 7)])
    assert read_trace(tmp_path / "pack") == kept
    whole = {"at_s": 10.0, "http_status": 503, "body": {"error": "busy"}}
    assert loaded(tmp_path / "pack" / "answers" / "0002-http-503.json") == whole
    assert [answer.body for answer in read_trace(tmp_path / "pack" / "answers")] == [
        answer.body for answer in kept
    ]
    assert (manifest["source"], manifest["seed"], manifest["final"]) == ("trace", None, "importing")
    assert list(manifest["states"]) == ["importing"]


def test_a_trace_of_a_server_gets_a_servers_refusals(tmp_path: Path, run: Run) -> None:
    trace = Trace(run.responses(dialect="server-7.4"))
    assert write_fixtures(trace, tmp_path / "a")["dialect"] == "server-8.3"
    assert write_fixtures(trace, tmp_path / "b", dialect="server-7.4")["dialect"] == "server-7.4"
    assert "success" in loaded(tmp_path / "a" / "errors" / "401-unauthorized.json")["body"]


def test_1_and_true_are_not_the_same_answer(tmp_path: Path) -> None:
    one, true = {"state": "done", "valid": 1}, {"state": "done", "valid": True}
    bodies = [one, true, {"valid": True, "state": "done"}]
    manifest = write_fixtures(Trace(enumerate(bodies)), tmp_path / "pack")
    assert manifest["answers"] == 3


@pytest.mark.parametrize(
    ("state", "count", "name"),
    [
        ("../../etc/passwd", {}, "0001-etc-passwd"),
        ("Done", {}, "0001-done"),
        ("\ud800", {}, "0001-other"),
        ("x" * 300, {}, f"0001-{'x' * 40}"),
        ("done", {"completed": True, "error": -1}, "0001-done"),
        ("done", {"completed": 10**30, "error": 2.5}, "0001-done"),
        ("done", {"completed": "7", "error": 8}, "0001-done-error-0008"),
        ("done", [1], "0001-done"),
    ],
)
def test_what_a_broken_server_says_makes_no_bad_name(
    tmp_path: Path, state: str, count: Any, name: str
) -> None:
    body = {"state": state, "operation": {"status": [], "count": count}}
    write_fixtures(Trace([(0, body)]), tmp_path / "pack")
    file, = answers_in(tmp_path / "pack")
    assert file.stem == name
    assert loaded(file) == body
    assert read_trace(tmp_path / "pack")[0].body == body


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
BODIES = JSON | st.fixed_dictionaries({
    "state": st.sampled_from(["none", "new", "importing", "done", "x/y"]) | st.text(),
    "operation": JSON | st.fixed_dictionaries({"count": JSON, "status": JSON, "ts": JSON}),
})  # fmt: skip


ANSWERS = st.tuples(st.floats(-1e9, 1e9), st.sampled_from([200, 503, 0]), BODIES)


@given(st.lists(ANSWERS, min_size=1, max_size=5))
def test_a_pack_of_any_trace_is_whole_and_says_the_same(answers: list[Any]) -> None:
    trace = Trace(answers)
    pack = pack_of(trace, dialect="docs", formats=("json", "wiremock"))
    lines = pack.files[SEQUENCE].splitlines()
    told = [Recorded(*json.loads(line).values()) for line in lines]
    files = [name for name in pack.files if name.startswith("answers/")]
    assert len(files) == len(told) == pack.manifest["answers"]
    assert files == sorted(files)
    kept = [answer for place, answer in enumerate(trace)
            if not place or said(answer) != said(trace[place - 1])]  # fmt: skip
    assert [(a.at_s, said(a)) for a in told] == [(a.at_s, said(a)) for a in kept]
    for name, answer in zip(files, kept, strict=True):
        content = json.loads(pack.files[name])
        assert json.dumps(content if answer.state is not None else content["body"]) == json.dumps(answer.body)


def said(answer: Recorded) -> str:
    return json.dumps([answer.http_status, answer.body])


# writing --------------------------------------------------------------------------------------------


def test_written_again_it_is_the_same_to_the_byte(tmp_path: Path, run: Run) -> None:
    formats = ("wiremock", "json")
    write_fixtures(run, tmp_path / "a", formats=formats)
    first = contents(tmp_path / "a")
    write_fixtures(run, tmp_path / "a", formats=formats[::-1], replace=True)
    write_fixtures(run.scenario, tmp_path / "b", seed=run.seed, formats=formats)
    assert contents(tmp_path / "a") == first
    second = contents(tmp_path / "b")
    assert {name for name in first if first[name] != second[name]} == {MANIFEST}
    assert loaded(tmp_path / "b" / MANIFEST)["source"] == "scenario"


def test_a_pack_is_replaced_only_when_asked_and_then_as_a_whole(tmp_path: Path) -> None:
    write_fixtures("exact_batch", tmp_path / "pack", formats=("json", "wiremock"))
    before = contents(tmp_path / "pack")
    with pytest.raises(ParameterError, match="new or empty; replace=True replaces an earlier pack"):
        write_fixtures("one_user", tmp_path / "pack")
    assert contents(tmp_path / "pack") == before
    write_fixtures("one_user", tmp_path / "pack", replace=True)
    write_fixtures("one_user", tmp_path / "other")
    assert contents(tmp_path / "pack") == contents(tmp_path / "other")


@pytest.mark.parametrize("strange", ["notes.txt", "answers/mine.json", "empty-folder/", "states/.hidden"])
def test_a_folder_with_anything_else_in_it_is_never_replaced(tmp_path: Path, strange: str) -> None:
    write_fixtures("one_user", tmp_path / "pack")
    if strange.endswith("/"):
        (tmp_path / "pack" / strange).mkdir()
    else:
        (tmp_path / "pack" / strange).write_text("mine", encoding="utf-8")
    before = contents(tmp_path / "pack")
    with pytest.raises(ParameterError, match=f"such as {strange.strip('/')}"):
        write_fixtures("one_user", tmp_path / "pack", replace=True)
    assert contents(tmp_path / "pack") == before


@pytest.mark.parametrize(
    "manifest", ["", "{", "[]", "{}", '{"layout": "1", "files": {}}', '{"layout": 1, "files": 3}', "[" * 9999]
)
def test_a_manifest_that_is_none_of_ours_protects_the_folder(tmp_path: Path, manifest: str) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / MANIFEST).write_text(manifest, encoding="utf-8")
    assert foreign(folder) == MANIFEST
    with pytest.raises(ParameterError, match="holds other things"):
        write_fixtures("one_user", folder, replace=True)
    assert contents(folder) == {MANIFEST: manifest.encode()}


def test_what_fails_halfway_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_fixtures("one_user", tmp_path / "pack")
    before = contents(tmp_path)
    write = Pack.write

    def full(pack: Pack, folder: Path) -> None:
        write(pack, folder)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Pack, "write", full)
    with pytest.raises(OSError, match="No space"):
        write_fixtures("exact_batch", tmp_path / "pack", replace=True)
    assert contents(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["pack"]


@pytest.mark.parametrize(
    ("source", "given", "message"),
    [
        (7, {}, "source is 7; allowed: a Run, a Trace, a Scenario or the name of a preset"),
        ("stals_at_99", {}, "Did you mean 'stalls_at_99'"),
        ("one_user", {"dialect": "doc"}, "dialect is 'doc'"),
        ("one_user", {"formats": ("jsn",)}, r"'jsn'; allowed: json, wiremock\. Did you mean 'json'"),
        ("one_user", {"formats": "json"}, "formats is 'json'; allowed: some of json, wiremock"),
        ("one_user", {"formats": ()}, "allowed: some of json, wiremock"),
        ("one_user", {"seed": -1}, "seed is -1"),
        (simulate(users=1, seed=1), {"seed": 2}, "the run that is given has its own"),
        (Trace([(0, {"state": "none"})]), {"seed": 2}, "the trace that is given has its own"),
        (Trace([]), {}, "a trace with answers in it"),
        (Trace([(3, {"state": "none", "x": math.nan})]), {}, "answer at 3 s: body is .*what JSON can say"),
        (Trace([(3, {"state": "none", "x": {1, 2}})]), {}, "what JSON can say"),
    ],
)  # fmt: skip
def test_what_cannot_be_written_is_refused_and_nothing_is_written(
    tmp_path: Path, source: Any, given: dict[str, Any], message: str
) -> None:
    with pytest.raises(ParameterError, match=message):
        write_fixtures(source, tmp_path / "pack", **given)
    assert list(tmp_path.iterdir()) == []


def test_bodies_that_are_nested_without_end_are_refused(tmp_path: Path) -> None:
    body: Any = {}
    for _ in range(5000):
        body = {"state": body}
    with pytest.raises(ParameterError, match=r"nested so deeply|what JSON can say"):
        write_fixtures(Trace([(0, body)]), tmp_path / "pack")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_inside_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="inside one that exists"):
        write_fixtures("one_user", tmp_path / "no" / "pack")


# the packs of the repository ------------------------------------------------------------------------


def test_data_has_the_packs_that_the_code_makes() -> None:
    made, there = packs(), contents(DATA / "fixtures")
    assert set(there) == set(made), "run: python -m tests.make_data"
    for name in made:
        if name.endswith("/" + MANIFEST):
            # which versions made it is a fact about whoever made it last
            told, ours = json.loads(there[name]), json.loads(made[name])
            assert told.pop("versions").keys() == ours.pop("versions").keys()
            assert told == ours, f"{name}: run: python -m tests.make_data"
        else:
            assert there[name] == made[name], f"{name}: run: python -m tests.make_data"


def test_the_pages_example_is_in_the_repository() -> None:
    body = loaded(DATA / "fixtures" / "page_example" / "answers" / "0001-ready-total-8000.json")
    count = {"total": 8000, "users": 8000, "messages": 0, "channels": 0, "completed": 0, "error": 0}
    assert (body["state"], body["operation"]["count"]) == ("ready", count)
    assert body["operation"]["_updatedAt"] == body["operation"]["ts"] == "2016-09-13T14:57:56.037Z"
