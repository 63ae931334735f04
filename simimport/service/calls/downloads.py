"""Whether a URL is one that a server refuses to fetch from: an address of its own machine or network.

Asks nobody: no name is resolved, and nothing is fetched.
"""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

__all__ = ["is_private"]


def is_private(url: str) -> bool:
    """Return whether a URL names no host of the public internet, as far as its text tells."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return True
    try:
        return not ip_address(host).is_global
    except ValueError:
        # what has no dot is no domain to a server
        return "." not in host.rstrip(".") or host.rstrip(".").endswith((".local", ".localhost", ".internal"))
