"""uvicorn's server as another thread can stop it: what runs it, and how it says farewell.

Imports uvicorn and httptools as it is loaded; `server` loads it when something is to be served.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from functools import partial
from typing import Any

from uvicorn import Config, Server

from simimport.service.http.app import App
from simimport.service.http.asgi import Asgi
from simimport.service.http.connections.connection import Connection
from simimport.service.http.connections.crowd import Crowd
from simimport.service.http.connections.polls import Polls
from simimport.service.http.hosts import HostCheck

__all__ = ["runner"]

#: Told how to stop, once it serves.
Report = Callable[[Callable[[], None]], None]

# clients that poll keep their connections: longer than they usually wait between polls
_KEEP_ALIVE_S = 75
# how long answers that are on their way get when it stops
_FAREWELL_S = 0.5
# how often it is looked whether they are gone
_LOOK_S = 0.001


def runner(app: App, front: Asgi) -> Callable[[socket.socket, Report], None]:
    """Return what runs an application until it is stopped: call it in a thread that has no loop.

    Parameters
    ----------
    app : App
    front : callable
        What is asked: the application, or what stands before it.
    """
    polls = Polls(app, front.leads_here if isinstance(front, HostCheck) else None)
    connection: Any = partial(
        Connection, crowd=Crowd(app.accounts.who), polls=polls, max_body=app.max_body
    )
    config = Config(
        front, http=connection, ws="none", lifespan="off", interface="asgi3", proxy_headers=False,
        server_header=False, log_config=None, timeout_keep_alive=_KEEP_ALIVE_S,
    )  # fmt: skip

    def run(listening: socket.socket, report: Report) -> None:
        with asyncio.Runner(loop_factory=_new_loop()) as loop:
            loop.run(_Stoppable(config, report).serve(sockets=[listening]))

    return run


class _Stoppable(Server):
    """A server that can be stopped from another thread, at once.

    uvicorn looks ten times a second whether it should stop, and waits as long again while it does, which is
    a tenth of a second or two for every test that serves. So its ticking goes on beside an event that the
    other thread sets, and ends with it; and what ends is waited for, and no longer than that.
    """

    def __init__(self, config: Config, report: Report) -> None:
        super().__init__(config)
        self._report = report

    async def main_loop(self) -> None:
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()

        def stop() -> None:
            # called from the other thread, perhaps once more when all is over
            if not loop.is_closed():
                loop.call_soon_threadsafe(stopped.set)

        ticking = asyncio.ensure_future(super().main_loop())
        # one turn, so that the headers of the first answer are there
        await asyncio.sleep(0)
        self._report(stop)
        await stopped.wait()
        ticking.cancel()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # First nobody new comes in, then those who are there go, for whom uvicorn's own would wait without
        # end; what is still at work for them ends by itself.
        for server in self.servers:
            server.close()
        await _farewell(self.server_state.connections)
        await asyncio.gather(*self.server_state.tasks, return_exceptions=True)
        for server in self.servers:
            await server.wait_closed()


async def _farewell(connections: set[Any]) -> None:
    """Close all connections; whoever has not read its answer by then is cut off."""
    # what was written is still sent, if somebody reads it
    for connection in list(connections):
        connection.transport.close()
    try:
        async with asyncio.timeout(_FAREWELL_S):
            while connections:
                await asyncio.sleep(_LOOK_S)
    except TimeoutError:
        for connection in list(connections):
            connection.transport.abort()


def _new_loop() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop
    except ModuleNotFoundError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop
