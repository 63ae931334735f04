"""The doors of a service to clients without a socket: httpx's two, and a session of requests.

Loads neither library before it is asked for; what they hand requests to is in the files beside this.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simimport.errors import MissingExtraError
from simimport.keywords import takes_only
from simimport.service.served import Served

if TYPE_CHECKING:
    import httpx
    import requests

__all__ = ["Doors"]

Listed = Mapping[str, Mapping[str, Any]] | str | os.PathLike[str] | None


class Doors(Served):
    """A service that can be asked by clients in its own process."""

    @takes_only("client")
    def client(self, *, accounts: Listed = None) -> httpx.Client:
        """Return an `httpx.Client` of the service that opens no socket.

        Parameters
        ----------
        accounts : mapping or path, optional
            As for `serve`, for clients that log in, or are not allowed all; the client's headers are those of
            the first. Unless given, it is one administrator's, who is logged in.

        Returns
        -------
        httpx.Client
            With headers and a ``base_url``, so that ``client.get("/api/v1/import.status")`` works; it takes
            any other host for this one too. Whoever logs in is known to this client alone.

        Raises
        ------
        MissingExtraError
            If the extra ``http`` is not installed.

        Notes
        -----
        The answers are those of `serve`, byte by byte. A fault that resets is an `httpx.ReadError`. For one
        that comes late, the service's clock moves on, and nobody waits: by how late it is, or, where the
        client's own timeout is not longer, by that, and then it is an `httpx.ReadTimeout`. It works inside a
        running loop, as in Jupyter.

        Time there is the service's clock, and no other: a loop that sleeps really sleeps, and the
        import does not go on meanwhile. Give it ``every_s=0``, and the service a `PollClock`; or have it
        judged by `check_client`, where sleeping takes no time.

        Examples
        --------
        >>> from simimport import Fault, ImportService
        >>> service = ImportService(seed=1, faults=[Fault("503", at_poll=2)])
        >>> with service.client() as client:
        ...     [client.get("/api/v1/import.status").status_code for _ in range(3)]
        [200, 503, 200]
        """
        made: httpx.Client = _for_httpx().client(_app(self, accounts))
        return made

    @takes_only("async_client")
    def async_client(self, *, accounts: Listed = None) -> httpx.AsyncClient:
        """Return an `httpx.AsyncClient` of the service that opens no socket: as `client`, but asynchronous.

        Parameters
        ----------
        accounts : mapping or path, optional
            As for `serve`; the client's headers are those of the first.

        Returns
        -------
        httpx.AsyncClient

        Raises
        ------
        MissingExtraError
            If the extra ``http`` is not installed.

        Examples
        --------
        >>> import asyncio
        >>> from simimport import ImportService
        >>> async def poll():
        ...     async with ImportService(seed=1).async_client() as client:
        ...         return (await client.get("/api/v1/import.status")).json()
        >>> asyncio.run(poll())
        {'success': True, 'state': 'none'}
        """
        made: httpx.AsyncClient = _for_httpx().async_client(_app(self, accounts))
        return made

    @takes_only("session")
    def session(self, *, accounts: Listed = None) -> requests.Session:
        """Return a `requests.Session` of the service that opens no socket.

        Parameters
        ----------
        accounts : mapping or path, optional
            As for `serve`; the session's headers are those of the first.

        Returns
        -------
        requests.Session
            With headers; its host is ``http://simimport``, and any other one too. Adapters that somebody
            mounts, for retries or timeouts, do what they do, and open no socket either.

        Raises
        ------
        MissingExtraError
            If requests, or the extra ``http``, is not installed.

        Notes
        -----
        As for `client`; a reset is a `requests.ConnectionError`, and what comes later than the call's
        ``timeout`` a `requests.ReadTimeout`.

        Examples
        --------
        >>> from simimport import ImportService
        >>> with ImportService(seed=1).session() as session:
        ...     session.get("http://simimport/api/v1/import.status").json()
        {'success': True, 'state': 'none'}
        """
        app = _app(self, accounts)
        try:
            from simimport.service.http.in_process import for_requests
        except ModuleNotFoundError as error:
            raise _missing(error, "a session of requests") from None
        return for_requests.session(app)


def _app(service: Served, accounts: Listed) -> Any:
    from simimport.service.http.app import create_app

    return create_app(service, accounts=accounts)


def _for_httpx() -> Any:
    try:
        from simimport.service.http.in_process import for_httpx
    except ModuleNotFoundError as error:
        raise _missing(error, "a client of httpx") from None
    return for_httpx


def _missing(error: ModuleNotFoundError, what: str) -> Exception:
    library = (error.name or "").partition(".")[0]
    if library == "simimport":
        return error
    if library in ("requests", "urllib3"):
        return MissingExtraError(what, package="requests")
    return MissingExtraError(what, "http")
