"""WireMock mappings: the chain that they make, and what WireMock itself answers when it is given them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from simimport import PRESETS, Trace, simulate, write_fixtures
from simimport.model.dialects import DIALECTS
from simimport.model.run.wire import encoded

HEADERS = {"X-Auth-Token": "any", "X-User-Id": "one"}
URL = "/api/v1/import.status"
START_S = 60.0


def loaded(folder: Path) -> list[dict[str, Any]]:
    file = folder / "wiremock" / "mappings" / "import.status.json"
    found: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["mappings"]
    return found


# the mappings themselves ----------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_scenario_goes_from_the_first_answer_to_the_last(tmp_path: Path, dialect: str) -> None:
    write_fixtures("canceled_midway", tmp_path / "pack", dialect=dialect, formats=("wiremock",))
    waiting = {told["requiredScenarioState"]: told for told in loaded(tmp_path / "pack")
               if "scenarioName" in told}  # fmt: skip
    state, bodies = "Started", []
    for _ in range(len(waiting)):
        told = waiting[state]
        bodies.append(told["response"]["jsonBody"])
        state = told.get("newScenarioState", state)
    assert "newScenarioState" not in waiting[state]
    run = simulate(PRESETS["canceled_midway"], seed=0)
    assert bodies == [body for _, body in run.responses(dialect=dialect)]


def test_without_json_a_pack_has_the_mappings_and_the_manifest(tmp_path: Path) -> None:
    manifest = write_fixtures("one_user", tmp_path / "pack", formats=("wiremock",))
    assert {path.name for path in (tmp_path / "pack").iterdir()} == {"manifest.json", "wiremock"}
    assert manifest["formats"] == ["wiremock"]
    assert list(manifest["files"]) == ["wiremock/mappings/import.status.json"]
    assert "states" not in manifest


@pytest.mark.parametrize(("dialect", "status"), [("docs", 405), ("server-8.3", 404)])
def test_refusals_come_after_the_answers(tmp_path: Path, dialect: str, status: int) -> None:
    write_fixtures("one_user", tmp_path / "pack", dialect=dialect, formats=("wiremock",))
    told = sorted(loaded(tmp_path / "pack"), key=lambda mapping: mapping["priority"])
    assert [each["response"]["status"] for each in told[-2:]] == [401, status]
    assert [each["request"]["method"] for each in told[-2:]] == ["GET", "ANY"]
    assert {each["priority"] for each in told[:-2]} == {5}


# WireMock itself ------------------------------------------------------------------------------------


def found(program: str) -> str:
    path = shutil.which(program)
    assert path, f"{program} is missing: the proof of the mappings wants Java 11 or later, and npm"
    return path


@pytest.fixture(scope="module")
def jar(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return WireMock's jar, out of its npm package."""
    folder = tmp_path_factory.mktemp("npm")
    words = [found("npm"), "install", "--no-audit", "--no-fund", "--ignore-scripts", "wiremock@3"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, f"npm cannot install the package wiremock:\n{done.stderr}"
    jars = list(folder.glob("node_modules/wiremock/**/*.jar"))
    assert len(jars) == 1, f"the npm package wiremock should have one jar, and has {jars}"
    return jars[0]


@contextmanager
def wiremock(jar: Path, root: Path) -> Iterator[httpx.Client]:
    """Return a client of a WireMock that serves a folder, at a port that it finds itself."""
    words = [found("java"), "-jar", str(jar), "--port", "0", "--bind-address", "127.0.0.1"]
    process = subprocess.Popen(
        [*words, "--root-dir", str(root)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    watch = threading.Timer(START_S, process.kill)
    watch.start()
    try:
        assert process.stdout is not None
        lines, port = [], None
        for line in process.stdout:
            lines.append(line)
            port = port or re.match(r"port:\s+(\d+)", line)
            # the last of what it says when it is ready
            if line.startswith("extensions:"):
                break
        assert port, f"WireMock did not start:\n{''.join(lines)}"
        with httpx.Client(base_url=f"http://127.0.0.1:{port[1]}", headers=HEADERS, trust_env=False) as client:
            yield client
    finally:
        watch.cancel()
        process.kill()
        process.communicate()


@pytest.mark.long
@pytest.mark.parametrize(
    ("preset", "dialect"),
    [("stalls_at_99", "docs"), ("canceled_midway", "server-6.3"), ("crash_midway", "server-8.3")],
)
def test_wiremock_answers_a_poller_as_the_service_would(
    jar: Path, tmp_path: Path, preset: str, dialect: str
) -> None:
    write_fixtures(preset, tmp_path / "pack", dialect=dialect, formats=("json", "wiremock"))
    told = {path.stem: json.loads(path.read_text(encoding="utf-8"))
            for path in (tmp_path / "pack" / "errors").iterdir()}  # fmt: skip
    bodies = [encoded(body) for _, body in simulate(PRESETS[preset], seed=0).responses(dialect=dialect)]
    assert len(bodies) > 20
    with wiremock(jar, tmp_path / "pack" / "wiremock") as client:
        same_refusal(httpx.get(client.base_url.join(URL), trust_env=False), told["401-unauthorized"])
        other = next(told[name] for name in told if name.endswith("wrong-method"))
        same_refusal(client.post(URL, json={}), other)
        # refusals did not move it on; the last answer stays
        for body in [*bodies, bodies[-1], bodies[-1]]:
            reply = client.get(URL)
            assert (reply.status_code, reply.content) == (200, body)
            assert reply.headers["content-type"] == "application/json"
            assert reply.headers.get("cache-control") == ("no-store" if dialect == "server-8.3" else None)
        assert client.post("/__admin/scenarios/reset").status_code == 200
        assert client.get(URL).content == bodies[0]


def same_refusal(reply: httpx.Response, told: dict[str, Any]) -> None:
    body = told["body"]
    assert reply.status_code == told["http_status"]
    assert reply.content == (body.encode() if isinstance(body, str) else encoded(body))
    assert {name: reply.headers[name] for name in told["headers"]} == told["headers"]


@pytest.mark.long
def test_wiremock_plays_the_faults_of_a_trace(jar: Path, tmp_path: Path) -> None:
    body = simulate(users=60, seed=1).status(8)
    odd = {"state": "importing", "operation": {"note": "Zoë ✓ 日本 \u2028 \" \\ </p>", "x": [1.5, None, {}]}}
    trace = Trace([(0, body), (5, 503, {"error": "busy"}), (10, 502, "<html>{{now}}</html>"), (15, 0, None),
                   (20, 200, "cut {"), (25, 200, [1, 2]), (30, 200, None), (35, odd)])  # fmt: skip
    write_fixtures(trace, tmp_path / "pack", formats=("wiremock",))
    with wiremock(jar, tmp_path / "pack" / "wiremock") as client:
        for answer in trace:
            if answer.http_status == 0:
                with pytest.raises(httpx.TransportError):
                    client.get(URL)
                continue
            reply = client.get(URL)
            raw = answer.body.encode() if isinstance(answer.body, str) else encoded(answer.body)
            assert (reply.status_code, reply.content) == (answer.http_status, raw)
