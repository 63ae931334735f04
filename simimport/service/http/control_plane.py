"""The control plane under ``/_simimport/``: for suites that are not in Python. JSON in, JSON out.

Who may enter is decided in `app`; what is changed is the service's own. No part of any dialect.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simimport.errors import SimimportError
from simimport.service.accounts import Headers
from simimport.service.faults import Fault
from simimport.service.http.asgi import shown
from simimport.service.http.control.bodies import (
    faults_in,
    last_in,
    move_in,
    named_in,
    nothing_in,
    unstruck_in,
)
from simimport.service.http.control.document import document, index
from simimport.service.http.control.table import ROOT, TABLE
from simimport.service.http.control.words import in_json, naming
from simimport.service.http.long_work import LONG, LONG_BODY, beside, json_array
from simimport.service.http.request_body import TooLargeError, received
from simimport.service.journal import Call
from simimport.service.served import Served
from simimport.version import __version__

__all__ = ["control_plane"]

Handler = Callable[[Request], Awaitable[Response]]


def control_plane(service: Served, max_body: int, revive: Callable[[Headers], None]) -> Starlette:
    """Return the ASGI application of the control plane.

    Parameters
    ----------
    service : Served
    max_body : int
        The largest body, in bytes.
    revive : callable
        Takes the headers of who resets it, and lets who has logged out in again.

    Notes
    -----
    What there is stands in `control.table`, and at ``GET openapi.json``. What is wrong is answered with 400
    and ``{"error": message}``.
    """
    plane = _Plane(service, max_body, revive)
    handlers: Mapping[str, Handler] = {
        "index": partial(_always, index), "document": partial(_always, document), "health": plane.health,
        "reset": plane.reset, "start": plane.start, "moveClock": plane.move, "getFaults": plane.faults,
        "putFaults": plane.put_faults, "postFaults": plane.put_faults, "getJournal": plane.journal,
        "getScenario": plane.scenario,
    }  # fmt: skip
    of_path: dict[str, dict[str, Handler]] = {}
    for operation in TABLE:
        of_path.setdefault(operation.path, {})[operation.method] = handlers[operation.name]
    routes = [Route(ROOT + path, _by_method(these), methods=list(these)) for path, these in of_path.items()]
    refusing: Mapping[Any, Any] = {
        HTTPException: _failed,
        SimimportError: _wrong,
        TooLargeError: _too_large,
    }
    made = Starlette(routes=routes, exception_handlers=refusing)
    # a redirect would name the host that the request named, which may be anybody's
    made.router.redirect_slashes = False
    return made


def _by_method(handlers: Mapping[str, Handler]) -> Handler:
    async def handle(request: Request) -> Response:
        return await handlers["GET" if request.method == "HEAD" else request.method](request)

    return handle


async def _always(what: Callable[[], dict[str, Any]], request: Request) -> JSONResponse:
    return JSONResponse(what())


class _Plane:
    """The handlers that ask the service, or change it."""

    def __init__(self, service: Served, max_body: int, revive: Callable[[Headers], None]) -> None:
        self._service = service
        self._max_body = max_body
        self._revive = revive

    async def health(self, request: Request) -> JSONResponse:
        service = self._service
        return JSONResponse({
            "status": "ok",
            "version": __version__,
            "dialect": service.dialect,
            "seed": service.seed,
            "clock": type(service.clock).__name__,
            "now_s": service.clock.now_us() / 1e6,
            "state": str(service.state),
            "calls": service.log.calls,
        })

    async def reset(self, request: Request) -> JSONResponse:
        raw = await self._body(request)
        named = await beside(len(raw) > LONG_BODY, named_in, raw)
        # one that starts by itself makes its people first
        await beside(True, partial(self._service.reset, **named))
        # the next test of a suite has the headers that all have
        self._revive(request.scope["headers"])
        return await self.health(request)

    async def start(self, request: Request) -> JSONResponse:
        nothing_in(await self._body(request))
        await beside(True, self._service.start)
        return await self.health(request)

    async def move(self, request: Request) -> JSONResponse:
        raw = await self._body(request)
        move, value = await beside(len(raw) > LONG_BODY, move_in, raw)
        service = self._service
        to: Mapping[str, Callable[[Any], object]] = {
            "advance_s": service.advance, "jump_s": service.clock.jump, "run_until": service.run_until,
        }  # fmt: skip
        with naming(move):
            to[move](value)
        return JSONResponse({"now_s": service.clock.now_us() / 1e6, "state": str(service.state)})

    async def faults(self, request: Request) -> Response:
        unstruck, faults = unstruck_in(request.query_params.multi_items()), self._service.faults
        return await self._listed(faults.unstruck if unstruck else faults.schedule)

    async def _listed(self, faults: Sequence[Fault]) -> Response:
        listed = await beside(len(faults) > LONG, json_array, map(Fault.fields, faults))
        return Response(listed, media_type="application/json")

    async def put_faults(self, request: Request) -> Response:
        raw = await self._body(request)
        faults = await beside(len(raw) > LONG_BODY, faults_in, raw)
        self._service.faults = faults
        return await self._listed(faults.schedule)

    async def journal(self, request: Request) -> Response:
        last, log = last_in(request.query_params.multi_items()), self._service.log
        counters = {
            "calls": log.calls,
            "polls": log.polls,
            "polls_after_end": log.polls_after_end,
            # JSON has no NaN
            "shortest_poll_s": log.shortest_poll_s if log.shortest_poll_s >= 0 else None,
        }
        listed = await beside(last > LONG, json_array, map(Call._asdict, log.last(last)))
        # the calls come last, piece by piece, since there may be many
        body = json_array([counters])[1:-2] + b',"last":' + listed + b"}"
        return Response(body, media_type="application/json")

    async def scenario(self, request: Request) -> JSONResponse:
        return JSONResponse(self._service.scenario.to_dict())

    async def _body(self, request: Request) -> bytes:
        return await received(request.receive, request.scope["headers"], self._max_body)


async def _failed(request: Request, error: HTTPException) -> JSONResponse:
    path = shown(request.scope)
    if error.status_code == 405:
        methods = (error.headers or {}).get("Allow", "")
        words = f"{path} is not asked with {request.method[:20]}; allowed: {methods}."
    else:
        words = f"there is no {path}; GET {ROOT} tells what there is."
    return JSONResponse({"error": words}, error.status_code, error.headers)


async def _wrong(request: Request, error: SimimportError) -> JSONResponse:
    return JSONResponse({"error": in_json(error)}, 400)


async def _too_large(request: Request, error: TooLargeError) -> JSONResponse:
    return JSONResponse({"error": "the body is too large"}, 413)
