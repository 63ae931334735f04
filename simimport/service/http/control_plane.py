"""The control plane under ``/_simimport/``: for suites that are not in Python. JSON in, JSON out.

Who may enter is decided in `app`; what is changed is the service's own. No part of any dialect.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simimport.checks import json_list, json_object, whole
from simimport.errors import ParameterError, SimimportError, brief, suggestion
from simimport.model.presets import PRESETS
from simimport.model.scenario import Scenario
from simimport.service.faults import Fault, Faults
from simimport.service.http.long_work import LONG, LONG_BODY, beside, forget, json_array
from simimport.service.http.request_body import TooLargeError, parsed, received
from simimport.service.journal import LENGTH, Call
from simimport.service.served import Served
from simimport.version import __version__

__all__ = ["control_plane"]

_ROOT = "/_simimport/"
_LAST = 100
_FAULTS = "a list of objects"
_MOVES = ("advance_s", "jump_s", "run_until")

Handler = Callable[[Request], Awaitable[Response]]


def control_plane(service: Served, max_body: int) -> Starlette:
    """Return the ASGI application of the control plane.

    Parameters
    ----------
    service : Served
    max_body : int
        The largest body, in bytes.

    Notes
    -----
    ``GET health``; ``POST reset`` with ``{"scenario": {…}}`` or ``{"preset": name}``, and ``"faults": […]``,
    all optional; ``POST clock`` with one of ``advance_s``, ``jump_s`` and ``run_until``; ``GET faults``, and
    ``PUT`` or ``POST faults`` with a list; ``GET journal?last=100``; ``GET scenario``. What is wrong is
    answered with 400 and ``{"error": message}``.
    """
    plane = _Plane(service, max_body)
    routes = [
        Route(_ROOT + "health", plane.health, methods=["GET"]),
        Route(_ROOT + "reset", plane.reset, methods=["POST"]),
        Route(_ROOT + "clock", plane.clock, methods=["POST"]),
        Route(_ROOT + "faults", plane.faults, methods=["GET", "PUT", "POST"]),
        Route(_ROOT + "journal", plane.journal, methods=["GET"]),
        Route(_ROOT + "scenario", plane.scenario, methods=["GET"]),
    ]
    handlers: Mapping[Any, Any] = {
        HTTPException: _failed,
        SimimportError: _wrong,
        TooLargeError: _too_large,
    }
    made = Starlette(routes=routes, exception_handlers=handlers)
    # a redirect would name the host that the request named, which may be anybody's
    made.router.redirect_slashes = False
    return made


class _Plane:
    """The handlers."""

    def __init__(self, service: Served, max_body: int) -> None:
        self._service = service
        self._max_body = max_body

    async def health(self, request: Request) -> JSONResponse:
        return JSONResponse(self._health())

    async def reset(self, request: Request) -> JSONResponse:
        raw = await self._body(request)
        await beside(len(raw) > LONG_BODY, self._reset, raw)
        return JSONResponse(self._health())

    def _reset(self, raw: bytes) -> None:
        body = _object(raw if raw.strip() else b"{}", ("scenario", "preset", "faults"))
        if "scenario" in body and "preset" in body:
            raise ParameterError("the body", body, "scenario or preset, one of them")
        scenario = faults = None
        if "preset" in body:
            scenario = PRESETS[_name(body["preset"])]
        elif "scenario" in body:
            scenario = Scenario.from_dict(json_object("scenario", body["scenario"]))
        if "faults" in body:
            faults = Faults(json_list("faults", body["faults"], _FAULTS))
        self._service.reset(scenario=scenario, faults=faults)

    async def clock(self, request: Request) -> JSONResponse:
        raw = await self._body(request)
        body = await beside(len(raw) > LONG_BODY, _object, raw, _MOVES)
        if len(body) != 1:
            raise ParameterError("the body", body, f"one of {', '.join(_MOVES)}")
        [(move, value)] = body.items()
        if move == "advance_s":
            self._service.advance(value)
        elif move == "jump_s":
            self._service.clock.jump(value)
        else:
            self._service.run_until(_name(value))
        return JSONResponse({"now_s": self._service.clock.now_us() / 1e6, "state": str(self._service.state)})

    async def faults(self, request: Request) -> Response:
        if request.method != "GET":
            raw = await self._body(request)
            self._service.faults = await beside(len(raw) > LONG_BODY, _faults, raw)
        faults = self._service.faults
        listed = await beside(len(faults) > LONG, json_array, map(Fault.fields, faults))
        return Response(listed, media_type="application/json")

    async def journal(self, request: Request) -> Response:
        last, log = _last(request), self._service.log
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

    def _health(self) -> dict[str, Any]:
        service = self._service
        return {
            "status": "ok",
            "version": __version__,
            "dialect": service.dialect,
            "seed": service.seed,
            "clock": type(service.clock).__name__,
            "now_s": service.clock.now_us() / 1e6,
            "state": str(service.state),
            "calls": service.log.calls,
        }

    async def _body(self, request: Request) -> bytes:
        return await received(request.receive, request.scope["headers"], self._max_body)


def _json(raw: bytes) -> Any:
    try:
        return parsed(raw)
    except ValueError as error:
        raise ParameterError("the body", raw[:60], f"JSON ({error})") from None


def _object(raw: bytes, keys: tuple[str, ...]) -> dict[str, Any]:
    body = json_object("the body", _json(raw))
    for key in body:
        _check_key(key, keys)
    return body


def _faults(raw: bytes) -> Faults:
    listed = json_list("the body", _json(raw), _FAULTS)
    faults = Faults(listed)
    forget(listed)
    return faults


def _name(value: Any) -> str:
    """Return what is looked up by its name; what is no text is none, and is shown as it is."""
    return value if isinstance(value, str) else brief(value)


def _check_key(key: str, keys: tuple[str, ...]) -> None:
    if key not in keys:
        raise ParameterError("the key", key, ", ".join(keys), hint=suggestion(key, keys))


def _last(request: Request) -> int:
    """Return how many calls are asked for."""
    asked = request.query_params.multi_items()
    for key, _ in asked:
        _check_key(key, ("last",))
    if len(asked) > 1:
        raise ParameterError("last", [value for _, value in asked], "one number")
    text = asked[0][1] if asked else str(_LAST)
    # what is no number, or one beyond all counting, is refused as it was written
    digits = text.lstrip("0") or "0"
    countable = text.isascii() and text.isdecimal() and len(digits) <= len(str(LENGTH))
    return whole("last", int(digits) if countable else text, 0, LENGTH)


async def _failed(request: Request, error: HTTPException) -> JSONResponse:
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


async def _wrong(request: Request, error: SimimportError) -> JSONResponse:
    return JSONResponse({"error": str(error)}, 400)


async def _too_large(request: Request, error: TooLargeError) -> JSONResponse:
    return JSONResponse({"error": "the body is too large"}, 413)
