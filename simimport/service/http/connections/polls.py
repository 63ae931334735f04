"""Polls, answered as soon as their head is read, with the bytes that the application would send.

Nearly all that a server of imports is asked is the status, by accounts that nobody refuses. Through ASGI that
takes a task, an event, and two messages with every header looked at: several times as long as the answer.
Whatever is not plain goes that way, and nothing of it has happened yet.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from simimport.service.answers import Answer
from simimport.service.http.app import PREFIX, App

__all__ = ["AnsweringPolls", "Fields", "Polls"]

#: The fields of a head, their names in lower case.
Fields = Sequence[tuple[bytes, bytes]]

# what is asked, as it stands in a request
_STATUS_URL = PREFIX.encode() + b"import.status"
# with them it may have a body, or wait for leave to send one
_NOT_PLAIN = (b"content-length", b"transfer-encoding", b"expect")


class Polls:
    """What answers plain polls.

    Parameters
    ----------
    app : App
    leads_here : callable, optional
        Whether a host is one by which clients may ask; any is where it is left out.
    """

    def __init__(self, app: App, leads_here: Callable[[bytes], bool] | None) -> None:
        self._app, self._leads_here = app, leads_here
        self._answer: Answer | None = None
        self._usual: Fields = ()
        self._bytes = b""

    def answered(self, fields: Fields, usual: Fields) -> bytes | None:
        """Return the answer to ``GET import.status``, head and body; None where the application is to answer.

        Parameters
        ----------
        fields : sequence of (bytes, bytes)
            Of the request's head.
        usual : sequence of (bytes, bytes)
            What the server adds to each answer: the same object for as long as it stays the same.
        """
        named = dict(fields)
        # of one that comes twice the application decides what it means
        if len(named) != len(fields) or any(map(named.__contains__, _NOT_PLAIN)):
            return None
        if self._leads_here is not None and not self._leads_here(named.get(b"host", b"")):
            return None
        account = None if self._app.cors else self._app.accounts.with_token(named)
        if account is None:
            return None
        app = self._app.apart.get(account.id, self._app)
        answer = app.entrance.polled(account)
        if answer is None:
            return None
        if app.tell is not None:
            app.tell("GET", _STATUS_URL.decode(), answer.http_status)
        # between two changes all get the very same
        if answer is not self._answer or usual is not self._usual:
            self._answer, self._usual = answer, usual
            lines = b"".join(b"%b: %b\r\n" % field for field in [*usual, *app.fields(answer)])
            self._bytes = STATUS_LINE[answer.http_status] + lines + b"\r\n" + answer.raw
        return self._bytes


class AnsweringPolls(HttpToolsProtocol):
    """A connection of uvicorn's that answers plain polls at once, if it is their turn.

    Parameters
    ----------
    polls : Polls
    """

    def __init__(self, *args: Any, polls: Polls, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._polls = polls
        self._answered = 0

    def on_headers_complete(self) -> None:
        """Answer a plain poll, or have the request answered."""
        if not self._answer_at_once():
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Take note that a request is whole; nobody waits for that where all so far were plain polls."""
        if self.cycle is not None:
            super().on_message_complete()

    def _answer_at_once(self) -> bool:
        """Answer a plain poll whose turn it is, and return whether it was one."""
        cycle, parser = self.cycle, self.parser
        if (
            self.url != _STATUS_URL
            or (cycle is not None and not cycle.response_complete)
            or self.flow.write_paused
            or self.transport.is_closing()
            or parser.get_method() != b"GET"
            or parser.get_http_version() != "1.1"
            or not parser.should_keep_alive()
        ):
            return False
        answer = self._polls.answered(self.headers, self.server_state.default_headers)
        if answer is None:
            return False
        self.transport.write(answer)
        self._answered += 1
        self.server_state.total_requests += 1
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )
        return True
