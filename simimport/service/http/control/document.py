"""The OpenAPI document of the control plane, made from its table and its schemas.

Of the vendor's endpoints tells `contract/`: no part of any dialect is here.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from simimport.service.http.control.schemas import QUERIES, schemas
from simimport.service.http.control.table import OPEN, ROOT, TABLE, Operation
from simimport.version import __version__

__all__ = ["document", "index"]

_ABOUT = (
    "Steers an import server of simimport, for suites in any language: begin anew, start an import, move the "
    "clock, put faults on the wire, and read what was called. What is wrong is answered with 400 and changes "
    "nothing; a path that is none with 404, and another method with 405, likewise in words."
)
_REFUSED = {
    "400": "What was sent cannot be so: what is wrong, where, and what is allowed.",
    "401": "The headers X-User-Id and X-Auth-Token are missing, or nobody's.",
    "403": "The account may not use the control plane.",
    "413": "The body is too large.",
}


def index() -> dict[str, Any]:
    """Return what is here, in short."""
    return {
        "name": "simimport",
        "version": __version__,
        "about": "The control plane of an import server: JSON in, JSON out.",
        "openapi": ROOT + "openapi.json",
        "endpoints": {f"{operation.method} {ROOT}{operation.path}": operation.about for operation in TABLE},
    }


@cache
def document() -> dict[str, Any]:
    """Return the document, OpenAPI 3.1."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in TABLE:
        described = _operation(operation)
        paths.setdefault(ROOT + operation.path, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "simimport: the control plane",
            "description": _ABOUT,
            "version": __version__,
            "contact": {"name": "The simimport maintainers"},
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": "control", "description": "Whatever suites steer."}],
        "security": [{"authToken": [], "userId": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "authToken": {"type": "apiKey", "in": "header", "name": "X-Auth-Token"},
                "userId": {"type": "apiKey", "in": "header", "name": "X-User-Id"},
            },
            # what stands in the query stands there
            "schemas": {name: schema for name, schema in schemas().items() if name not in QUERIES},
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.about.partition(":")[0].partition(";")[0].partition(",")[0].rstrip(".") + ".",
        "description": operation.about,
        "tags": ["control"],
        "responses": {"200": _answer("It is so.", operation.answer)},
    }
    refused = ["400"] if operation.refuses else []
    if ROOT + operation.path in OPEN:
        described["security"] = []
    else:
        refused += ["401", "403"]
    if operation.body:
        refused.append("413")
        content = {"application/json": {"schema": _ref(operation.body)}}
        described["requestBody"] = {"required": operation.needs_body, "content": content}
    for status in refused:
        schema = "Unauthorized" if status == "401" else "Error"
        described["responses"][status] = _answer(_REFUSED[status], schema)
    if operation.query:
        described["parameters"] = [
            {"name": name, "in": "query", "required": False, "schema": schemas()[schema],
             "description": QUERIES[schema]}
            for name, schema in operation.query.items()
        ]  # fmt: skip
    return described


def _answer(about: str, schema: str) -> dict[str, Any]:
    return {"description": about, "content": {"application/json": {"schema": _ref(schema)}}}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
