"""The paths of an OpenAPI document: what each endpoint takes and answers, with examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simimport.service import refusals
from simimport.service.calls.endpoints import ENDPOINTS, permission_of
from simimport.service.contract.endpoints import AROUND, PAGES, Page
from simimport.service.contract.examples import Examples
from simimport.service.contract.openapi_components import answer, limited, local
from simimport.service.contract.refusal_shapes import by_words, refused

if TYPE_CHECKING:
    from simimport.model.dialects import Dialect

__all__ = ["paths"]

_API = "/api/v1/"
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"


def paths(dialect: Dialect) -> dict[str, Any]:
    """Return what stands under ``paths``, per dialect."""
    examples, found = Examples(dialect), {}
    for endpoint, method in ENDPOINTS.items():
        found[_API + endpoint] = {method.lower(): _operation(dialect, endpoint, examples)}
    return {**found, **_around(dialect, examples)}


def _operation(dialect: Dialect, endpoint: str, examples: Examples) -> dict[str, Any]:
    page, permission = PAGES[endpoint], permission_of(endpoint, dialect)
    responses = {"200": limited(answer("Success.", local(page.success), examples.answered(endpoint)))}
    if page.refused is not None:
        kind = refused(dialect)[page.refused]
        responses["400"] = limited(answer(kind.about, local(page.refused), by_words(kind.shown)))
    shared = {"401": "Unauthorized", "403": "Forbidden", "429": "TooManyRequests", "413": "TooLarge"}
    if not permission:
        del shared["403"]
    if page.body is None:
        del shared["413"]
    responses |= {status: _response(name) for status, name in shared.items()}
    needed = f"Requires the permission `{permission}`." if permission else "Requires no permission."
    about = f"{page.description} {needed}"
    operation = {**_head(endpoint, page), "description": about, "responses": responses}
    if page.body is not None:
        content = {_JSON: {"schema": local(page.body), "example": examples.sent(endpoint)}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _head(name: str, page: Page) -> dict[str, Any]:
    return {
        "operationId": name,
        "tags": [page.tag],
        "summary": page.summary,
        "description": page.description,
    }


def _response(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/responses/{name}"}


# around an import -----------------------------------------------------------------------------------


def _around(dialect: Dialect, examples: Examples) -> dict[str, Any]:
    """Return the paths of the calls around an import; the last of them may be asked by anybody."""
    logout = _session("logout", {"loggedOut": examples.logged_out()})
    by_get = {**logout, "operationId": "logoutByGet", "deprecated": True}
    by_get["description"] = f"{logout['description']} An old way."
    wrong = str(refusals.wrong_method(dialect, "GET").http_status)
    info = _head("info", AROUND["info"])
    succeeded = answer("Success.", local(AROUND["info"].success), {"version": examples.info()})
    return {
        f"{_API}login": {"post": _login(dialect, examples)},
        f"{_API}logout": {"post": logout, "get": by_get},
        f"{_API}me": {"get": _session("me", {"me": examples.me()})},
        "/api/info": {
            "get": {**info, "security": [], "responses": {"200": succeeded, wrong: _response("WrongMethod")}}
        },
    }


def _session(name: str, shown: dict[str, Any]) -> dict[str, Any]:
    page = AROUND[name]
    return {
        **_head(name, page),
        "responses": {
            "200": limited(answer("Success.", local(page.success), shown)),
            "401": _response("Unauthorized"),
            "429": _response("TooManyRequests"),
        },
    }


def _login(dialect: Dialect, examples: Examples) -> dict[str, Any]:
    page, body = AROUND["login"], {"user": "admin", "password": "secret"}
    refusal = refusals.bad_login(dialect).body
    content = {_JSON: {"schema": local("Login"), "example": body}}
    content[_FORM] = {"schema": local("LoginForm"), "example": body}
    return {
        **_head("login", page),
        "security": [],
        "requestBody": {"required": True, "content": content},
        "responses": {
            "200": limited(answer("Success.", local(page.success), {"loggedIn": examples.login()})),
            "401": limited(answer("That is not right.", local("LoginRefused"), {"refused": refusal})),
            "413": _response("TooLarge"),
            "429": _response("TooManyRequests"),
        },
    }
