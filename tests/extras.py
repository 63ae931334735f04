"""What each extra promises, done once for real: ``python -P tests/extras.py EXTRA...``.

For an environment that has nothing but simimport and that extra, away from the checkout: it uses no test
library, and the package that is installed. `all` does what all of them promise.
"""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import tempfile
import urllib.request
from collections.abc import Callable
from http.cookiejar import CookieJar
from pathlib import Path

_PATIENCE_S = 120
_COMMAND = Path(sysconfig.get_path("scripts")) / "simimport"


def http() -> None:
    """Serve an import, ask as any client does, and record it to its end; with no socket, too."""
    from simimport import ImportService, MissingExtraError, PollClock, record

    service = ImportService(seed=1, clock=PollClock(30))
    with service.client() as client:
        assert client.get("/api/v1/import.status").json()["state"] == "none"
    command = "pip install requests"
    try:
        service.session().close()
    except MissingExtraError as missing:
        command = missing.command
    # no extra brings it
    assert command == "pip install requests"
    service.new(), service.add_users(), service.run()
    with service.serve() as server:
        asked = urllib.request.Request(f"{server.url}/_simimport/health", headers=server.headers)  # noqa: S310 - ours
        with urllib.request.urlopen(asked, timeout=_PATIENCE_S) as answer:  # noqa: S310 - our own address
            assert json.load(answer)["state"] == "importing"
        trace = record(server.url, headers=server.headers, every_s=0.001)
    assert [answer.state for answer in trace][-2:] == ["importing", "done"]
    _serve_as_a_process()


def _serve_as_a_process() -> None:
    with subprocess.Popen([_COMMAND, "serve", "--json", "--users", "5"], stdout=subprocess.PIPE) as serving:
        assert serving.stdout is not None
        try:
            line = json.loads(serving.stdout.readline())
            asked = urllib.request.Request(f"{line['url']}/api/v1/import.status", headers=line["headers"])  # noqa: S310 - ours
            with urllib.request.urlopen(asked, timeout=_PATIENCE_S) as answer:  # noqa: S310 - our own address
                assert json.load(answer)["state"] == "none"
        finally:
            serving.terminate()


def voila() -> None:
    """Open the dashboard's page: its cells are run, and it has a widget to show."""
    serve = [_COMMAND, "dashboard", "--no-browser"]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as serving:
        assert serving.stdout is not None
        try:
            address = serving.stdout.readline().strip()
            # the token of the address is kept as a cookie
            browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
            with browser.open(address, timeout=_PATIENCE_S) as page:
                assert page.status == 200
                assert "application/vnd.jupyter.widget-view+json" in page.read().decode()
        finally:
            serving.terminate()


def parquet() -> None:
    """Write a sweep's table, and read it."""
    import pandas as pd

    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "table.parquet"
        sweep = [_COMMAND, "sweep", "--over", "users=5,10", "--replicates", "2"]
        subprocess.run([*sweep, "--out", table], check=True)
        assert pd.read_parquet(table)["users"].tolist() == [5, 5, 10, 10]


def hypothesis() -> None:
    """Find a run that fails somebody."""
    from hypothesis import find

    from simimport.testing.strategies import runs

    assert find(runs(), lambda run: run.counts.failed > 0).counts.failed > 0


def yaml() -> None:
    """Read what vcrpy has recorded."""
    from simimport import read_trace

    cassette = Path(__file__).parent.parent / "data" / "traces" / "read" / "cassette.yaml"
    assert read_trace(cassette)[-1].state == "done"


def everything() -> None:
    """Do what all extras promise."""
    for promise in (http, voila, parquet, hypothesis, yaml):
        promise()


PROMISES: dict[str, Callable[[], None]] = {
    "http": http,
    "voila": voila,
    "parquet": parquet,
    "hypothesis": hypothesis,
    "yaml": yaml,
    "all": everything,
}

if __name__ == "__main__":
    for extra in sys.argv[1:]:
        PROMISES[extra]()
        print(f"{extra}: does what it promises")
