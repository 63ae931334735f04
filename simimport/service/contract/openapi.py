"""The vendor's surface as OpenAPI 3.1, per dialect: every endpoint and status, with examples from the model.

Describes what a server answers; the control plane and what faults do to answers are not the vendor's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from simimport.model.dialects import dialect_of
from simimport.model.run import wire
from simimport.service import refusals
from simimport.service.contract.answer_shapes import unshared
from simimport.service.contract.examples import Examples
from simimport.service.contract.openapi_components import (
    ADD_USERS_ERRORS,
    MISFITS,
    RUN_ERRORS,
    answer,
    exactly,
    headers,
    limited,
    local,
    responses,
    schemas,
)
from simimport.service.operations import ENDPOINTS
from simimport.version import __version__

if TYPE_CHECKING:
    from simimport.model.dialects import Dialect
    from simimport.service.answers import Answer

__all__ = ["openapi"]

_ABOUT = (
    "Rocket.Chat's bulk user import, as in {about}. Create an operation (`import.new`), add users "
    "(`import.addUsers`), run it (`import.run`) and ask how it is going (`import.status`). What is answered "
    "to other methods and on other paths stands under `components/responses`: `WrongMethod`, `UnknownPath`."
)
#: Each endpoint: what it is for, and the schema of its success.
_ENDPOINTS: Mapping[str, tuple[str, str]] = {
    "import.status": ("Ask how the present operation is going", "Status"),
    "import.new": ("Create an operation; one that is there is canceled first", "Created"),
    "import.addUsers": ("Stage users: calls add up", "Success"),
    "import.run": ("Run the operation; answers at once", "Success"),
    "import.clear": ("Empty the staging area, and cancel what is not over", "Success"),
    "importers.list": ("List the importers of files", "Importers"),
    "getImportProgress": ("Ask for the step and the counters only", "Progress"),
    "getCurrentImportOperation": ("Ask for the present operation's document", "CurrentOperation"),
}


def openapi(dialect: str = "docs") -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of the vendor's endpoints: the import's, and ``login``.

    Parameters
    ----------
    dialect : {"docs", "server-6.3", "server-7.4", "server-8.3"}
        Whose words.

    Returns
    -------
    dict
        With every status that is answered, and an example of ``import.status`` for each state.

    Raises
    ------
    ParameterError
        If the dialect is unknown.

    Notes
    -----
    Requests are described as they should be sent: a server coerces more than that (a number where a text
    is expected). Faults answer what they like, and are not described.

    Examples
    --------
    >>> document = openapi()
    >>> list(document["paths"])[0], document["paths"]["/api/v1/import.status"]["get"]["responses"].keys()
    ('/api/v1/import.status', dict_keys(['200', '401', '403', '429']))
    """
    words = dialect_of(dialect)
    examples = Examples(words)
    paths = {
        f"/api/v1/{endpoint}": {ENDPOINTS[endpoint].lower(): _operation(words, endpoint, examples)}
        for endpoint in _ENDPOINTS
    }
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "Rocket.Chat: bulk user import",
            "description": _ABOUT.format(about=words.about),
            "version": __version__,
        },
        "servers": [{"url": "http://localhost:3000"}],
        "security": [{"authToken": [], "userId": []}],
        "paths": {**paths, "/api/v1/login": {"post": _login(examples)}},
        "components": {
            "securitySchemes": {
                "authToken": {"type": "apiKey", "in": "header", "name": "X-Auth-Token"},
                "userId": {"type": "apiKey", "in": "header", "name": "X-User-Id"},
            },
            "schemas": schemas(words),
            "responses": responses(words),
            "headers": headers(),
        },
    }
    return unshared(document)


def _operation(dialect: Dialect, endpoint: str, examples: Examples) -> dict[str, Any]:
    about, schema = _ENDPOINTS[endpoint]
    responses = {"200": limited(answer("Success.", local(schema), _succeeded(endpoint, examples)))}
    refused = _bad_request(dialect, endpoint)
    if refused is not None:
        responses["400"] = limited(refused)
    for status, name in (("401", "Unauthorized"), ("403", "Forbidden"), ("429", "TooManyRequests")):
        responses[status] = {"$ref": f"#/components/responses/{name}"}
    operation = {
        "operationId": endpoint,
        "summary": about,
        "description": "Requires the permission `run-import`.",
        "responses": responses,
    }
    if endpoint == "import.addUsers":
        responses["413"] = {"$ref": "#/components/responses/TooLarge"}
        content = {"application/json": {"schema": local("AddUsers"), "example": examples.people()}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _succeeded(endpoint: str, examples: Examples) -> dict[str, Any]:
    """Return examples of an endpoint's success, by name."""
    match endpoint:
        case "import.status":
            return {state.value: body for state, body in examples.states.items()}
        case "import.new":
            return {"created": examples.created()}
        case "importers.list":
            return {"importers": wire.importers()}
        case "getImportProgress":
            return {"importing": examples.progress()}
        case "getCurrentImportOperation":
            return {"importing": examples.current(), "none": wire.current_operation(None)}
        case _:
            return {"success": wire.success()}


def _bad_request(dialect: Dialect, endpoint: str) -> dict[str, Any] | None:
    """Return the response 400 of an endpoint that has one."""
    match endpoint:
        case "import.addUsers":
            misfit = refusals.invalid_params(dialect, MISFITS[0])
            shown = [misfit, *map(refusals.service_error, ADD_USERS_ERRORS)]
            about, schema = "The body does not fit, or the operation takes no users.", "AddUsersRefused"
        case "import.run":
            shown = [refusals.service_error(text) for text in RUN_ERRORS]
            about, schema = "There is nothing that could be run.", "RunRefused"
        case "getImportProgress":
            shown = [refusals.no_progress()]
            about, schema = "No operation was ever created.", "NoProgress"
        case _:
            return None
    return answer(about, local(schema), _by_words(shown))


def _by_words(shown: Iterable[Answer]) -> dict[str, Any]:
    """Return refusals as examples, named by what they say."""
    bodies = [refusal.body for refusal in shown if isinstance(refusal.body, dict)]
    return {"-".join(re.findall(r"\w+", body["error"].lower())): body for body in bodies}


def _login(examples: Examples) -> dict[str, Any]:
    forms = ("application/json", "application/x-www-form-urlencoded")
    body = {"user": "admin", "password": "secret"}
    refused = refusals.bad_login()
    return {
        "operationId": "login",
        "summary": "Log in with a name and a password",
        "security": [],
        "requestBody": {
            "required": True,
            "content": {form: {"schema": local("Login"), "example": body} for form in forms},
        },
        "responses": {
            "200": answer("Success.", local("LoggedIn"), {"loggedIn": examples.login()}),
            "401": answer("Wrong name or password.", exactly(refused.body), {"refused": refused.body}),
            "413": {"$ref": "#/components/responses/TooLarge"},
        },
    }
