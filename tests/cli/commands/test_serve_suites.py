"""`simimport serve` for test suites in any language: its line of JSON, the environment, and how it ends."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from simimport import Scenario
from simimport.cli.commands.serve import serve
from simimport.model.scenario import FIELDS
from tests.cli.command import call

SERVE = [sys.executable, "-m", "simimport", "serve"]
POSIX = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
LIMIT_S = 30.0


@contextmanager
def started(
    *words: str, command: Sequence[str] = SERVE, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Start a command that serves; what hangs is killed."""
    with subprocess.Popen(
        [*command, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})}, start_new_session=True,
    ) as process:  # fmt: skip
        watch = threading.Timer(LIMIT_S, os.killpg, (process.pid, signal.SIGKILL))
        watch.start()
        try:
            yield process
        finally:
            watch.cancel()
            process.kill()


def ready(process: subprocess.Popen[str]) -> Any:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.communicate()[1]
    return json.loads(line)


def asked(facts: Any, path: str = "/api/v1/import.status") -> Any:
    return httpx.get(facts["url"] + path, headers=facts["headers"], trust_env=False).json()


def test_one_line_tells_all_that_a_suite_needs() -> None:
    with started("--json", "--seed", "5", "--dialect", "server-7.4", "--clock", "manual") as process:
        facts = ready(process)
        assert list(facts) == ["url", "headers", "user_id", "token", "seed", "dialect", "pid", "control"]
        assert (facts["seed"], facts["dialect"], facts["pid"]) == (5, "server-7.4", process.pid)
        assert facts["headers"] == {"X-User-Id": facts["user_id"], "X-Auth-Token": facts["token"]}
        assert asked(facts)["state"] == "none"
        steered = httpx.get(facts["control"] + "/health", headers=facts["headers"], trust_env=False)
        assert steered.json()["seed"] == 5
        process.terminate()
        out, err = process.communicate()
    assert (process.returncode, out) == (0, "")
    assert "GET  /api/v1/import.status" in err


def test_a_seed_that_was_drawn_is_told_and_a_control_plane_that_is_none() -> None:
    with started("--json", "--no-control", "--quiet") as process:
        facts = ready(process)
        assert isinstance(facts["seed"], int)
        assert facts["control"] is None


def test_every_option_comes_from_the_environment() -> None:
    from_outside = {
        "SIMIMPORT_JSON": "1", "SIMIMPORT_CLOCK": "manual", "SIMIMPORT_SEED": "7",
        "SIMIMPORT_PRESET": "one_user", "SIMIMPORT_TOKEN": "mine",
        "SIMIMPORT_FAULTS": '[{"kind": "503", "at_poll": 2}]',
        "SIMIMPORT_ALLOW_HOST": "a.local b.local", "SIMIMPORT_FAILURE_RATE": "1", "SIMIMPORT_QUIET": "true",
    }  # fmt: skip
    with started("--seed", "8", environment=from_outside) as process:
        facts = ready(process)
        # what is typed counts
        assert (facts["seed"], facts["token"]) == (8, "mine")
        scenario = Scenario.from_dict(asked(facts, "/_simimport/scenario"))
        assert (scenario.users, scenario.failure_rate) == (1, 1.0)
        headers = {**facts["headers"], "Host": "b.local"}
        statuses = [
            httpx.get(facts["url"] + "/api/v1/import.status", headers=headers, trust_env=False).status_code
            for _ in range(2)
        ]
        assert statuses == [200, 503]


def test_the_help_says_so() -> None:
    text = " ".join(call("serve", "--help").out.split())
    assert "Every option can come from the environment, too: --max-body from SIMIMPORT_MAX_BODY" in text
    assert {param.name for param in serve.params} >= {"as_json", "exit_with_parent", *FIELDS} - {
        "new_s", "loading_s", "ready_s"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("SIMIMPORT_PORT", "99999", "port is 99999"),
        ("SIMIMPORT_PRESET", "calmm", "Did you mean 'calm'?"),
        ("SIMIMPORT_USERS", "-1", "users is -1"),
        ("SIMIMPORT_JSON", "maybe", "'maybe' is not a valid boolean"),
        ("SIMIMPORT_FAULTS", "[1", "a list in JSON"),
        ("SIMIMPORT_FAULTS", '[{"kind": "fire", "every": 1}]', "kind is 'fire'"),
    ],
)
def test_what_is_wrong_in_the_environment_is_refused(name: str, value: str, message: str) -> None:
    environment: Any = {name: value}
    printed = call("serve", **environment)
    assert (printed.code, printed.out) == (2, "")
    assert message in printed.err


@pytest.fixture
def without_nohup() -> Iterator[None]:
    """Have commands hear SIGHUP, also where the tests themselves were told to be deaf to it."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@POSIX
@pytest.mark.usefixtures("without_nohup")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_a_polite_end_is_a_clean_one(name: str) -> None:
    with started("--json") as process:
        ready(process)
        process.send_signal(signal.Signals[name])
        assert "ended after 0 calls" in process.communicate()[1]
    assert process.returncode == 0


@POSIX
@pytest.mark.usefixtures("without_nohup")
def test_a_terminal_that_is_closed_ends_it_cleanly() -> None:
    leader, follower = os.openpty()
    script = "import os, sys; os.setsid(); os.close(os.open(os.ttyname(2), os.O_RDWR)); "
    command = [sys.executable, "-c", script + "os.execv(sys.argv[1], sys.argv[1:])", *SERVE, "--json"]
    with subprocess.Popen(
        command, stdin=follower, stdout=subprocess.PIPE, stderr=follower, text=True
    ) as process:
        os.close(follower)
        watch = threading.Timer(LIMIT_S, process.kill)
        watch.start()
        ready(process)
        # its terminal's end is told by SIGHUP, and whatever it says from then on fails
        os.close(leader)
        assert process.wait() == 0
        watch.cancel()


@POSIX
def test_nohup_holds() -> None:
    script = f'trap "" HUP; exec {shlex.join(SERVE)} "$@"'
    with started("--json", command=["sh", "-c", script, "sh"]) as process:
        facts = ready(process)
        process.send_signal(signal.SIGHUP)
        assert asked(facts)["state"] == "none"
        process.terminate()
        process.communicate()
    assert process.returncode == 0


@POSIX
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_its_parent_however_that_ends(number: int) -> None:
    # a shell that does more than this, so that it does not become it
    script = f'{shlex.join(SERVE)} "$@"; exit 3'
    with started("--json", "--exit-with-parent", command=["sh", "-c", script, "sh"]) as parent:
        facts = ready(parent)
        assert facts["pid"] != parent.pid
        assert asked(facts)["state"] == "none"
        parent.send_signal(number)
        # the pipes are the orphan's, too: they end with it
        assert "ended after 1 call" in parent.communicate()[1]
    with pytest.raises(httpx.ConnectError):
        asked(facts)


def test_where_a_parent_s_end_is_not_told_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simimport.cli.commands.serve._TELLS_PARENTS", False)
    printed = call("serve", "--exit-with-parent")
    assert (printed.code, printed.out) == (2, "")
    assert "--exit-with-parent is for POSIX" in printed.err


@POSIX
def test_who_does_not_read_what_it_says_can_still_ask() -> None:
    with started("--json", "--clock", "manual") as process:
        facts = ready(process)
        with httpx.Client(base_url=facts["url"], headers=facts["headers"], trust_env=False) as client:
            # some thousand lines fill a pipe
            for _ in range(3000):
                assert client.get("/api/v1/import.status").status_code == 200
        process.terminate()
        _, err = process.communicate()
    assert process.returncode == 0
    lines = err.splitlines()
    assert 500 < len(lines) < 3000
    # whole lines only
    assert {len(line.split()) for line in lines if "import.status" in line} == {6}


def test_suites_share_a_server_and_each_has_its_own_import(tmp_path: Path) -> None:
    accounts = {
        name: {"token": f"{name}-token", "permissions": ["run-import", "api-bypass-rate-limit"]}
        for name in ("ann", "ben")
    }
    path = tmp_path / "accounts.json"
    path.write_text(json.dumps(accounts), encoding="utf-8")
    words = ("--json", "--isolate", "--autostart", "--clock", "manual", "--seed", "3")
    with started(*words, "--accounts", str(path)) as process:
        facts = ready(process)
        others = {"X-User-Id": "ben", "X-Auth-Token": "ben-token"}
        assert facts["user_id"] == "ann"
        httpx.post(facts["control"] + "/clock", headers=others, json={"run_until": "done"}, trust_env=False)
        polled = [asked({**facts, "headers": mine})["state"] for mine in (facts["headers"], others)]
        assert polled == ["importing", "done"]
        process.terminate()
        err = process.communicate()[1]
    # each line tells the state that its caller sees
    assert [line.split()[-1] for line in err.splitlines() if " GET " in line] == polled
    assert "ended after" in err
