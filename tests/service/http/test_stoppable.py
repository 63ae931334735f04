"""How a server is stopped: nothing is waited for that has not to end first."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from simimport import ImportService
from simimport.service.http.server import serve


@pytest.mark.parametrize("used", [False, True])
def test_closing_waits_for_no_tick(used: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    sleep = asyncio.sleep

    async def noting(seconds: float, *arguments: Any) -> Any:
        closing = begun[:]
        result = await sleep(seconds, *arguments)
        if closing:
            slept.append(seconds)
        return result

    begun: list[bool] = []
    monkeypatch.setattr(asyncio, "sleep", noting)
    serving = serve(ImportService(seed=1), warn=False)
    with httpx.Client() as client:
        if used:
            client.get(serving.url + "/api/v1/import.status", headers=serving.headers)
        begun.append(True)
        serving.close()
    # uvicorn's own shutdown sleeps for a tenth of a second
    assert max(slept, default=0) < 0.01
