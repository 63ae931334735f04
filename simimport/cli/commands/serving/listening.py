"""The server of `simimport serve`: where it listens, and who may call.

How it is served is decided in `service/http`; what is said of it, in `talk`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from simimport.cli.errors import Failure

if TYPE_CHECKING:
    from simimport.service.http.server import Serving
    from simimport.service.service import ImportService

__all__ = ["server_given"]


def server_given(given: dict[str, Any], service: ImportService) -> Serving:
    """Return the server that is asked for.

    Raises
    ------
    Failure
        If it cannot listen there.
    """
    from simimport.service.http.asgi import MAX_BODY
    from simimport.service.http.server import is_loopback, serve

    try:
        server = serve(
            service, host=given["host"], port=given["port"], accounts=_accounts_given(given),
            allow_hosts=given["allow_host"], cors=given["cors"], control=not given["no_control"],
            max_body=MAX_BODY if given["max_body"] is None else given["max_body"],
            isolate=given["isolate"], warn=False,
        )  # fmt: skip
    except OSError as error:
        where = f"{given['host']}:{given['port']}"
        raise Failure(f"cannot listen at {where}: {error.strerror or error}") from None
    if not is_loopback(server.host):
        # also where it is quiet
        click.echo(f"Warning: {server.host} is reached from beyond this machine.", err=True)
    return server


def _accounts_given(given: dict[str, Any]) -> dict[str, dict[str, Any]] | str | None:
    """Return the file of accounts, or an administrator of whom something is given."""
    if given["accounts"] is not None:
        return str(given["accounts"])
    if given["token"] is given["user"] is given["password"] is None:
        return None
    from simimport.service.accounts import administrator

    drawn = administrator()
    fields = {"token": drawn.token, "username": drawn.username, "password": drawn.password}
    named = {"token": given["token"], "username": given["user"], "password": given["password"]}
    fields |= {name: value for name, value in named.items() if value is not None}
    return {drawn.id: {**fields, "permissions": sorted(drawn.permissions)}}
