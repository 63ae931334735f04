"""One GET of `import.status` from a live server: bounded in size and time, and freed of secrets.

Never asks for anything else, follows no redirect, and raises nothing for what a server does. When to ask is
decided by `record`; what is secret, in `redact`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from simimport.errors import MissingExtraError, ParameterError
from simimport.show.words import in_seconds
from simimport.testing.json_lines import body_of
from simimport.testing.recording.deadline import Deadline
from simimport.testing.recording.encoded import UnreadableError, decoded
from simimport.testing.recording.redact import Redactor

if TYPE_CHECKING:
    import httpx

__all__ = ["LARGEST", "Asker", "Fetched", "address", "checked_headers"]

#: How much of a body is kept, in characters; what is longer is a text, cut there.
LARGEST = 1_000_000

_PATH = "/api/v1/import.status"
# read beyond what is kept, so that no secret is cut in two before it is seen
_MOST_READ = 4 * LARGEST + 65_536
# servers send a few dozen at most; each is looked through for secrets
_MOST_HEADERS = 256
_LONGEST_PROBLEM = 1_000
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?|")


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of one request.

    Parameters
    ----------
    http_status : int
        0 where no whole answer came.
    headers : dict of str to str
        Names in lower case.
    body : JSON value
        The text where it is no JSON, and where no answer came, why.
    """

    http_status: int
    headers: Mapping[str, str]
    body: Any


def address(url: str) -> str:
    """Return the full address of ``import.status`` on a server that is named by it, or by its base.

    Raises
    ------
    ParameterError
        If it is no address of HTTP, or holds what belongs into headers.
    """
    allowed = f"a server's address, such as http://localhost:3000 or http://localhost:3000{_PATH}"
    if not isinstance(url, str):
        raise ParameterError("url", type(url).__name__, allowed)
    # what may be a secret is not shown
    shown = re.sub(r"//.*@", "//…@", re.sub(r"[?#].*", "?…", url, flags=re.DOTALL), flags=re.DOTALL)
    if shown != url:
        raise ParameterError("url", shown, f"{allowed}; who asks is told by headers alone")
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not url.isascii() or not url.isprintable() or " " in url:
        raise ParameterError("url", url, allowed)
    path = parts.path.rstrip("/")
    if not path.endswith("/import.status"):
        path = path.removesuffix("/api/v1") + _PATH
    return f"{parts.scheme}://{parts.netloc}{path}"


def checked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers that can be sent.

    Raises
    ------
    ParameterError
        If they cannot; it names the header, and never its value.
    """
    allowed = "the headers of a caller, such as {'X-User-Id': …, 'X-Auth-Token': …}"
    if not isinstance(headers, Mapping):
        raise ParameterError("headers", type(headers).__name__, allowed)
    for name, value in headers.items():
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ParameterError("the name of a header", name, "letters, digits and hyphens")
        if not isinstance(value, str) or not _VALUE.fullmatch(value):
            problem = f"a text of {len(value)} characters" if isinstance(value, str) else type(value).__name__
            visible = "visible ASCII characters, without spaces or line ends around them"
            raise ParameterError(f"the header {name}", problem, visible)
    return dict(headers)


class _NoCookies(CookieJar):
    """Keeps nothing of what a server wants to have back, which could grow from answer to answer."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Keep nothing."""


class Asker:
    """A connection to one server that asks for nothing but ``import.status``.

    Parameters
    ----------
    url : str
        As `address` takes it.
    headers : mapping of str to str
        Of the caller. Their values are in nothing that it returns.
    timeout_s : float
        How long one answer may take, in seconds, from the first byte of the request to its last one.
    clock : callable
        Seconds that never go back.
    transport : httpx.BaseTransport, optional
        Instead of the network.

    Raises
    ------
    MissingExtraError
        If httpx is not installed.
    ParameterError
        If the address, a header, or the proxy that the environment names cannot be used.
    """

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str],
        *,
        timeout_s: float,
        clock: Callable[[], float],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        try:
            import httpx
        except ModuleNotFoundError:
            raise MissingExtraError("recording from a server", "http") from None
        self.address = address(url)
        own = checked_headers(headers)
        self.redact = Redactor(own)
        self._timeout_s, self._deadline = timeout_s, Deadline(clock)
        # no compression: of what a server compresses all the same, only one layer is read
        sent = {"Accept-Encoding": "identity", **own}
        try:
            self._client = httpx.Client(
                headers=sent, cookies=_NoCookies(), timeout=timeout_s, transport=transport,
                follow_redirects=False,
            )  # fmt: skip
        except (ImportError, ValueError, httpx.InvalidURL):
            # not shown: the address of a proxy may hold a password
            allowed = "the address of an HTTP proxy, or unset"
            raise ParameterError("the environment's proxy", "one that cannot be used", allowed) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def get(self) -> Fetched:
        """Ask once."""
        self._deadline.start(self._timeout_s)
        watch = {"trace": self._deadline.watch}
        try:
            with self._client.stream("GET", self.address, extensions=watch) as response:
                raw = self._read_in_time(response)
        except UnreadableError as error:
            return self._no_answer(str(error))
        except Exception as error:  # noqa: BLE001 - whatever a library makes of what a server sends
            late = self._deadline.passed
            return self._no_answer(self._too_late() if late else f"{type(error).__name__}: {error}")
        headers = {name.lower(): self.redact.text(value) for name, value in response.headers.items()}
        return Fetched(response.status_code, headers, self._body_without_secrets(raw))

    def _no_answer(self, why: str) -> Fetched:
        return Fetched(0, {}, self.redact.text(why.removesuffix(": "))[:_LONGEST_PROBLEM])

    def _too_late(self) -> str:
        return f"the answer took longer than {in_seconds(self._timeout_s)}"

    def _read_in_time(self, response: httpx.Response) -> bytes:
        """Return the body, or its beginning where it is too large."""
        if len(response.headers.raw) > _MOST_HEADERS:
            raise UnreadableError(f"the answer has more than {_MOST_HEADERS} headers")
        # a transport that is no network may have the whole, decoded already
        whole = response.is_stream_consumed
        raw = bytearray()
        for piece in response.iter_bytes() if whole else response.iter_raw():
            raw += piece
            if len(raw) > _MOST_READ:
                break
            if self._deadline.passed:
                raise UnreadableError(self._too_late())
        encoding = "" if whole else response.headers.get("content-encoding", "")
        return decoded(bytes(raw), encoding, _MOST_READ, cut=len(raw) > _MOST_READ)

    def _body_without_secrets(self, raw: bytes) -> Any:
        # beyond that it is not looked at as JSON
        content = body_of(raw) if len(raw) <= LARGEST else raw.decode("utf-8", "replace")
        try:
            body = self.redact(content)
        except RecursionError:
            # nested deeper than anything that reads it later could follow
            body = self.redact.text(raw.decode("utf-8", "replace"))
        return body[:LARGEST] if isinstance(body, str) else body

    def __repr__(self) -> str:
        return f"<Asker of {self.address}>"
