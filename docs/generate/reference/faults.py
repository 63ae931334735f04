"""The faults: each kind with what the client sees of it, asked of a service when the page is made."""

from __future__ import annotations

from typing import Any

from simimport.model.scenario import Scenario
from simimport.service.calls.endpoints import ENDPOINTS, POLLS, SESSION_CALLS
from simimport.service.schedule.fault import KINDS, Fault
from simimport.service.service import ImportService
from simimport.testing.pollers.cases import TROUBLES, Trouble

from .markdown import PLACE, code, described, page, plain, table

__all__ = ["pages"]

_ABOUT = """\
A {py:class}`simimport.Fault` is one thing that goes wrong on the wire, and when; a schedule of them is
{py:class}`simimport.Faults`. Give it as `ImportService(faults=[Fault("429", at_poll=3)])`, in the pytest
marker as `faults=[…]`, to `simimport serve` as `--faults`, to [the control plane](control-plane.md) as
JSON, or to a fixture pack. {py:meth}`simimport.Faults.random` draws one."""

_WHEN = """\
Exactly one of `at_poll`, `every` and `at_s` says when. Polls are counted from 1, over all three endpoints
that pollers poll; a fault of another `endpoint` counts the calls of that one. Of several faults that would
strike one call, the first in the list does. `Faults.unstruck` are those that never struck: a test that
asked for them in vain."""

_JSON = """\
On the command line and over HTTP a schedule is JSON, with the same names: a list of objects, each with a
`kind`."""

_NONE = """\
401 and 403 are no faults of the wire: a server answers them to who may not call. To have a token refused,
log out with it (`POST /api/v1/logout`); to have a call forbidden, make it as an account without the
permission."""

_TROUBLES = """\
Each case of {py:func}`simimport.check_poller` and {py:func}`simimport.check_client` is an import and one of
these; [the how-to](../../howto/check-a-poller.md) shows how. Without `presets` each is tried at those that
are named here, where it tells most."""

#: What of an answer changes with each call, or says nothing of the fault.
_LEFT_OUT = ("date", "content-length")
_SECONDS = {"latency": "1", "429": "60", "503": "5"}


def pages() -> dict[str, str]:
    """Return the page of faults."""
    rows = [
        (
            f"[`{kind}`](#fault-{kind.replace('_', '-')})",
            plain(about),
            _carried_out(kind),
            _SECONDS.get(kind, ""),
        )
        for kind, about in KINDS.items()
    ]
    fields = described(Fault.__doc__) | {"kind": "One of the kinds above."}
    parts = [
        _ABOUT,
        table(["kind", "what comes", "the call is carried out", "`seconds` unless given"], rows),
        "## When, and what else",
        _WHEN,
        table(["field", "meaning"], [(f"`{k}`", v) for k, v in fields.items()]),
        "Endpoints that can be struck: "
        + ", ".join(f"`{name}`" for name in (*ENDPOINTS, *SESSION_CALLS))
        + ". The kind `stale` is for those that are polled: "
        + ", ".join(f"`{name}`" for name in sorted(POLLS))
        + ".",
        _JSON,
        code("json", '[{"kind": "429", "at_poll": 3, "seconds": 30}, {"kind": "reset", "every": 10}]'),
        _NONE,
    ]
    for kind, about in KINDS.items():
        parts += [
            f"(fault-{kind.replace('_', '-')})=\n## {kind}",
            f"{about[0].upper()}{plain(about)[1:]}.",
            *_seen(kind),
        ]
    troubles = [(f"`{name}`", plain(trouble.about), _tried_at(trouble)) for name, trouble in TROUBLES.items()]
    parts += [
        "(troubles)=\n## The troubles that pollers are put through",
        _TROUBLES,
        table(["name", "what happens", "tried at"], troubles),
    ]
    return {f"{PLACE}/faults.md": page("Faults", *parts)}


def _tried_at(trouble: Trouble) -> str:
    homes = ", ".join(f"[`{home}`](presets.md)" for home in trouble.homes) or "every preset"
    return f"{homes}, only if named" if trouble.on_request else homes


def _carried_out(kind: str) -> str:
    return "no" if Fault(kind, at_poll=1).instead else "yes"


def _seen(kind: str) -> list[str]:
    """Return the code that asks for a fault at the second poll, and what a client meets there."""
    import httpx

    fault = Fault(kind, at_poll=2)
    service = ImportService(Scenario(users=500), seed=7, autostart=True, faults=[fault])
    service.advance(3)
    with service.client() as client:
        client.get("/api/v1/import.status")
        service.advance(6)
        before_s = service.clock.now()
        try:
            seen = _told(client.get("/api/v1/import.status"))
        except httpx.TransportError as error:
            seen = f"httpx.{type(error).__name__}: {error}"
    late_s = service.clock.now() - before_s
    after = f", which comes {late_s:g} s late" if late_s else ""
    return [code("python", repr(fault)), f"What `httpx` shows of that poll{after}:", code("text", seen)]


def _told(response: Any) -> str:
    headers = [f"{name}: {value}" for name, value in response.headers.items() if name not in _LEFT_OUT]
    status = f"HTTP/1.1 {response.status_code} {response.reason_phrase}"
    return "\n".join([status, *headers, "", response.text.rstrip()])
