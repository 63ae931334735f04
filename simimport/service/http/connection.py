"""One connection of the HTTP server: uvicorn's, with bounds, and with a way to reset it.

Speaks HTTP through httptools; what is answered comes from `app`.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from simimport.service.http.asgi import MAX_BODY, RESET

__all__ = ["MAX_HEAD", "PATIENCE_S", "Connection"]

#: The largest request line with headers, in bytes, beside one read of the socket (256 kB).
MAX_HEAD = 65_536
#: How long a request may take to arrive, in real seconds, at least; at most twice that.
PATIENCE_S = 30.0

# its own, so that what users do with uvicorn's loggers stays theirs; a client's bad request is no news
_LOGGER = logging.getLogger("simimport.http")
_LOGGER.setLevel(logging.ERROR)
_TOO_LARGE_HEAD = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
)


class Connection(HttpToolsProtocol):
    """A connection that is bounded.

    A head beyond 64 kB and one read is answered with 431; a request that does not arrive within half a minute
    to a minute is cut off, and so is one of more than four times the largest body: up to there, what is too
    large is answered with 413, and what still arrives is thrown away.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.logger = _LOGGER
        self.access_log = False
        self._most = 4 * getattr(self.app, "max_body", MAX_BODY) + MAX_HEAD
        self._in_head = False
        self._arriving = False
        self._requests = 0
        self._size = 0
        self._watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Begin to watch over it."""
        super().connection_made(transport)
        self._watch = self.loop.call_later(PATIENCE_S, self._look, 0)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop watching."""
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes, and end it where they are too many."""
        # uvicorn and httptools bound neither a head nor a body, so bytes are counted here. A read may hold
        # the end of one request and the beginning of the next: if a request began in it, the count starts
        # anew behind it, and the next one has at most this one read for nothing.
        before = self._requests
        super().data_received(data)
        self._size = self._size + len(data) if self._requests == before else 0
        if self.transport.is_closing():
            return
        if self._in_head and self._size > MAX_HEAD:
            # nobody is known yet, and there is no request to refuse: say so, and go
            self.transport.write(_TOO_LARGE_HEAD)
            self.transport.close()
        elif self._arriving and self._size > self._most:
            # the application has refused it with 413 long ago, and the client goes on sending
            self.transport.abort()

    def on_message_begin(self) -> None:
        """Begin to count a request."""
        super().on_message_begin()
        self.scope["extensions"] = {RESET: {"reset": self._reset}}
        self._requests += 1
        self._in_head = self._arriving = True

    def on_headers_complete(self) -> None:
        """Take note that its head is whole."""
        self._in_head = False
        super().on_headers_complete()
        # the application has the list: what comes in trailers is no header
        self.headers = []

    def on_message_complete(self) -> None:
        """Take note that it is whole."""
        self._arriving = False
        super().on_message_complete()

    def _look(self, before: int) -> None:
        """Cut off a request that was arriving when last looked, and still is, or that never began."""
        # Two looks at the same request, half a minute apart, mean that it arrives too slowly; at no request
        # at all, that the connection was opened and left. Between requests a client may be quiet for as long
        # as uvicorn keeps connections alive.
        if self._requests == before and (self._arriving or not before):
            self.transport.abort()
            return
        self._watch = self.loop.call_later(PATIENCE_S, self._look, self._requests)

    def _reset(self) -> None:
        """End the connection with RST, unsent bytes and all."""
        # to linger for 0 seconds is to close with a reset, and to drop what was not sent yet
        sending = self.transport.get_extra_info("socket")
        sending.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()
