"""The control plane, from its own OpenAPI document, each call with an example that is answered here."""

from __future__ import annotations

import json
from typing import Any

from simimport.model.scenario import Scenario
from simimport.service.http.control.document import document
from simimport.service.http.control.table import OPEN, ROOT
from simimport.service.service import ImportService

from .markdown import PLACE, anchor, code, document_json, page, table

__all__ = ["operations", "pages"]

_ABOUT = f"""\
A server of `simimport serve`, of `ImportService.serve()` and of the fixture `import_server` is steered over
HTTP under `{ROOT}`, from any language: JSON in, JSON out, behind the same two headers `X-User-Id` and
`X-Auth-Token` as the import API. The first account may, and those with the permission `simimport-control`;
where accounts are isolated, each may for its own service. `--no-control` takes the control plane away.

The service describes it itself: `GET {ROOT}openapi.json` is OpenAPI 3.1, and this page is made from it."""

_REFUSED = f"""\
What is wrong is answered with 400 and changes nothing; `error` says what, where and what is allowed.
Without the headers the answer is 401, without the permission 403, to a body that is too large 413. A path
that is none gives 404, and another method 405. Open to everybody are only {
    " and ".join(f"`GET {path}`" for path in OPEN)
}."""

#: What is sent in the example of each operation.
SENT: dict[str, Any] = {
    "reset": {"preset": "crash_midway", "seed": 7},
    "moveClock": {"advance_s": 20},
    "putFaults": [{"kind": "429", "at_poll": 3, "seconds": 30}],
    "postFaults": [{"kind": "reset", "every": 10}],
}
_QUERY = {"getFaults": "?unstruck=true", "getJournal": "?last=1"}
# after how many letters an answer is left off
_SHOWN = 500


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    """Return each operation of the document: its method, its path and what is said of it."""
    return [
        (method.upper(), path, described)
        for path, methods in document()["paths"].items()
        for method, described in methods.items()
    ]


def pages() -> dict[str, str]:
    """Return the page of the control plane."""
    overview = [
        (f"[`{method} {path}`](#{_target(described)})", described["description"])
        for method, path, described in operations()
    ]
    parts = [_ABOUT, table(["call", "what it does"], overview), "## What is refused", _REFUSED]
    service = ImportService(Scenario(users=500), seed=7)
    with service.client() as client:
        client.post(f"{ROOT}start")
        for method, path, described in operations():
            parts += _operation(client, method, path, described)
    parts += ["## Schemas", *_schemas()]
    return {f"{PLACE}/control-plane.md": page("Control plane", *parts)}


def _operation(client: Any, method: str, path: str, described: dict[str, Any]) -> list[str]:
    name = described["operationId"]
    sent = SENT.get(name)
    answered = client.request(method, path + _QUERY.get(name, ""), json=sent)
    if answered.status_code != 200:
        raise ValueError(f"the example of {name} is refused: {answered.text}")
    request = f"{method} {path}{_QUERY.get(name, '')}" + (
        f"\n\n{json.dumps(sent)}" if sent is not None else ""
    )
    parts = [f"({_target(described)})=\n## {method} {path}", described["description"], _sends(described)]
    parts += [
        code("text", request),
        "is answered with",
        code("json", document_json(answered.json(), most=_SHOWN)),
    ]
    return parts


def _target(described: dict[str, Any]) -> str:
    return f"control-{described['operationId'].lower()}"


def _sends(described: dict[str, Any]) -> str:
    texts = []
    for parameter in described.get("parameters", ()):
        default = json.dumps(parameter["schema"]["default"])
        texts.append(
            f"Query: `{parameter['name']}`, {_kind(parameter['schema'])}, {default} unless given. "
            f"{parameter['description']}"
        )
    if body := described.get("requestBody"):
        schema = body["content"]["application/json"]["schema"]
        need = "" if body["required"] else ", or nothing"
        texts.append(f"Body: {_kind(schema)}{need}.")
    return " ".join([*texts, f"Answers: {', '.join(described['responses'])}."])


def _schemas() -> list[str]:
    parts = []
    for name, schema in document()["components"]["schemas"].items():
        parts += [f"### {name}", schema.get("description", "")]
        if schema.get("properties"):
            parts.append(_properties(schema))
        elif schema.get("type") == "array":
            parts.append(f"A list of {_kind(schema['items'])}.")
    return parts


def _properties(schema: dict[str, Any]) -> str:
    required = schema.get("required", ())
    rows = [
        (f"`{name}`", _kind(part), "yes" if name in required else "", _limits(part), _default(part))
        for name, part in schema["properties"].items()
    ]
    return table(["key", "type", "always there", "allowed", "default"], rows)


def _kind(part: dict[str, Any]) -> str:
    if "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        return f"[{name}]({anchor(name)})"
    if part.get("type") == "array":
        return f"list of {_kind(part['items'])}"
    if "anyOf" in part:
        return " or ".join(dict.fromkeys(_kind(each) for each in part["anyOf"]))
    kinds = part.get("type", "string")
    return " or ".join(kinds) if isinstance(kinds, list) else str(kinds)


def _limits(part: dict[str, Any]) -> str:
    if "enum" in part:
        words = [f"`{word}`" for word in part["enum"]]
        return ", ".join(words) if len(words) <= 30 else f"one of {len(words)} words"
    if "const" in part:
        return f"`{part['const']}`"
    limits = [
        f"{word} {part[key]:,}" for key, word in (("minimum", "from"), ("maximum", "to")) if key in part
    ]
    limits += [f"at most {part['maxLength']:,} characters"] if "maxLength" in part else []
    return " ".join(limits)


def _default(part: dict[str, Any]) -> str:
    return f"`{json.dumps(part['default'])}`" if "default" in part else ""
