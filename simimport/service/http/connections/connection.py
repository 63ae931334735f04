"""One connection of the HTTP server: uvicorn's, with bounds, and with a way to reset it.

Speaks HTTP through httptools; what is answered comes from `app`, and how many there are from `crowd`.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
from collections.abc import Callable
from typing import Any

import httptools

from simimport.service.http.asgi import MAX_BODY, MAX_UNKNOWN, RESET
from simimport.service.http.connections.crowd import Crowd
from simimport.service.http.connections.polls import AnsweringPolls

__all__ = ["MAX_FIELDS", "MAX_HEAD", "MAX_PATH", "PATIENCE_S", "Connection"]

#: The largest request line with headers, in bytes, and what may come after it that is no body.
MAX_HEAD = 65_536
#: The longest path with its query, in bytes, and how many headers there may be: an ASGI scope has the one in
#: several forms, with up to four bytes for each of its own, and short headers take 25 times theirs.
MAX_PATH, MAX_FIELDS = 8192, 100
#: How many bytes of framing may come with a byte of an account's body: chunks of one byte have five.
FRAMING = 8
#: How long a request may take to arrive, in real seconds, at least; at most twice that. The same holds for
#: the reading of an answer.
PATIENCE_S = 30.0

# so many bytes are parsed at a time: what they hold is at most this, and what it becomes, beyond each bound
_SLICE = 2048
# its own, so that what users do with uvicorn's loggers stays theirs; a client's bad request is no news
_LOGGER = logging.getLogger("simimport.http")
_LOGGER.setLevel(logging.ERROR)
# nor is one that went while its answer was made, of which uvloop says this
_LOGGER.addFilter(lambda record: "the handler is closed" not in str(record.exc_info and record.exc_info[1]))
_TOO_LARGE_HEAD = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
)
_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
)


class RefusedError(Exception):
    """What is being parsed will not be read on."""


class Connection(AnsweringPolls):
    """A connection that is bounded.

    A head beyond 64 kB, with a path beyond 8 kB or with more than a hundred fields is answered with 431, and
    so is as much around a body that is none: chunk extensions, trailers. What does not arrive, or is not
    read, within half a minute to a minute is cut off, and so is a request of more than four times the largest
    body: up to there, what is too large is answered with 413, and what still arrives is thrown away. While
    requests wait for their turn, nothing more is parsed; of a connection that has brought no account, little
    waits. Offers to go on in another protocol are not taken up.
    """

    def __init__(self, *args: Any, crowd: Crowd, max_body: int = MAX_BODY, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.logger = _LOGGER
        self.access_log = False
        self._crowd, self._stranger = crowd, True
        self._most = 4 * max_body + MAX_HEAD
        # where the parser is: in a head, in a request, and what is to be fed to another one instead
        self._in_head = self._arriving = self._too_large = self._resetting = False
        self._instead: bytes | None = None
        self._requests = 0
        # bytes since the present request began: of all, of its body, and since its body's last
        self._size = self._body = self._bare = 0
        self._ended = False
        self._rest = b""
        self._watch: asyncio.TimerHandle | None = None

    # the connection ----------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Begin to watch over it, and find room for it."""
        super().connection_made(transport)
        self._watch = self.loop.call_later(PATIENCE_S, self._look, 0, 0, 0)
        if (leaving := self._crowd.enter(self)) is not None:
            leaving.leave()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop watching."""
        if self._watch is not None:
            self._watch.cancel()
        self._rest = b""
        self._crowd.leave(self)
        super().connection_lost(exc)

    def leave(self) -> None:
        """Go, since there is no room; say so, unless an answer is on its way."""
        self._ended = True
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(_FULL)
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            self.transport.close()

    def _look(self, requests: int, answered: int, unsent: int) -> None:
        """Cut off a request that was arriving when last looked, and still is, or that never began."""
        # Two looks at the same request, half a minute apart, mean that it arrives too slowly, unless it is
        # the server that does not read; two at no request at all, that the connection was opened and left;
        # and two at the same answers, still not sent, that nobody reads them. Between requests a client may
        # be quiet for as long as uvicorn keeps connections alive.
        arriving = self._arriving and not self.flow.read_paused
        now = self.transport.get_write_buffer_size()
        unread = 0 < unsent <= now and self._answered == answered
        if unread or (self._requests == requests and (arriving or not requests)):
            self.transport.abort()
            return
        self._watch = self.loop.call_later(PATIENCE_S, self._look, self._requests, self._answered, now)

    def _reset(self) -> None:
        """End the connection with RST, unsent bytes and all, once the request is whole."""
        self._resetting = self._arriving
        if self._resetting:  # who is still sending would learn of it, or of a mere end, as chance has it
            return
        # to linger for 0 seconds is to close with a reset, and to drop what was not sent yet
        sending = self.transport.get_extra_info("socket")
        sending.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    # bytes --------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Take bytes; they are kept as they are while requests wait for their turn."""
        if self._rest or self.pipeline:
            self._keep(self._rest + data)
        elif len(data) <= _SLICE and not self._ended and not self.transport.is_closing():
            self._parse(data)  # nearly always: one request
        else:
            self._feed(data)

    def on_response_complete(self) -> None:
        """Go on to the next request, and to what was kept behind it."""
        self._answered += 1
        if self.cycle.response_complete and self.cycle.body:
            # nobody has read it, and the connection may stay
            self.cycle.body = bytearray()
        super().on_response_complete()
        if self._ended and not self.pipeline and self.cycle.more_body:
            # its turn has come, and what it lacks is not read any more; bad bytes behind a whole one are
            # not its own
            self.transport.close()
        if not self._rest or self.transport.is_closing():
            return
        # one after another, from requests that are kept as bytes: parsed, they take a hundred times as much
        rest, self._rest = self._rest, b""
        if self.pipeline:
            self._keep(rest)
        else:
            self._feed(rest)

    def _keep(self, data: bytes) -> None:
        if self._ended or self.transport.is_closing():
            return
        if self._stranger and len(data) > MAX_UNKNOWN:
            # those that are parsed get their answers, and then it is over
            self._ended, self.cycle.keep_alive = True, False
            return
        self._rest = data
        self.flow.pause_reading()

    def _feed(self, data: bytes) -> None:
        for start in range(0, len(data), _SLICE):
            if self.pipeline:
                self._keep(data[start:])
                return
            if self._ended or self.transport.is_closing():
                return
            self._parse(data[start : start + _SLICE])

    def _parse(self, part: bytes) -> None:
        """Parse some bytes, and end it where there are too many, or where they make no sense."""
        requests, body, size = self._requests, self._body, len(part)
        while True:
            try:
                self.parser.feed_data(part)
            except httptools.HttpParserUpgrade as stopped:
                # it stops behind the head of a request that offers to go on in another protocol: as nobody
                # takes it up, another parser reads on, from the same head without the offer
                part = (self._instead or b"") + part[stopped.args[0] :]
                self.parser = _parser(self)
            except httptools.HttpParserError:
                self._end(self._refuse_head if self._too_large else self._refuse)
                return
            else:
                break
        # uvicorn and httptools bound nothing, so bytes are counted here. These may hold the end of one
        # request and the beginning of the next: if one began in them, the count starts anew behind them.
        if self._requests != requests:
            self._size = self._body = self._bare = 0
            return
        if self.headers and not self._in_head:
            self.headers.clear()  # of trailers
        self._size += size
        self._bare = self._bare + size if self._body == body else 0
        framing = MAX_HEAD if self._stranger else MAX_HEAD + FRAMING * self._body
        too_much = self._bare > MAX_HEAD or self._size - self._body > framing
        if too_much or (self._in_head and self._has_too_much()):
            self._end(self._refuse_head)
        elif self._arriving and self._size > self._most:
            # the application has refused it with 413 long ago, and the client goes on sending
            self.transport.abort()

    def _end(self, refuse: Callable[[], None]) -> None:
        """Read no more; say why where it can be said, once the answers are given that are still to come."""
        self._ended = True
        request = self.cycle
        if self._in_head or not self._arriving:
            # nobody is known yet, and there is no request to refuse
            if request is None or request.response_complete:
                refuse()
            else:
                request.keep_alive = False
        elif self.pipeline or request.response_started:
            self.transport.close()
        else:
            refuse()

    def _refuse(self) -> None:
        self.send_400_response("Invalid HTTP request received.")

    def _refuse_head(self) -> None:
        self.transport.write(_TOO_LARGE_HEAD)
        self.transport.close()

    # what the parser finds ------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        # here, and not at any byte: empty lines between requests keep nothing alive
        self._unset_keepalive_if_required()
        self.scope["extensions"] = {RESET: {"reset": self._reset}}
        self._requests += 1
        self._in_head = self._arriving = True

    def on_headers_complete(self) -> None:
        """Take note that its head is whole, and have it answered."""
        if self._has_too_much():
            self._too_large = True
            raise RefusedError
        if self.parser.should_upgrade():
            self._instead = self._without_offer()
            return
        self._instead = None
        self._unset_keepalive_if_required()
        if self._stranger:
            self._stranger = not self._crowd.introduced(self, self.headers)
        # a target that is none is found only here: until then there is no request to refuse
        super().on_headers_complete()
        self._in_head = False
        # the application has the list: what comes in trailers is no header
        self.headers = []

    def _has_too_much(self) -> bool:
        """Return whether what there is of a head is longer than it may be."""
        return len(self.headers) > MAX_FIELDS or len(self.url) > MAX_PATH

    def _without_offer(self) -> bytes:
        """Return the present head without the offer to go on in another protocol."""
        method = self.parser.get_method()
        if method == b"CONNECT":
            raise RefusedError
        lines = [b"%b %b HTTP/%b" % (method, self.url, self.parser.get_http_version().encode())]
        lines += [b"%b: %b" % field for field in self.headers if field[0] != b"upgrade"]
        return b"\r\n".join([*lines, b"", b""])

    def on_body(self, body: bytes) -> None:
        """Take a part of its body; of a stranger's, so much that it is seen to be too large."""
        self._body += len(body)
        if not self._stranger or len(self.cycle.body) <= MAX_UNKNOWN:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Take note that it is whole."""
        if self._instead is None:
            self._arriving = False
            super().on_message_complete()
            if self._resetting:
                self._reset()


def _parser(protocol: Connection) -> httptools.HttpRequestParser:
    parser = httptools.HttpRequestParser(protocol)
    # older ones read on without being asked
    if hasattr(parser, "set_dangerous_leniencies"):
        # a client that closes after its first of several requests still gets that one answered
        parser.set_dangerous_leniencies(lenient_data_after_close=True)
    return parser
