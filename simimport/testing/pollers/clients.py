"""What `check_client` hands to a poller: a client of httpx, or a session of requests, without a socket.

Loads the library that is asked for. Broken answers are the library's own matter: they come over as bytes.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, MutableMapping
from functools import partial
from typing import TYPE_CHECKING, Any

from simimport.errors import MissingExtraError
from simimport.model.dialects import dialect_of
from simimport.model.run import wire
from simimport.service import refusals
from simimport.service.answers import Answer, headers_of
from simimport.testing.pollers.handed import is_asynchronous
from simimport.testing.pollers.play import Calling
from simimport.testing.pollers.trial import Trial

if TYPE_CHECKING:
    import httpx

__all__ = ["client_calling", "client_of"]

_URL = "http://simimport"
_PATH = "/api/v1/import.status"
_HEADERS = {"X-User-Id": wire.PAGE_USER, "X-Auth-Token": "a-token-of-a-trial"}


def client_calling(poller: Callable[[Any], Any]) -> Calling:
    """Return how a poller is called with a client.

    Raises
    ------
    MissingExtraError
        If the client's library is not installed.
    """
    kind = client_of(poller)
    _refuse_missing(kind)
    if kind == "httpx.AsyncClient":
        async_trial = partial(Trial, readable=True, pausing="await asyncio.sleep({})")
        return async_trial, lambda trial: asyncio.run(_awaited(poller, trial))

    def call(trial: Trial) -> object:
        with _session(trial) if kind == "requests.Session" else _client(trial) as client:
            return poller(client)

    return partial(Trial, readable=True, pausing="time.sleep({})"), call


def client_of(poller: Callable[[Any], Any]) -> str:
    """Return which client a poller wants: as its parameter is annotated, or called."""
    if is_asynchronous(poller):
        return "httpx.AsyncClient"
    try:
        parameters = list(inspect.signature(poller).parameters.values())
    except (TypeError, ValueError):
        return "httpx.Client"
    first = next(iter(parameters), None)
    annotation = "" if first is None or first.annotation is first.empty else first.annotation
    if isinstance(annotation, type):
        annotation = f"{annotation.__module__}.{annotation.__qualname__}"
    wanted = str(annotation)
    named = first is not None and first.name == "session" and "Client" not in wanted
    return "requests.Session" if named or wanted.endswith("Session") else "httpx.Client"


def _refuse_missing(kind: str) -> None:
    library = kind.partition(".")[0]
    try:
        if library == "httpx":
            import httpx  # noqa: F401 - whether it is there
        else:
            import requests  # noqa: F401 - likewise
    except ModuleNotFoundError:
        raise MissingExtraError(f"a poller that is called with {kind}", package=library) from None


# httpx ----------------------------------------------------------------------------------------------------


def _client(trial: Trial) -> Any:
    import httpx

    class Transport(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            request.read()
            answer = _answered(trial, request.method, request.url.path)
            wait_s = _patience(request, answer)
            trial.move(min(answer.delay_s, wait_s))
            return _response(request, answer, wait_s)

    return httpx.Client(transport=Transport(), base_url=_URL, headers=_HEADERS)


async def _awaited(poller: Callable[[Any], Any], trial: Trial) -> object:
    import httpx

    class Transport(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await request.aread()
            answer = _answered(trial, request.method, request.url.path)
            wait_s = _patience(request, answer)
            # a turn for other tasks, as any request gives
            await asyncio.sleep(min(answer.delay_s, wait_s))
            return _response(request, answer, wait_s)

    async with httpx.AsyncClient(transport=Transport(), base_url=_URL, headers=_HEADERS) as client:
        return await poller(client)


def _patience(request: httpx.Request, answer: Answer) -> float:
    """Return how long a client waits for an answer."""
    patience_s = request.extensions.get("timeout", {}).get("read")
    return answer.delay_s + 1.0 if patience_s is None else float(patience_s)


def _response(request: httpx.Request, answer: Answer, wait_s: float) -> httpx.Response:
    import httpx

    if answer.delay_s >= wait_s:
        raise httpx.ReadTimeout("timed out", request=request)
    if answer.reset:
        raise httpx.ReadError("[Errno 104] Connection reset by peer", request=request)
    return httpx.Response(answer.http_status, headers=dict(answer.headers), content=answer.raw)


# requests -------------------------------------------------------------------------------------------------


def _session(trial: Trial) -> Any:
    from simimport.service.http.in_process import for_requests

    app: Any = _App(trial)
    return for_requests.session(app)


class _App:
    """An application with nothing behind it but a trial."""

    headers = _HEADERS

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        # whose clock is the trial's
        self.service = self.clock = self

    def pass_us(self, microseconds: int) -> None:
        """Let time pass while an answer is on its way."""
        self._trial.move(microseconds / 1e6)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        from simimport.service.http.asgi import ClientGoneError, late, reset

        answer = _answered(self._trial, scope["method"], scope["path"])
        try:
            if answer.delay_s:
                await late(answer.delay_s, scope, receive)
            if answer.reset:
                await reset(scope, receive)
                return
        except ClientGoneError:
            return
        headers = [(name.encode(), value.encode()) for name, value in answer.headers.items()]
        await send({"type": "http.response.start", "status": answer.http_status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else answer.raw})


# both -----------------------------------------------------------------------------------------------------


def _answered(trial: Trial, method: str, path: str) -> Answer:
    """Return what a request is answered, with all its headers; what is no poll is none of the trial's."""
    dialect = dialect_of(trial.case.trouble.dialect)
    if path == _PATH and method == "GET":
        answer = trial.answer()
    else:
        trial.lost(f"{method} {path}")
        answer = refusals.wrong_method(dialect, "GET") if path == _PATH else refusals.unknown_path(dialect)
    headers = {**headers_of(answer, dialect), "content-length": str(len(answer.raw))}
    return Answer(answer.http_status, answer.body, answer.raw, headers, answer.content_type, answer.delay_s)
