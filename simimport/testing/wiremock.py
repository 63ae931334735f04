"""WireMock mappings: a scenario that moves on to the next answer at each GET of import.status.

Starts no WireMock, and writes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from simimport.service.answers import Answer, headers_of
from simimport.testing.refused import Refused
from simimport.testing.traces import Recorded

if TYPE_CHECKING:
    from simimport.model.dialects import Dialect

__all__ = ["URL", "mappings"]

URL = "/api/v1/import.status"

_SCENARIO = "import"
# WireMock's own first state, to which its scenarios are reset
_STARTED = "Started"
_KNOWN = {"X-Auth-Token": {"matches": ".+"}, "X-User-Id": {"matches": ".+"}}
# the lower, the sooner it is tried; 5 is what mappings have that say nothing
_ANSWERS, _UNAUTHORIZED, _WRONG_METHOD = 5, 8, 9


def mappings(
    answers: Sequence[tuple[str, Recorded]], refusals: Sequence[Refused], dialect: Dialect
) -> Iterator[dict[str, Any]]:
    """Yield each mapping.

    Parameters
    ----------
    answers : sequence of (str, Recorded)
        In order, with their names. The last one stays.
    refusals : sequence of Refused
        Of these, what a poll can meet: no headers, and another method than GET.
    dialect : Dialect
        For the headers.

    Notes
    -----
    What is in ``X-Auth-Token`` and ``X-User-Id`` does not matter, only that both are there.
    """
    states = [_STARTED, *(name for name, _ in answers[1:])]
    for place, (name, answer) in enumerate(answers):
        told: dict[str, Any] = {
            "name": f"import.status {name}",
            "priority": _ANSWERS,
            "scenarioName": _SCENARIO,
            "requiredScenarioState": states[place],
        }
        if place + 1 < len(answers):
            told["newScenarioState"] = states[place + 1]
        told["request"] = {"method": "GET", "urlPath": URL, "headers": _KNOWN}
        told["response"] = _response(answer, dialect)
        yield told
    for refusal in refusals:
        if refusal.name.endswith("-unauthorized"):
            yield _refusing(refusal, "GET", _UNAUTHORIZED)
        elif refusal.name.endswith("-wrong-method"):
            yield _refusing(refusal, "ANY", _WRONG_METHOD)


def _refusing(refused: Refused, method: str, priority: int) -> dict[str, Any]:
    return {
        "name": f"import.status {refused.name}",
        "priority": priority,
        "request": {"method": method, "urlPath": URL},
        "response": {
            "status": refused.refusal.http_status,
            "headers": refused.headers,
            **_body(refused.refusal.body),
        },
    }


def _response(answer: Recorded, dialect: Dialect) -> dict[str, Any]:
    if answer.http_status == 0:
        return {"fault": "CONNECTION_RESET_BY_PEER"}
    kind = "text/plain; charset=utf-8" if isinstance(answer.body, str) else "application/json"
    headers = headers_of(Answer(answer.http_status, None, b"", content_type=kind), dialect)
    return {"status": answer.http_status, "headers": headers, **_body(answer.body)}


def _body(body: Any) -> dict[str, Any]:
    if isinstance(body, (dict, list)):
        # WireMock writes it compactly and in this order of keys, as the server does
        return {"jsonBody": body}
    # to WireMock, a jsonBody of null is none
    return {"body": body if isinstance(body, str) else json.dumps(body)}
