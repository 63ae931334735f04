"""The vendor's surface as OpenAPI 3.1, per dialect: every endpoint and status, with examples from the model.

Describes what a server answers; the control plane and what faults do to answers are not the vendor's.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from simimport.errors import ParameterError, suggestion
from simimport.model.dialects import dialect_of
from simimport.service.contract.endpoints import TAGS
from simimport.service.contract.openapi_components import headers, responses, schemas, unknown_path
from simimport.service.contract.parts import unshared
from simimport.service.contract.paths import paths
from simimport.service.contract.plain_shapes import plain_document
from simimport.version import __version__

if TYPE_CHECKING:
    from simimport.model.dialects import Dialect

__all__ = ["FLAVOURS", "openapi"]

#: What the schemas of a document are for.
FLAVOURS = ("exact", "generators")

_ABOUT = (
    "Rocket.Chat's bulk user import, as in {about}. Create an operation (`import.new`), add users "
    "(`import.addUsers`), run it (`import.run`) and ask how it is going (`import.status`). What is answered "
    "to other methods stands under `components/responses`: `WrongMethod`; that on other paths, for which "
    "OpenAPI has no place, under `x-unknown-path`."
)


def openapi(dialect: str = "docs", *, flavour: str = "exact") -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of the vendor's endpoints: the import's, and what is called around it.

    Parameters
    ----------
    dialect : {"docs", "server-6.3", "server-7.4", "server-8.3"}
        Whose words.
    flavour : {"exact", "generators"}
        What the schemas are for. Exact ones hold for what is answered and for nothing else, and are for
        validators. Those for generators of code say less: each is one plain object, so that a client has
        a class for it, and ``status.operation.count.total`` is a number to type checkers too.

    Returns
    -------
    dict
        With every status that is answered, and an example of ``import.status`` for each state.

    Raises
    ------
    ParameterError
        If the dialect or the flavour is unknown.

    Notes
    -----
    Requests are described as they should be sent: a server coerces more than that (a number where a text
    is expected). Faults answer what they like, and are not described.

    Examples
    --------
    >>> document = openapi()
    >>> list(document["paths"])[0], document["paths"]["/api/v1/import.status"]["get"]["responses"].keys()
    ('/api/v1/import.status', dict_keys(['200', '401', '403', '429']))
    >>> openapi(flavour="generators")["components"]["schemas"]["ImportStatus"]["properties"]["operation"]
    {'$ref': '#/components/schemas/ImportOperation'}
    """
    words = dialect_of(dialect)
    if flavour not in FLAVOURS:
        hint = suggestion(flavour, FLAVOURS)
        raise ParameterError("flavour", flavour, ", ".join(FLAVOURS), hint=hint)
    document = _document(words)
    return unshared(_used(plain_document(document, words) if flavour == "generators" else document))


def _document(dialect: Dialect) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Rocket.Chat: bulk user import",
            "description": _ABOUT.format(about=dialect.about),
            "version": __version__,
            "contact": {"name": "The simimport maintainers"},
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "http://127.0.0.1:3000"}],
        "tags": [{"name": name, "description": about} for name, about in TAGS.items()],
        "security": [{"authToken": [], "userId": []}],
        "paths": paths(dialect),
        "x-unknown-path": unknown_path(dialect),
        "components": {
            "securitySchemes": {
                "authToken": {"type": "apiKey", "in": "header", "name": "X-Auth-Token"},
                "userId": {"type": "apiKey", "in": "header", "name": "X-User-Id"},
            },
            "schemas": schemas(dialect),
            "responses": responses(dialect),
            "headers": headers(),
        },
    }


def _used(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document without the schemas that nothing in it leads to."""
    every = document["components"]["schemas"]
    text = json.dumps({**document, "components": {**document["components"], "schemas": {}}})
    left, reached = set(re.findall(r"#/components/schemas/(\w+)", text)), set()
    while left:
        reached |= left
        parts = json.dumps([every[name] for name in left])
        left = set(re.findall(r"#/components/schemas/(\w+)", parts)) - reached
    schemas = {name: schema for name, schema in every.items() if name in reached}
    return {**document, "components": {**document["components"], "schemas": schemas}}
