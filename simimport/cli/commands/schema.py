"""`simimport schema`: what the answers look like, for validators and code generators.

Prints documents that the service wing makes. Decides nothing.
"""

from __future__ import annotations

import click

from simimport.cli.output.json_text import shown_json
from simimport.cli.output.terminal import give
from simimport.errors import ParameterError

__all__ = ["schema"]


@click.command()
@click.option("--dialect", metavar="NAME", default="docs", show_default=True,
              help="Whose answers: docs, server-6.3, server-7.4 or server-8.3.")
@click.option("--state", metavar="NAME", help="Only what is answered in one state.")
@click.option("--openapi", "whole", is_flag=True, help="Every endpoint and every status, as OpenAPI 3.1.")
@click.option("--flavour", metavar="NAME",
              help="Of OpenAPI: exact, for validators, or generators, for generators of code.")
def schema(dialect: str, state: str | None, whole: bool, flavour: str | None) -> None:
    """Print the JSON Schema of the answers, or OpenAPI.

    The JSON Schema (2020-12) is that of import.status; OpenAPI (3.1) has every endpoint of the vendor's, with
    examples. Its schemas are exact unless --flavour says otherwise.
    """
    if whole and state is not None:
        raise ParameterError("state", state, "with the JSON Schema only, without --openapi")
    if flavour is not None and not whole:
        raise ParameterError("flavour", flavour, "with --openapi only")
    if whole:
        from simimport.service.contract.openapi import openapi

        document = openapi(dialect, flavour=flavour or "exact")
    else:
        from simimport.service.contract.json_schema import response_schema, state_schema

        document = response_schema(dialect) if state is None else state_schema(state, dialect=dialect)
    give(shown_json(document))
