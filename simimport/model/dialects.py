"""The dialects in which one record can be told, and how they differ.

Facts only: what is published follows in `timeline`, the JSON in `wire`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simimport.errors import ParameterError, suggestion

__all__ = ["DIALECTS", "DOCS", "Dialect", "dialect_of"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """One way to answer.

    Parameters
    ----------
    name : str
        As users write it.
    about : str
        Whom it stands for.
    server : bool
        Whether interruptions, ids and counters are those of real servers; else those of the page.
    contacts : bool
        Whether ``importer_importing_contacts`` takes the first half of ``importer_importing_channels``.
    router : {"restivus", "hono"}
        What answers wrong methods, unknown paths and missing headers.
    typed_routes : bool
        Whether routes check the permission first and then the body, and word errors of bodies without a code.
    spelled_roles : bool
        Whether ``import.addUsers`` stages the letters of the first role instead of all roles: servers did,
        who made a set of two spread lists (`service.ts` @ 2f5a6c8d), until PR #38591.
    """

    name: str
    about: str
    server: bool
    contacts: bool
    router: str = "hono"
    typed_routes: bool = False
    spelled_roles: bool = False


#: The documentation page, to the letter: the default, and what records, frames and sweeps speak.
DOCS = Dialect(
    "docs", "the documentation page, to the letter", server=False, contacts=False, router="restivus"
)

DIALECTS: Mapping[str, Dialect] = {
    dialect.name: dialect
    for dialect in (
        DOCS,
        Dialect("server-6.3", "servers 6.3 to 7.3", server=True, contacts=False, router="restivus"),
        Dialect("server-7.4", "servers 7.4 to 8.2", server=True, contacts=True, spelled_roles=True),
        Dialect("server-8.3", "servers 8.3 and later", server=True, contacts=True, typed_routes=True),
    )
}


def dialect_of(name: str) -> Dialect:
    """Return the dialect of that name.

    Raises
    ------
    ParameterError
        If there is none; it lists those there are.
    """
    try:
        return DIALECTS[name]
    except (KeyError, TypeError):
        hint = suggestion(name, list(DIALECTS))
        raise ParameterError("dialect", name, ", ".join(DIALECTS), hint=hint) from None
