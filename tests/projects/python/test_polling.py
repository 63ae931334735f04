"""Whether the loops are any good, and what they make of answers from files."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from newcomers import ImportFailed, Watch, wait, wait_async

from simimport import assert_passed, check_client, write_fixtures


def test_the_loop_is_good() -> None:
    assert_passed(check_client(wait))


def test_the_other_loop_is_good() -> None:
    assert_passed(check_client(wait_async, presets=["calm", "flaky", "stalls_at_99"]))


def test_it_gives_up_where_it_has_to() -> None:
    assert_passed(check_client(wait, faults=["401", "403", "pending", "stuck"]))


def test_a_loop_by_tenacity() -> None:
    tenacity = pytest.importorskip("tenacity", reason="tenacity is not installed")

    @tenacity.retry(
        retry=tenacity.retry_if_exception_type((httpx.HTTPError, ValueError)),
        wait=tenacity.wait_exponential(multiplier=5, max=60),
        stop=tenacity.stop_after_delay(1800),
    )
    def poll(client: httpx.Client) -> str:
        answer = client.get("/api/v1/import.status").raise_for_status()
        if answer.json()["state"] == "importing":
            raise ValueError("not yet")
        return str(answer.json()["state"])

    verdicts = check_client(poll, presets="calm", faults=["none", "503", "html", "reset", "server-8.3"])
    assert_passed(verdicts)
    with pytest.raises(AssertionError, match="canceled_midway"):
        assert_passed(check_client(poll, presets="canceled_midway", faults="server-8.3"))


def test_answers_from_files(tmp_path: Path) -> None:
    write_fixtures("stalls_at_99", tmp_path / "pack", every_s=60, start="importing", seed=3)
    answers = sorted((tmp_path / "pack" / "answers").iterdir())
    watch = Watch()
    waits = [
        watch.read(httpx.Response(200, json=json.loads(answer.read_text(encoding="utf-8"))), 60 * minute)
        for minute, answer in enumerate(answers)
    ]
    assert waits[-1] is None
    assert None not in waits[:-1]


def test_refusals_from_files(tmp_path: Path) -> None:
    write_fixtures("calm", tmp_path / "pack", dialect="server-8.3")
    for name in "401-unauthorized", "403-forbidden":
        text = (tmp_path / "pack" / "errors" / f"{name}.json").read_text(encoding="utf-8")
        refusal = json.loads(text)
        with pytest.raises(ImportFailed, match=name[:3]):
            Watch().read(httpx.Response(refusal["http_status"], json=refusal["body"]), 0)


def test_a_cassette(tmp_path: Path) -> None:
    vcr = pytest.importorskip("vcr", reason="vcrpy is not installed")
    faults = [{"kind": "503", "at_poll": 2}, {"kind": "html", "at_poll": 3}]
    write_fixtures("calm", tmp_path / "pack", formats=["vcr"], every_s=5, start="importing", faults=faults)
    [cassette] = (tmp_path / "pack" / "vcr").iterdir()
    with (
        vcr.use_cassette(str(cassette), record_mode="none", match_on=["method", "path"]) as played,
        httpx.Client(base_url="https://chat.example") as client,
    ):
        assert wait(client, Watch(every_s=0)) == "done"
    assert played.all_played
