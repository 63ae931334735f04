"""Secrets of a caller: wherever a server sends them back, they are in no answer, no file and no error."""

from __future__ import annotations

import pickle
from pathlib import Path

import httpx
import pytest

from simimport.testing.recording.fetch import LARGEST
from simimport.testing.recording.record import RecordingError
from simimport.testing.recording.redact import REDACTED, Redactor
from tests.testing.recording.servers import (
    DONE,
    TOKEN,
    Reply,
    Script,
    importing,
    recorder_of,
)


@pytest.mark.parametrize(
    "reply",
    [
        {"state": "none", "you sent": {TOKEN: [f"a {TOKEN} b", TOKEN]}},
        f"<html>{TOKEN}</html>",
        "x" * (LARGEST - 5) + TOKEN,
        httpx.Response(500, text=TOKEN * 3),
        httpx.ReadError(f"bad header {TOKEN}"),
    ],
)
def test_a_token_that_is_echoed_is_replaced(reply: Reply, tmp_path: Path) -> None:
    trace = Script(reply, reply, DONE).recorder(path=tmp_path / "a.jsonl").run()
    raw = (tmp_path / "a.jsonl").read_text()
    assert TOKEN not in raw
    assert TOKEN[:8] not in raw
    assert TOKEN not in str([answer.body for answer in trace])
    assert REDACTED[:5] in raw


@pytest.mark.parametrize("status", [301, 401, 403, 404])
def test_no_error_tells_the_token(status: int) -> None:
    reply = httpx.Response(status, json={"error": TOKEN}, headers={"Location": TOKEN, "X-Echo": TOKEN})
    recorder = Script(reply).recorder()
    with pytest.raises(RecordingError) as refused:
        recorder.run()
    error = refused.value
    texts = [str(error), repr(error), str(vars(error)), repr(recorder), str(error.trace[0])]
    assert not [text for text in texts if TOKEN in text]
    assert refused.value.__cause__ is None
    again = pickle.loads(pickle.dumps(refused.value))  # noqa: S301 - our own
    assert str(again) == str(refused.value)
    assert again.trace == refused.value.trace


def test_all_that_is_secret_is_known_and_the_user_id_is_not() -> None:
    redact = Redactor({
        "X-User-Id": "boss", "Authorization": "Bearer abcd1234", "Cookie": "rc_token=ef56; lang=x",
        "X-Pin": "123", "X-Number": "98765", "Content-Type": "application/json",
    })  # fmt: skip
    values = ["abcd1234", "a ef56 b", "boss", "123", "1234", 98765, 1.5, True, None, "application/json", "x"]
    assert redact(values) == [
        REDACTED, f"a {REDACTED} b", "boss", REDACTED, "1234", REDACTED, 1.5, True, None, "application/json",
        REDACTED,
    ]  # fmt: skip
    assert "abcd" not in repr(redact)


def test_the_operations_of_the_recording_user_keep_their_user() -> None:
    service = importing()
    assert recorder_of(service).run()[0].body["operation"]["user"] == service.status()["operation"]["user"]
