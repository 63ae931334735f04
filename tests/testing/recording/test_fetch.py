"""One request of a recorder: its address and headers, and the body that is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from simimport import ParameterError, read_trace, record
from simimport.testing.recording.fetch import LARGEST, Asker, address
from tests.testing.recording.servers import (
    DONE,
    HEADERS,
    NONE,
    URL,
    Script,
)

# bodies -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        (b"", ""),
        (b"garbage \xff", "garbage \ufffd"),
        (b'{"state": NaN}', '{"state": NaN}'),
        (b'{"state": "none", "a": 1e999}', '{"state": "none", "a": 1e999}'),
        (b'{"state": "no', '{"state": "no'),
        ('{"state": "none"}'.encode("utf-16"), {"state": "none"}),
        (b'{"a": "\\ud800"}', {"a": "\ud800"}),
        (b'"text"', "text"),
        (b"[" * 50_000, "[" * 50_000),
        (b"x" * (LARGEST + 1), "x" * LARGEST),
        (b'["' + b"y" * LARGEST + b'"]', '["' + "y" * (LARGEST - 2)),
        (b'["' + b"y" * (LARGEST - 4) + b'"]', ["y" * (LARGEST - 4)]),
    ],
    ids=range(12),
)  # fmt: skip
def test_whatever_is_answered_is_kept_and_read_again(raw: bytes, kept: Any, tmp_path: Path) -> None:
    script = Script(NONE, httpx.Response(200, content=raw), DONE)
    trace = script.recorder(path=tmp_path / "a.jsonl").run()
    assert trace[1].body == kept
    assert read_trace(tmp_path / "a.jsonl") == trace


def test_an_answer_without_end_is_cut() -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while True:
            sent += 100_000
            yield b"z" * 100_000

    trace = Script(NONE, httpx.Response(200, content=endless()), DONE).recorder().run()
    assert trace[1].body == "z" * LARGEST
    assert sent < 5_000_000


def test_an_answer_that_drips_is_not_waited_for() -> None:
    script = Script()

    def drip() -> Iterator[bytes]:
        while True:
            script.now_s += 4
            yield b"z"

    script.replies = [NONE, httpx.Response(200, content=drip()), DONE]
    answer = script.recorder(timeout_s=10).run()[1]
    assert (answer.at_s, answer.http_status, answer.body) == (17.0, 0, "the answer took longer than 10 s")


# arguments ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "full"),
    [
        ("http://localhost:3000", "http://localhost:3000/api/v1/import.status"),
        ("http://localhost:3000/", "http://localhost:3000/api/v1/import.status"),
        ("https://a.example/chat/", "https://a.example/chat/api/v1/import.status"),
        ("https://a.example/chat/api/v1", "https://a.example/chat/api/v1/import.status"),
        ("https://a.example/api/v1/import.status", "https://a.example/api/v1/import.status"),
        ("http://[::1]:3000", "http://[::1]:3000/api/v1/import.status"),
    ],
)
def test_a_server_is_named_by_its_base_or_its_endpoint(url: str, full: str) -> None:
    assert address(url) == full
    assert Script(DONE).recorder(url=url).address == full


@pytest.mark.parametrize(
    "url",
    ["", "localhost:3000", "ftp://a.example", "http://", "http://a b", "http://[::1", "http://a:99999", "http://a:x",
     "http://ä.example", "http://a\n.example", "http://a.example/?token=hush", "http://a.example/#hush",
     "http://user:hush@a.example", "http://user:hush@[::1", 7, None],
)  # fmt: skip
def test_what_is_no_address_is_refused_and_no_password_is_shown(url: Any) -> None:
    with pytest.raises(ParameterError, match=r"url is") as refused:
        Script(DONE).recorder(url=url)
    assert "hush" not in str(refused.value)
    assert "hush" not in str(refused.value.value)


@pytest.mark.parametrize(
    "headers",
    [None, "hush", [("X-Auth-Token", "hush")], {"X-Auth-Token": "hush\n"}, {"X-Auth-Token": b"hush"},
     {"X-Auth-Token": "hush hüsh"}, {"X-Auth-Token": " hush"}, {"X Auth": "hush"}, {5: "hush"}],
)  # fmt: skip
def test_headers_that_cannot_be_sent_are_refused_without_their_values(headers: Any) -> None:
    with pytest.raises(ParameterError) as refused:
        Script(DONE).recorder(headers=headers)
    assert "hush" not in str(refused.value)
    assert "hush" not in str(refused.value.value)


@pytest.mark.parametrize("proxy", ["gopher://user:hush@a", "http://[::1"])
def test_a_proxy_that_cannot_be_used_is_told_without_its_address(
    proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", proxy)
    with pytest.raises(ParameterError, match="the environment's proxy is") as refused:
        record(URL, headers=HEADERS)
    assert "hush" not in str(refused.value)


def test_who_asks_shows_no_headers() -> None:
    with Asker(URL, HEADERS, timeout_s=1, clock=lambda: 0.0) as asker:
        assert repr(asker) == "<Asker of http://chat.example/api/v1/import.status>"
