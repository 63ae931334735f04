"""Serving over HTTP: uvicorn on a thread with a loop of its own, there when asked for, gone when left.

What is answered is decided in `app`, and how uvicorn is stopped in `stoppable`. Nothing here waits longer
than for the thread.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self

from simimport.checks import whole
from simimport.errors import MissingExtraError, ParameterError
from simimport.service.http.app import App, create_app
from simimport.service.http.asgi import MAX_BODY, Asgi
from simimport.service.http.hosts import HostCheck, host_names

if TYPE_CHECKING:
    from simimport.service.served import Served

__all__ = ["Serving", "is_loopback", "serve"]

_BACKLOG = 2048


def serve(
    service: Served,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    accounts: Mapping[str, Mapping[str, Any]] | str | os.PathLike[str] | None = None,
    allow_hosts: Iterable[str] = (),
    cors: bool = False,
    control: bool = True,
    max_body: int = MAX_BODY,
    isolate: bool = False,
    tell: Callable[[str, str, int], None] | None = None,
    warn: bool = True,
) -> Serving:
    """Return a service that is being served.

    Parameters
    ----------
    service, accounts, cors, control, max_body, isolate
        As for `create_app`.
    host, port
        Where to listen; port 0 takes one that is free.
    allow_hosts : iterable of str
        Names by which clients may ask a server that listens at a loopback address, beside localhost, the
        loopback addresses and `host`. Others are refused with 403: pages of other sites can have theirs
        looked up as 127.0.0.1.
    tell : callable, optional
        Called after each request with its method, its path and the status; 0 where it was reset.
    warn : bool, default True
        Whether it says what somebody should know: the token of an administrator made here, once and on
        standard error, and that it listens beyond this machine.

    Raises
    ------
    OSError
        If it cannot listen there.
    MissingExtraError
        If uvicorn, httptools or Starlette is missing.

    Warns
    -----
    UserWarning
        If it listens beyond this machine.
    """
    app = create_app(
        service, accounts=accounts, cors=cors, control=control, max_body=max_body, isolate=isolate
    )
    for each in (app, *app.apart.values()):
        each.tell = tell
    serving = Serving(app, host, port, allow_hosts=allow_hosts)
    if not warn:
        return serving
    if not is_loopback(serving.host):
        warnings.warn(
            f"serving at {serving.host}:{serving.port}, beyond this machine: who reaches it may try tokens",
            UserWarning,
            stacklevel=3,
        )
    if app.accounts.made:
        headers = ", ".join(f"{name}: {value}" for name, value in app.headers.items())
        print(f"simimport serves at {serving.url} ({headers})", file=sys.stderr)
    return serving


class Serving:
    """An application that is being served, from its making until `close`, or until its context is left.

    Attributes
    ----------
    url : str
        Such as ``http://127.0.0.1:49152``, without a slash at its end.
    host, port : str, int
        Where it listens.
    headers : dict of str to str
        Of a call by the first account.
    app : App

    Notes
    -----
    Everything that a client sends is bounded in bytes before anybody is known, and the time in which a
    request arrives and an answer is read. There are at most 1,000 connections, or fewer where fewer files may
    be open: for one more, the oldest goes that never brought a request of an account, and is told 503. What
    stays open: how often somebody without an account asks, and what an account does with its bodies.

    Examples
    --------
    >>> import httpx
    >>> from simimport import ImportService
    >>> with ImportService(seed=1, autostart=True).serve() as server:
    ...     answer = httpx.get(f"{server.url}/api/v1/import.status", headers=server.headers)
    >>> answer.json()["state"], server.host, sorted(server.headers)
    ('importing', '127.0.0.1', ['X-Auth-Token', 'X-User-Id'])
    """

    def __init__(
        self, app: App, host: str = "127.0.0.1", port: int = 0, *, allow_hosts: Iterable[str] = ()
    ) -> None:
        self.app: App = app
        self.headers: dict[str, str] = app.headers
        names = host_names(allow_hosts)
        runner = _runner()
        self._socket = _listening(host, port)
        self.host: str
        self.port: int
        self.host, self.port = self._socket.getsockname()[:2]
        self.url: str = f"http://{_reachable(self.host)}:{self.port}"
        # beyond this machine it has names that nobody knows here
        front: Asgi = HostCheck(app, (*names, host)) if is_loopback(self.host) else app
        run = runner(app, front)
        self._stop, self._thread = _started(run, self._socket, f"simimport-{self.port}")

    def close(self) -> None:
        """Stop serving; when it returns, the thread is gone and the port is free. Again does nothing.

        Examples
        --------
        >>> from simimport import ImportService
        >>> server = ImportService(seed=1).serve()
        >>> server.close()
        """
        self._stop()
        self._thread.join()
        self._socket.close()

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a Serving cannot be pickled or copied: it is a thread and a port of this process; hand over its "
            "url and headers, or its service, app.service, and serve that there"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<serving at {self.url}{'' if self._thread.is_alive() else ', closed'}>"


def is_loopback(host: str) -> bool:
    """Return whether an address is reached from this machine only."""
    return ipaddress.ip_address(host.partition("%")[0]).is_loopback


def _reachable(host: str) -> str:
    """Return an address as it stands in a URL; one that means all of this machine's, as a loopback one."""
    address = ipaddress.ip_address(host.partition("%")[0])
    if address.is_unspecified:
        return "127.0.0.1" if address.version == 4 else "[::1]"
    return host if address.version == 4 else f"[{host}]"


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens there."""
    allowed = "a name or an address, such as 127.0.0.1"
    if not isinstance(host, str) or not host:
        raise ParameterError("host", host, allowed)
    port = whole("port", port, 0, 65535, allowed="a whole number from 0 to 65535; 0 takes one that is free")
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except ValueError:  # a letter, or a length, that no name of a machine has
        raise ParameterError("host", host, allowed) from None
    # named TCP, and not left to the system: asyncio turns Nagle's delay off only where it is said
    made = socket.socket(family, kind, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(_BACKLOG)
    except OSError:
        made.close()
        raise
    return made


Run = Callable[[socket.socket, Callable[[Callable[[], None]], None]], None]


def _started(run: Run, listening: socket.socket, name: str) -> tuple[Callable[[], None], threading.Thread]:
    """Return how to stop a server, and its thread, once it serves."""
    # The thread says one thing, once: how it is stopped, as soon as it serves, or why it never will. Whoever
    # waits for that is let go in any case, also where uvicorn comes back before it has begun, and without an
    # error.
    ready = threading.Event()
    found: list[Callable[[], None] | BaseException] = []

    def report(stop: Callable[[], None]) -> None:
        found.append(stop)
        ready.set()

    def work() -> None:
        try:
            run(listening, report)
        except BaseException as error:
            # nobody waits any more: it is the thread's own, and shown by its hook as any other's
            if ready.is_set():
                raise
            found.append(error)
        finally:
            ready.set()

    # a daemon, so that a server that somebody forgot does not keep the process
    thread = threading.Thread(target=work, name=name, daemon=True)
    thread.start()
    ready.wait()
    first = found[0] if found else RuntimeError("the server ended before it had begun")
    if isinstance(first, BaseException):
        # as if it had never been tried: no thread, and the port is free
        thread.join()
        listening.close()
        raise first
    return first, thread


def _runner() -> Callable[[App, Asgi], Run]:
    """Return what makes what runs uvicorn: call that in a thread that has no loop."""
    try:
        from simimport.service.http.stoppable import runner
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "simimport":
            raise
        raise MissingExtraError("serving over HTTP", "http") from None
    return runner
