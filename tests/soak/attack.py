"""Sends what `exchanges` draws to a server, over many connections at once, and judges what comes back."""

from __future__ import annotations

import re
import selectors
import socket
import struct
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter

from tests.soak.exchanges import Exchange

#: How long an exchange may take, in seconds: a good deal more than it ever does.
PATIENCE_S = 20.0
_AT_ONCE = 24
_MOST_FAULTS = 10
_STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CLOSES = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


@dataclass
class Tally:
    """What was sent and what came back.

    Connections: on how many the server sent a reset, had no room (`full`), and ended before the last request
    since it would not read on (`early`).
    """

    requests: int = 0
    connections: int = 0
    resets: int = 0
    full: int = 0
    early: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


class _Talk:
    """One connection, while it lasts."""

    def __init__(self, port: int, exchange: Exchange) -> None:
        self.exchange = exchange
        ends = [*exchange.cuts, len(exchange.data)]
        self.pieces = [exchange.data[low:high] for low, high in zip([0, *ends], ends, strict=False)][::-1]
        self.got: list[bytes] = []
        self.reset = False
        self.until_s = perf_counter() + PATIENCE_S
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)

    def send(self) -> bool:
        """Send what can be sent; return whether something is left."""
        try:
            while self.pieces:
                piece = self.pieces.pop()
                sent = self.socket.send(piece)
                if sent < len(piece):
                    self.pieces.append(piece[sent:])
            if not self.exchange.whole:
                self.socket.shutdown(socket.SHUT_WR)
        except BlockingIOError:
            self.pieces.append(piece)
            return True
        except OSError:
            self.pieces.clear()  # the server has closed it: what it said is still there, or not
            self.reset = True
        return False

    def receive(self) -> bool:
        """Take what has come; return whether more may come."""
        try:
            data = self.socket.recv(1 << 18)
        except BlockingIOError:
            return True
        except OSError:
            self.reset = True
            return False
        self.got.append(data)
        return bool(data)


def attack(
    port: int, draw: Callable[[int], Exchange], requests: int, tell: Callable[[], object] = lambda: None
) -> Tally:
    """Send at least so many requests, and return how that went.

    Parameters
    ----------
    port : int
        Of the server, on this machine.
    draw : callable
        Gives the exchange of a number, from 0.
    requests : int
        How many.
    tell : callable
        Is called now and then.
    """
    tally = Tally()
    talks: dict[int, _Talk] = {}
    with selectors.DefaultSelector() as selector:

        def end(talk: _Talk, fault: str = "") -> None:
            if talk.socket.fileno() in talks:
                selector.unregister(talk.socket)
                del talks[talk.socket.fileno()]
            talk.socket.close()
            fault = fault or _judged(talk, tally)
            if fault:
                tally.faults.append(_described(talk, fault))

        def begin() -> None:
            talk = _Talk(port, draw(tally.connections))
            tally.connections += 1
            tally.requests += len(talk.exchange.methods)
            more = talk.send()
            if talk.exchange.abrupt:
                talk.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                talk.socket.close()
                return
            talks[talk.socket.fileno()] = talk
            selector.register(talk.socket, _READ | _WRITE if more else _READ, talk)

        while len(tally.faults) < _MOST_FAULTS:
            while len(talks) < _AT_ONCE and tally.requests < requests:
                begin()
                if tally.connections % 500 == 0:
                    tell()
            if not talks:
                break
            for key, events in selector.select(1.0):
                talk: _Talk = key.data
                if events & _WRITE and not talk.send():
                    selector.modify(talk.socket, _READ, talk)
                if events & _READ and not talk.receive():
                    end(talk)
            now_s = perf_counter()
            for talk in [talk for talk in talks.values() if now_s > talk.until_s]:
                end(talk, f"no end after {PATIENCE_S:g} s")
        for talk in list(talks.values()):
            talk.socket.close()
    return tally


def _described(talk: _Talk, fault: str) -> str:
    sent, got = talk.exchange, b"".join(talk.got)
    shown = sent.data if len(sent.data) < 1500 else sent.data[:1000] + b" ... " + sent.data[-500:]
    return f"connection {sent.number}: {fault}\n  cut at {sent.cuts}, sent {shown!r}\n  got {got[-400:]!r}"


def _judged(talk: _Talk, tally: Tally) -> str:
    """Count the answers of a connection, and return what is wrong with them."""
    sent = talk.exchange
    try:
        answers = _answers(b"".join(talk.got), sent.methods, cut=talk.reset or not sent.whole)
    except ValueError as error:
        return str(error)
    tally.resets += talk.reset
    closed = False
    for status, closes, bare in answers:
        if closed:
            return "an answer after one that said it was the last"
        if status == 503 and closes and bare:
            tally.full += 1
        elif status >= 500:
            return f"the status {status}"
        tally.statuses[status] += 1
        closed = closes
    if sent.whole and not talk.reset and not closed and len(answers) < len(sent.methods):
        if not sent.plain:
            tally.early += 1
            return ""
        return f"{len(answers)} answers to {len(sent.methods)} requests"
    return ""


def _answers(data: bytes, methods: tuple[bytes, ...], *, cut: bool) -> list[tuple[int, bool, bool]]:
    """Return the status of each answer, whether it says that it is the last, and whether it is empty.

    Raises
    ------
    ValueError
        If they are no answers, or not whole where they should be.
    """
    found: list[tuple[int, bool, bool]] = []
    place = 0
    while place < len(data):
        end = data.find(b"\r\n\r\n", place)
        begins = _STATUS.match(data, place)
        if end < 0 or begins is None:
            if cut and end < 0:
                break
            raise ValueError("what comes back is no answer")
        head, status = data[place:end], int(begins[1])
        place = end + 4
        if status == 100:
            continue
        length = _LENGTH.search(head)
        if length is None:
            raise ValueError(f"an answer without a length: {head!r}")
        closes = _CLOSES.search(head) is not None
        # a refusal to read on does not look at what it refuses
        if methods[len(found) : len(found) + 1] != (b"HEAD",) or data.startswith(b"Invalid HTTP", place):
            place += int(length[1])
        if place > len(data) and not cut:
            raise ValueError("the last answer is not whole")
        found.append((status, closes, length[1] == b"0"))
    return found
