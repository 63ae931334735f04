"""Long calls: what takes long is done beside the event loop, which goes on answering others."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simimport import Faults, ImportService, Scenario, create_app
from simimport.service.http import control_plane, entrance, request_body
from simimport.service.http.control import bodies
from simimport.service.http.long_work import LONG, LONG_BODY, beside, forget, json_array
from simimport.service.people.on_server import OnServer

API, CONTROL = "/api/v1/", "/_simimport/"
PEOPLE = [{"emails": [f"{number}@example.org"], "importIds": [str(number)]} for number in range(1500)]
FAULTS = [{"kind": "503", "at_poll": 1000 + number} for number in range(2500)]


class Gate:
    """What some work waits at until it is let through; whoever opens it saw that the work had begun."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, room: Any, name: str) -> None:
        self.begun, self.open = threading.Event(), threading.Event()
        work: Callable[..., Any] = getattr(room, name)

        def waiting(*arguments: Any, **more: Any) -> Any:
            self.begun.set()
            assert self.open.wait(timeout=60)
            return work(*arguments, **more)

        monkeypatch.setattr(room, name, waiting)


async def meanwhile(
    service: ImportService, gate: Gate, method: str, path: str, body: Any = None
) -> httpx.Response:
    """Poll while a long call is at the gate, and return what the long call is answered."""
    app = create_app(service)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1", headers=app.headers
    ) as client:
        long = asyncio.ensure_future(client.request(method, path, json=body))
        while not gate.begun.is_set():
            await asyncio.sleep(0)
        for _ in range(3):
            assert (await client.get(f"{API}import.status")).status_code == 200
        assert (await client.get(f"{CONTROL}health")).json()["calls"] == service.log.calls
        assert not long.done()
        gate.open.set()
        return await long


@pytest.mark.parametrize(
    ("work", "call", "body"),
    [
        ((entrance, "object_of"), ("POST", f"{API}import.addUsers"), {"users": PEOPLE}),
        ((OnServer, "decide"), ("POST", f"{API}import.run"), None),
        ((OnServer, "decide"), ("POST", f"{CONTROL}start"), None),
        ((bodies, "Faults"), ("PUT", f"{CONTROL}faults"), FAULTS),
        ((bodies, "Faults"), ("POST", f"{CONTROL}reset"), {"faults": FAULTS}),
        ((bodies, "parsed"), ("POST", f"{CONTROL}clock"), {"x" * LONG_BODY: 1}),
        ((control_plane, "json_array"), ("GET", f"{CONTROL}faults"), None),
        ((control_plane, "json_array"), ("GET", f"{CONTROL}journal?last=100000"), None),
    ],
)
def test_others_are_answered_meanwhile(
    monkeypatch: pytest.MonkeyPatch, work: tuple[Any, str], call: tuple[str, str], body: Any
) -> None:
    method, path = call
    service = ImportService(Scenario(failure_rate=0), seed=1, faults=Faults(FAULTS))
    service.new()
    service.add_users(PEOPLE)
    gate = Gate(monkeypatch, *work)
    answer = asyncio.run(meanwhile(service, gate, method, path, body))
    assert answer.status_code == (400 if path.endswith("clock") else 200), answer.text
    staged = {f"{API}import.addUsers": 3000, f"{CONTROL}reset": 0, f"{CONTROL}start": 8000}.get(path, 1500)
    assert len(service.staging) == staged


def test_where_asyncio_runs_no_loop_it_is_done_at_once() -> None:
    with pytest.raises(StopIteration) as caught:
        beside(True, threading.get_ident).send(None)
    assert caught.value.value == threading.get_ident()


def test_of_long_work_one_is_done_at_a_time() -> None:
    at_work: list[int] = []
    most: list[int] = []

    def work(number: int) -> int:
        at_work.append(number)
        most.append(len(at_work))
        at_work.remove(number)
        return number

    async def all_at_once() -> list[int]:
        return await asyncio.gather(*(beside(True, work, number) for number in range(50)))

    assert asyncio.run(all_at_once()) == list(range(50))
    assert set(most) == {1}


@pytest.mark.parametrize("number", [0, 1, LONG - 1, LONG, LONG + 1, 3 * LONG + 7])
def test_an_array_in_pieces_is_the_array(number: int) -> None:
    items = [{"ü": [at], "x": None} for at in range(number)]
    assert json_array(iter(items)) == json.dumps(items, separators=(",", ":"), ensure_ascii=False).encode()


def test_what_is_forgotten_is_empty_in_all_that_is_long() -> None:
    inner = {str(number): [number] for number in range(LONG + 1)}
    value = {"users": [[*range(5 * LONG)], inner, {"kept": 1}] * 3}
    forget(value)
    assert (value, inner) == ({}, {})
    forget([])


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
ODD = [
    "",
    "[",
    "[1,]",
    '{"a":1,}',
    '{"a" 1}',
    "[NaN]",
    "[1 2]",
    '"\x01"',
    "[" * 100_000,
    "9" * 400,
    "[1e999]",
]


@given(
    st.builds(json.dumps, VALUES, ensure_ascii=st.booleans()) | st.sampled_from(ODD) | st.text('[]{},:1" ')
)
def test_both_decoders_read_the_same(text: str) -> None:
    def read(more: str) -> Any:
        with pytest.MonkeyPatch.context() as patch:
            # what is chosen is chosen for a text with so many commas behind it
            make = request_body._decoder
            patch.setattr(request_body, "_decoder", lambda text: make(text + more))
            try:
                return request_body.parsed(text.encode())
            except ValueError:
                return ValueError

    assert read("," * 10_000_000) == read("")


def test_a_long_text_without_objects_lets_other_threads_go_on() -> None:
    assert type(request_body._decoder("[" + "[]," * 100_000).scan_once).__name__ == "function"
    assert type(request_body._decoder('[{},"a,b"' * 100_000).scan_once).__name__ != "function"
