"""`simimport serve` in a process of its own: what it prints, what it serves, and how it ends."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from simimport import Faults, Scenario
from simimport.cli.faults import faults_given
from simimport.service.http.asgi import MAX_BODY
from tests.cli.command import call

CURL = re.compile(
    r'curl -H "X-Auth-Token: (?P<token>\S+)" \\\n     -H "X-User-Id: (?P<user>\S+)" \\\n'
    r'     -H "Content-type:application/json" \\\n     (?P<url>http://\S+)/api/v1/import\.status\n'
)


class Server:
    """A command that serves."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.process = process
        self.curl = "".join(process.stdout.readline() for _ in range(4))
        found = CURL.fullmatch(self.curl)
        assert found, self.curl + process.communicate()[1]
        self.url, self.token = found["url"], found["token"]
        self.client = httpx.Client(
            base_url=self.url, headers={"X-User-Id": found["user"], "X-Auth-Token": self.token}
        )
        self.out = self.err = ""
        self.code: int | None = None

    def get(self, path: str = "/api/v1/import.status") -> Any:
        return self.client.get(path).json()

    def post(self, path: str, body: Any = None) -> httpx.Response:
        return self.client.post(path, json=body)

    def end(self, number: int = signal.SIGINT) -> None:
        """End it, once; what it had said is in `out` and `err`."""
        if self.code is None:
            self.client.close()
            self.process.send_signal(number)
            self.out, self.err = self.process.communicate(timeout=20)
            self.code = self.process.returncode


@contextmanager
def serving(*words: object, **environment: str) -> Iterator[Server]:
    command = [sys.executable, "-m", "simimport", "serve", *map(str, words)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **environment}
    ) as process:
        try:
            server = Server(process)
            yield server
            server.end()
        finally:
            process.kill()
    assert server.code == 0, server.err
    assert "Traceback" not in server.err


def test_a_first_session() -> None:
    with serving("--seed", 1, "--clock", "poll") as server:
        pasted = subprocess.run(
            ["bash", "-c", server.curl.replace("curl", "curl -sS", 1)], capture_output=True, check=True
        )
        assert json.loads(pasted.stdout) == {"success": True, "state": "none"}
        assert server.get("/api/v1/x") == {"success": False, "error": "Resource not found"}
        server.post("/api/v1/import.new")
        assert server.post("/api/v1/import.run").status_code == 400
        server.client.get(f"/api/v1/import.status?token={server.token}", headers={"X-Auth-Token": "x"})
        assert server.get("/_simimport/health")["clock"] == "PollClock"
        server.end()
        printed = server.err
    assert server.out == ""
    requests = [line.split() for line in printed.splitlines() if "/" in line and "http" not in line]
    assert requests == [
        ["1", "s", "GET", "/api/v1/import.status", "200", "none"],
        ["1", "s", "GET", "/api/v1/x", "404", "none"],
        ["2", "s", "POST", "/api/v1/import.new", "200", "new"],
        ["2", "s", "POST", "/api/v1/import.run", "400", "new"],
        ["2", "s", "GET", "/api/v1/import.status", "401", "new"],
        ["2", "s", "GET", "/_simimport/health", "200", "new"],
    ]
    assert f"Serving docs at {server.url}, seed 1; Ctrl-C ends it\n" in printed
    assert server.token not in printed
    assert "\nended after 4 calls\n" in printed.replace("  ", "")


def test_who_is_named_can_log_in() -> None:
    with serving() as server:
        server.end()
    found = re.search(r"log in as admin with the password (\S+)\n", server.err)
    assert found
    with serving("--clock", "manual", SIMIMPORT_TOKEN="from-outside") as server:  # noqa: S106 - no secret
        assert server.token == "from-outside"  # noqa: S105 - no secret
        body = {"user": "admin", "password": found[1]}
        assert server.post("/api/v1/login", body).status_code == 401
        assert server.get()["state"] == "none"


def test_an_administrator_of_one_s_own() -> None:
    words = ("--user", "ann", "--password", "sesame", "--clock", "manual")
    body = {"user": "ann", "password": "sesame"}
    with serving(*words) as server:
        data = server.post("/api/v1/login", body).json()["data"]
        assert (data["me"]["username"], data["me"]["email"]) == ("ann", "ann@example.com")
        server.end()
    # what somebody has chosen is not printed
    assert "log in as ann with the password that you gave\n" in server.err
    assert "sesame" not in server.out + server.err
    with serving("-q", SIMIMPORT_PASSWORD="sesame") as server:  # noqa: S106 - no secret
        assert server.post("/api/v1/login", {**body, "user": "admin"}).status_code == 200


def test_accounts_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "accounts.toml"
    path.write_text(
        '[boss]\ntoken = "boss-token"\npermissions = ["run-import", "api-bypass-rate-limit"]\n'
        '[guest]\nusername = "guest"\npassword = "sesame"\n'
        '[slow]\ntoken = "slow-token"\npermissions = ["run-import"]\n',
        encoding="utf-8",
    )
    with serving("--accounts", path, "--clock", "manual", SIMIMPORT_TOKEN="t") as server:  # noqa: S106 - none
        assert server.get()["state"] == "none"
        guest = server.post("/api/v1/login", {"user": "guest", "password": "sesame"}).json()["data"]
        headers = {"X-User-Id": guest["userId"], "X-Auth-Token": guest["authToken"]}
        assert server.client.get("/api/v1/getImportProgress", headers=headers).status_code == 403
        slow = {"X-User-Id": "slow", "X-Auth-Token": "slow-token"}
        polled = [server.client.get("/api/v1/import.status", headers=slow).status_code for _ in range(11)]
        assert polled == [200] * 10 + [429]
        server.end()
    assert "log in as guest with the password that you gave\n" in server.err


def test_the_largest_body() -> None:
    with serving("--max-body", 100) as server:
        assert server.post("/api/v1/import.addUsers", {"users": ["x" * 100]}).status_code == 413


def test_an_import_that_runs_already() -> None:
    words = ["--autostart", "--preset", "calm", "--users", 300, "--seed", 5, "--epoch", "now", "--token", "t"]
    with serving(*words, "--dialect", "server-7.4", "--rate", 0.001, "-q") as server:
        body = server.get()
        assert (body["state"], body["operation"]["count"]) == ("importing", {"total": 300, "users": 300})
        began = datetime.fromisoformat(body["operation"]["ts"])
        assert abs(datetime.now(UTC) - began) < timedelta(minutes=1)
        server.post("/_simimport/clock", {"run_until": "done"})
        assert server.get()["operation"]["count"]["completed"] > 250
        server.end(signal.SIGTERM)
    assert server.err == ""


def test_your_own_people_a_file_of_faults_and_no_control(tmp_path: Path) -> None:
    people, faults = tmp_path / "people.csv", tmp_path / "faults.json"
    people.write_text("import_id,email\n1,a@example.com\n2,b@example.com\n", encoding="utf-8")
    faults.write_text('[{"kind": "503", "at_poll": 2}, {"kind": "reset", "at_poll": 3}]', encoding="utf-8")
    words = ["--autostart", "--staged", people, "--existing", people, "--faults", faults, "--no-control"]
    with serving(*words, "--clock", "poll", "--step", 100, "--cors") as server:
        first = server.client.get("/api/v1/import.status", headers={"Origin": "http://page"})
        assert first.headers["access-control-allow-origin"] == "*"
        # everybody is there already
        assert first.json()["operation"]["count"]["error"] == 2
        assert server.client.get("/api/v1/import.status").status_code == 503
        with pytest.raises(httpx.ReadError):
            server.get()
        assert server.get()["state"] == "done"
        assert server.client.get("/_simimport/health").status_code == 404
    assert re.search(r" GET  /api/v1/import.status  reset  done\n", server.err)


def test_where_nobody_can_be_staged_it_says_what_to_do() -> None:
    words = "no calls can run an import of nobody: give it users, such as users=100"
    with serving("--preset", "empty") as server:
        server.end()
    assert f"nobody is there to stage: {words}" in server.err
    printed = call("serve", "--preset", "empty", "--autostart")
    assert (printed.code, printed.out) == (2, "")
    assert words in " ".join(printed.err.split())
    with serving("--users", 5) as server:
        server.end()
    assert "nobody" not in server.err


def test_a_port_that_is_taken() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        printed = call("serve", "--port", port)
    assert (printed.code, printed.out) == (1, "")
    assert printed.err == f"Error: cannot listen at 127.0.0.1:{port}: Address already in use\n"


def test_a_host_that_is_none() -> None:
    printed = call("serve", "--host", "no.such.host.invalid")
    assert printed.code == 1
    assert printed.err.startswith("Error: cannot listen at no.such.host.invalid:0: ")


def test_beyond_this_machine_it_warns_even_if_quiet() -> None:
    with serving("--host", "0.0.0.0", "-q") as server:  # noqa: S104 - what is tested
        assert server.url.startswith("http://127.0.0.1:")
        server.end()
    assert server.err == "Warning: 0.0.0.0 is reached from beyond this machine.\n"


def test_other_names_of_this_machine_are_allowed_by_name() -> None:
    words = ["--allow-host", "my-laptop.local", "--allow-host", "10.1.2.3", "--clock", "manual"]
    with serving(*words) as server:
        for host, status in (("my-laptop.local:80", 200), ("10.1.2.3", 200), ("other.local", 403)):
            answer = server.client.get("/api/v1/import.status", headers={"Host": host})
            assert answer.status_code == status
        assert "--allow-host NAME" in answer.json()["error"]
    # who wonders sees that it was asked
    assert re.search(r" GET  /api/v1/import.status    403  none\n", server.err)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--preset calm --scenario x.toml", "two scenarios"),
        ("--preset calmm", "Did you mean 'calm'?"),
        ("--scenario nowhere.toml", "nowhere.toml"),
        ("--staged x.csv", "--staged is for --autostart"),
        ("--autostart --staged nowhere.csv", "nowhere.csv"),
        ("--existing nowhere.csv", "nowhere.csv"),
        ("--rate 2 --clock poll", "--rate is for --clock wall"),
        ("--step 2", "--step is for --clock poll"),
        ("--rate 0", "rate is 0.0"),
        ("--rate x", "rate is 'x'"),
        ("--step -1 --clock poll", "step_s is -1.0"),
        ("--clock sun", "wall"),
        ("--dialect doc", "Did you mean 'docs'?"),
        ("--users -1", "users is -1"),
        ("--seed x", "seed is 'x'"),
        ("--port x", "port is 'x'"),
        ("--port 99999", "port is 99999"),
        ("--allow-host a:80", "--allow-host is 'a:80'; allowed: a name or an address without a port"),
        ("--allow-host a.local --allow-host ''", "--allow-host is ''"),
        ("--token 'a b'", "token is "),
        ("--token ''", "token is "),
        ("--accounts nowhere.toml", "accounts: the file is 'nowhere.toml'; allowed: a readable TOML or JSON"),
        ("--accounts x.toml --token t", "--token is for the administrator"),
        ("--accounts x.toml --user ann", "--user is for the administrator"),
        ("--accounts x.toml --password sesame", "--password is for the administrator"),
        ("--user ''", "username is ''"),
        ("--password ''", "password is "),
        ("--max-body 0", "--max-body is 0; allowed: a whole number of bytes from 1"),
        ("--max-body 1e3", "--max-body is 1000.0"),
        ("--faults nowhere.json", "a file that can be read"),
        ("--faults .", "a file that can be read"),
        ("--faults /dev/zero", "a file that can be read (it is too large: more than 67,108,864 bytes)"),
        ("--faults rate=2", "rate is 2.0"),
        ("--faults seed=2", "rate=0.1"),
        ("--faults rate=x", "rate=0.1"),
        ("--faults rate=0.1,sed=1", "seed=3"),
        ("--faults rate=0.1,kinds=fire", "kinds is 'fire'"),
        ("--new-s 3", "No such option"),
    ],
)
def test_bad_input_is_refused_before_anything_is_served(words: str, message: str) -> None:
    printed = call("serve", *shlex.split(words))
    assert (printed.code, printed.out) == (2, "")
    assert message in printed.err
    assert "Traceback" not in printed.err


@pytest.mark.parametrize("text", ["{", "{}", "[1]", '[{"kind": "fire", "every": 1}]', "[" * 100_000, "\x80"])
def test_a_file_of_faults_that_is_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "faults.json"
    path.write_text(text, encoding="latin-1")
    assert call("serve", "--faults", path).code == 2


def test_faults_are_drawn_as_the_library_draws_them() -> None:
    assert faults_given("rate=0.1,seed=3") == Faults.random(0.1, seed=3)
    assert faults_given("seed=3,rate=1,polls=5,kinds=503+reset") == Faults.random(
        1, seed=3, polls=5, kinds=["503", "reset"]
    )


def test_a_missing_extra_is_named() -> None:
    script = (
        "import sys; sys.modules['uvicorn'] = None\n"
        "from simimport.cli import main\nsys.argv = ['simimport', 'serve']\nmain()"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == (
        'Error: serving over HTTP needs the extra \'http\': pip install "simimport[http]"\n'
    )


def test_its_help_is_light_and_complete() -> None:
    printed = call("serve", "--help")
    assert printed.code == 0
    for name in ("preset", "autostart", "rate", "faults", "port", "token", "user", "password",
                 "accounts", "cors", "users", "stall-s"):
        assert f"--{name}" in printed.out
    assert "--ready-s" not in printed.out
    assert f"[default: {MAX_BODY}]" in printed.out
    script = (
        "import sys; from simimport.cli import main\n"
        "try: main(['serve', '--help'])\n"
        "except SystemExit: print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert not loaded & {"uvicorn", "starlette", "pandas", "numpy", "asyncio"}


def test_a_scenario_file_and_a_dialect(tmp_path: Path) -> None:
    path = Scenario(users=70, failure_rate=1).save(tmp_path / "scenario.toml")
    with serving("--scenario", path, "--failure-rate", 0, "--clock", "manual", "--seed", 2) as server:
        scenario = server.get("/_simimport/scenario")
        assert (scenario["users"], scenario["failure_rate"]) == (70, 0.0)
