"""The instant by which one exchange with a server is over, whatever the server does meanwhile.

httpx bounds each read, and so nothing that drips: here every read, write and handshake of a connection gets
what is left. Knows no status and no body.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl

    import httpcore

__all__ = ["Deadline"]

# what httpcore says when a connection is there, also one to a proxy, through one, or with TLS
_CONNECTED = (".connect_tcp.complete", ".start_tls.complete")


class Deadline:
    """An instant that is set anew for each exchange over the same connections.

    Parameters
    ----------
    clock : callable
        Seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._latest = math.inf

    def start(self, timeout_s: float) -> None:
        """Begin an exchange that may take so long."""
        self._latest = self._clock() + timeout_s

    @property
    def passed(self) -> bool:
        """Whether it is over."""
        return self._clock() >= self._latest

    def watch(self, event: str, info: Mapping[str, Any]) -> None:
        """Bound each connection as soon as it is there: the extension ``trace`` of a request."""
        if event.endswith(_CONNECTED):
            self._bound(info["return_value"])

    def _left_s(self, late: type[Exception]) -> float:
        left_s = self._latest - self._clock()
        if left_s <= 0:
            raise late("timed out")
        return left_s

    def _bound(self, stream: httpcore.NetworkStream) -> None:
        """Make what a connection does end in time; the timeouts that it is given are no shorter."""
        import httpcore

        read, write, start_tls = stream.read, stream.write, stream.start_tls

        def read_in_time(max_bytes: int, timeout: float | None = None) -> bytes:
            del timeout
            return read(max_bytes, self._left_s(httpcore.ReadTimeout))

        def write_in_time(buffer: bytes, timeout: float | None = None) -> None:
            del timeout
            write(buffer, self._left_s(httpcore.WriteTimeout))

        def start_tls_in_time(
            ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
        ) -> httpcore.NetworkStream:
            del timeout
            return start_tls(ssl_context, server_hostname, self._left_s(httpcore.ConnectTimeout))

        # the connection keeps this very object for all its exchanges
        stream.read = read_in_time  # type: ignore[method-assign]
        stream.write = write_in_time  # type: ignore[method-assign]
        stream.start_tls = start_tls_in_time  # type: ignore[method-assign]
