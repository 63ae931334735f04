"""The file of a recording: each answer is in it before the next is asked for, and nothing there is lost."""

from __future__ import annotations

import errno
import io
import os
from pathlib import Path
from typing import Any

import httpx
import pytest

from simimport import FetchError, ParameterError, read_trace
from simimport.testing.recording.line_file import LineFile
from simimport.testing.recording.record import Recorder
from simimport.testing.traces import Recorded
from tests.testing.recording.servers import DONE, HEADERS, NONE, URL, Script


def test_each_answer_is_in_the_file_before_the_next_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "night.jsonl"
    script = Script(NONE, "garbage", httpx.Response(503), httpx.ReadError("reset"), DONE)
    there: list[int] = []

    def pause(seconds: float) -> None:
        there.append(len(read_trace(path)))
        script.now_s += seconds

    recorder = Recorder(URL, headers=HEADERS, path=path, transport=httpx.MockTransport(script.answer),
                        clock=lambda: script.now_s, pause=pause)  # fmt: skip
    assert len(recorder.run()) == 5
    assert there == [1, 2, 3, 4]


def test_a_file_that_is_there_is_kept_unless_replaced_and_a_dead_server_replaces_nothing(
    tmp_path: Path,
) -> None:
    path = tmp_path / "night.jsonl"
    path.write_text("precious\n")
    script = Script(DONE)
    with pytest.raises(ParameterError, match="allowed: a new file; force replaces"):
        script.recorder(path=path)
    assert script.requests == []
    for reply in (httpx.ConnectError("refused"), httpx.Response(401)):
        with pytest.raises(FetchError):
            Script(reply).recorder(path=path, force=True).run()
        assert path.read_text() == "precious\n"
    Script(DONE).recorder(path=path, force=True).run()
    assert [answer.body for answer in read_trace(path)] == [DONE]


def test_a_file_that_comes_in_the_meantime_is_kept_too(tmp_path: Path) -> None:
    recorder = Script(DONE).recorder(path=tmp_path / "a.jsonl")
    (tmp_path / "a.jsonl").write_text("precious\n")
    with pytest.raises(ParameterError, match="force replaces"):
        recorder.run()
    assert (tmp_path / "a.jsonl").read_text() == "precious\n"


def test_tries_before_the_server_was_there_are_in_the_file_once_it_is(tmp_path: Path) -> None:
    script = Script(httpx.ConnectError("refused"), httpx.ConnectError("refused"), DONE)
    trace = script.recorder(path=tmp_path / "a.jsonl").run()
    assert [answer.http_status for answer in read_trace(tmp_path / "a.jsonl")] == [0, 0, 200]
    assert read_trace(tmp_path / "a.jsonl") == trace


def test_each_line_is_on_the_disk_before_the_next_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    script = Script(NONE, NONE, DONE)
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(len(script.requests)))
    script.recorder(path=tmp_path / "a.jsonl").run()
    assert synced == [1, 2, 3]


def test_a_full_disk_leaves_whole_lines(tmp_path: Path) -> None:
    class Full(io.FileIO):
        room = 100

        def write(self, data: Any) -> int:
            if not self.room:
                raise OSError(errno.ENOSPC, "No space left on device")
            wrote = super().write(bytes(data)[: self.room])
            self.room -= wrote
            return wrote

    path = tmp_path / "a.jsonl"
    lines = LineFile(path, force=False)
    lines._file = Full(path, "wb")
    lines.append(Recorded(0.0, 200, NONE), alone=True)
    with pytest.raises(OSError, match="No space"):
        lines.append(Recorded(5.0, 200, NONE), alone=True)
    lines.close()
    assert list(read_trace(path)) == [Recorded(0.0, 200, NONE)]


@pytest.mark.parametrize("path", ["", ".", "nowhere/a.jsonl", os.devnull])
def test_a_path_that_cannot_be_a_file_is_refused_at_once(path: str) -> None:
    with pytest.raises(ParameterError, match="path is"):
        Script(DONE).recorder(path=path, force=True)
