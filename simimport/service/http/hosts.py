"""Who is asked: a server at a loopback address answers only to names that lead to this machine.

A page of any site can have its own name looked up as 127.0.0.1, and then reads what it is answered there; but
it cannot change the Host that its requests name. What is answered otherwise is `app`'s.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Awaitable, Iterable
from functools import lru_cache
from typing import Any

from simimport.errors import ParameterError
from simimport.service import refusals
from simimport.service.http.app import App
from simimport.service.http.asgi import Receive, Scope, Send

__all__ = ["HostCheck", "host_name", "host_names"]

_ALLOWED = "a name or an address without a port, such as my-laptop.local"
# a name, which has at most 253 letters and perhaps a dot at its end, or an IPv4 address
_NAME = re.compile(r"[a-z0-9_.-]{1,254}", re.IGNORECASE)
# as it stands in a request: IPv6 addresses in brackets, and a port, perhaps
_HOST = re.compile(rf"(?:({_NAME.pattern})|\[([0-9a-f.]*:[0-9a-f:.]*)\])(?::[0-9]{{0,5}})?", re.IGNORECASE)
_LONGEST = 261
_KEPT = 256


class HostCheck:
    """What stands before an application at a loopback address: other hosts' requests are refused with 403.

    Parameters
    ----------
    app : App
    names : iterable of str
        Which names lead to it, beside localhost and all loopback addresses.
    """

    def __init__(self, app: App, names: Iterable[str]) -> None:
        self._app = app
        self._names = frozenset(map(_bare, names))
        # clients name the same host again and again
        self._is_own = lru_cache(_KEPT)(self._looked_at)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Have a request answered, or refused."""
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        own = self.leads_here(hosts[0]) if len(hosts) == 1 else not hosts and scope["http_version"] == "1.0"
        if own:
            return self._app(scope, receive, send)
        return self._app.refused(refusals.foreign_host(), scope, receive, send)

    def leads_here(self, host: bytes) -> bool:
        """Return whether a client that names this host may ask."""
        return len(host) <= _LONGEST and self._is_own(host)

    def _looked_at(self, host: bytes) -> bool:
        found = _HOST.fullmatch(host.decode("latin-1"))
        if found is None:
            return False
        name = _bare(found[1] or found[2])
        return name in self._names or _is_local(name)


def _is_local(name: str) -> bool:
    """Return whether a name or an address leads to this machine whoever looks it up."""
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return name == "localhost" or (name.endswith(".localhost") and ".." not in name and name[0] != ".")
    mapped = address.ipv4_mapped if address.version == 6 else None
    return (mapped or address).is_loopback


def host_names(names: Any) -> tuple[str, ...]:
    """Return the hosts that somebody allows.

    Raises
    ------
    ParameterError
        If they are no names or addresses.
    """
    if not isinstance(names, Iterable) or isinstance(names, (str, bytes)):
        raise ParameterError("allow_hosts", names, f"a list of hosts, each {_ALLOWED}")
    return tuple(host_name("allow_hosts", name) for name in names)


def host_name(field: str, name: Any) -> str:
    """Return the name or address of a host.

    Raises
    ------
    ParameterError
        If it is none.
    """
    if isinstance(name, str) and name.startswith("[") == name.endswith("]"):
        bare = _bare(name)
        if _NAME.fullmatch(name) or (":" in bare and _is_address(bare)):
            return name
    raise ParameterError(field, name, _ALLOWED)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _bare(name: str) -> str:
    """Return a name as it is compared."""
    return name.lower().strip("[]").removesuffix(".")
