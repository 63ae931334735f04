"""The endpoints of the import API: their methods, the permissions they need, and what of a call is looked at.

Facts only. Who asks for a permission is `http/`; what a call does stands beside this.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simimport.model.dialects import Dialect

__all__ = [
    "BODIES", "CREATE", "ENDPOINTS", "LONG", "PERMISSIONS", "POLLS", "RUN_IMPORT", "SESSION_CALLS",
    "permission_of",
]  # fmt: skip

RUN_IMPORT = "run-import"

#: The endpoints, and the HTTP method of each.
ENDPOINTS: Mapping[str, str] = {
    "import.status": "GET",
    "import.new": "POST",
    "import.addUsers": "POST",
    "import.run": "POST",
    "import.clear": "POST",
    "importers.list": "GET",
    "getImportProgress": "GET",
    "getCurrentImportOperation": "GET",
    "getLatestImportOperations": "GET",
    "startImport": "POST",
    "uploadImportFile": "POST",
    "getImportFileData": "GET",
    "downloadPendingFiles": "POST",
    "downloadPendingAvatars": "POST",
    "downloadPublicImportFile": "POST",
}

#: What clients call around an import, and the methods of each. Logging out with GET is an old way that
#: servers still take (`ApiClass.ts` @ 0358e0dc).
SESSION_CALLS: Mapping[str, tuple[str, ...]] = {
    "login": ("POST",),
    "logout": ("POST", "GET"),
    "me": ("GET",),
    "info": ("GET",),
}

#: The endpoints that pollers poll.
POLLS = frozenset({"import.status", "getImportProgress", "getCurrentImportOperation"})

#: The permission that each needs.
PERMISSIONS: Mapping[str, str] = {
    **dict.fromkeys(ENDPOINTS, RUN_IMPORT),
    "getLatestImportOperations": "view-import-operations",
}

#: Those whose body is looked at; a server ignores the bodies of all others.
BODIES = frozenset({
    "import.addUsers", "startImport", "uploadImportFile", "downloadPendingFiles", "downloadPendingAvatars",
    "downloadPublicImportFile",
})  # fmt: skip

#: Those that take long where many people are staged: for who has others to answer meanwhile.
LONG = frozenset({"import.run", "startImport", "getImportFileData"})

#: Those that make a new operation, which takes the place of the one that is there.
CREATE = frozenset({
    "import.new", "uploadImportFile", "downloadPendingFiles", "downloadPendingAvatars",
    "downloadPublicImportFile",
})  # fmt: skip


def permission_of(endpoint: str, dialect: Dialect) -> str:
    """Return the permission that an endpoint needs; an empty text where whoever is logged in may call it."""
    # of 6.x the route asks for none, and nor does what it calls (import.ts @ 0d0986ee)
    if endpoint == "uploadImportFile" and dialect.name == "server-6.3":
        return ""
    return PERMISSIONS[endpoint]
