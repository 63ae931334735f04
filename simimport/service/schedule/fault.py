"""Fault: one thing that goes wrong on the wire, and when.

Strikes nothing: a schedule finds which of its faults does, and `struck` what becomes of the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from simimport.checks import real, whole
from simimport.errors import ParameterError, suggestion
from simimport.keywords import takes_only
from simimport.service.calls.endpoints import ENDPOINTS, POLLS, SESSION_CALLS
from simimport.service.clock import LONGEST_S

__all__ = ["DATE", "KINDS", "POLLED", "Fault", "check_kind"]

#: Every kind of fault, and what a client sees.
KINDS: Mapping[str, str] = {
    "latency": "the answer comes `seconds` late (over a socket in real time; else the clock moves on so far)",
    "429": "too many requests: wait `seconds`",
    "500": "an internal error of the server",
    "503": "unavailable: wait `seconds`, as Retry-After says, too",
    "reset": "the connection is reset instead of an answer",
    "truncated": "the body ends in the middle",
    "garbage": "the body is no JSON",
    "html": "an error page of a proxy, in HTML",
    "stale": "the answer to the poll before",
    "wrong_type": "counters, and true and false, come as texts",
}
#: The endpoint that stands for all that pollers poll.
POLLED = "import.status"
#: What has Retry-After say a date.
DATE = "date"

#: What gives the answers of a server that are no faults of the wire.
_INSTEAD = (
    " Those who may not call get a {}, without a fault: to take a token back, POST /api/v1/logout with its "
    "headers; or call as another account, without the permission."
)
_SECONDS = {"latency": 1.0, "429": 60.0, "503": 5.0}
_DAY_S = 86_400
_STRIKABLE = (*ENDPOINTS, *SESSION_CALLS)
_RETRY_AFTER = (
    f"a number of seconds from 0 to {_DAY_S}, 'date', or a date such as 'Wed, 21 Oct 2026 07:28:00 GMT'"
)
#: What `dir` shows of a fault: whom it strikes is for the service to ask.
_PUBLIC = ("kind", "at_poll", "every", "at_s", "seconds", "endpoint", "retry_after", "wait_s")


@dataclass(frozen=True, slots=True)
class Fault:
    """One entry of a schedule.

    Parameters
    ----------
    kind : str
        ``latency``, ``429``, ``500``, ``503``, ``reset``, ``truncated``, ``garbage``, ``html``, ``stale`` or
        ``wrong_type``.
    at_poll : int, optional
        Strikes that poll, counted from 1; of an endpoint that is not polled, that call.
    every : int, optional
        Strikes every k-th.
    at_s : float, optional
        Strikes the first from that instant of the service's clock on.
    seconds : float, optional
        How late (``latency``, 1 unless given), or how long to wait (``429``, 60; ``503``, 5).
    endpoint : str, default "import.status"
        Whose calls it strikes, and are counted: one of the import endpoints, or ``login``, ``logout``, ``me``
        or ``info``. The default are all three that pollers poll, counted together.
    retry_after : float or str, optional
        What the header Retry-After of a ``429`` or ``503`` says: so many seconds; ``"date"``, the instant
        that `seconds` lead to, by the service's clock; or a date as it is to be sent. Unless given, a ``503``
        says `seconds`, and a ``429`` has no such header, as servers do.

    Notes
    -----
    A call that is answered with 429, 500, 503 or the page of a proxy is not carried out. One whose answer is
    late, lost or spoiled is: only its caller cannot know.

    Examples
    --------
    >>> Fault("503", at_poll=1, endpoint="login", retry_after="date")
    Fault('503', at_poll=1, endpoint='login', retry_after='date')
    """

    kind: str
    at_poll: int | None = None
    every: int | None = None
    at_s: float | None = None
    seconds: float | None = None
    endpoint: str = POLLED
    retry_after: float | str | None = None

    def __post_init__(self) -> None:
        check_kind("kind", self.kind)
        self._check_endpoint()
        if (self.at_poll is None) + (self.every is None) + (self.at_s is None) != 2:
            when = {name: getattr(self, name) for name in ("at_poll", "every", "at_s")}
            given = {name: value for name, value in when.items() if value is not None}
            raise ParameterError("when", given, "one of at_poll, every and at_s")
        for name in ("at_poll", "every"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, whole(name, value, 1))
        for name, most in (("at_s", LONGEST_S), ("seconds", _DAY_S)):
            value = getattr(self, name)
            if value is not None:
                allowed = f"a number of seconds from 0 to {most:g}"
                number = real(name, value, 0, most, allowed=allowed)
                # a plain whole number is printed as it was written
                object.__setattr__(self, name, value if type(value) is int else number)
        if self.seconds is not None and self.kind not in _SECONDS:
            raise ParameterError("seconds", self.seconds, "None, but for " + ", ".join(_SECONDS))
        if self.retry_after is not None:
            self._check_retry_after()

    def _check_endpoint(self) -> None:
        # in a list, since what is no text may have no hash
        if self.endpoint not in list(_STRIKABLE):
            hint = suggestion(self.endpoint, _STRIKABLE)
            raise ParameterError("endpoint", self.endpoint, ", ".join(_STRIKABLE), hint=hint)
        if self.kind == "stale" and self.endpoint not in POLLS:
            raise ParameterError("kind", self.kind, f"for {self.endpoint} any but stale, which is for polls")

    def _check_retry_after(self) -> None:
        value = self.retry_after
        if self.kind not in ("429", "503"):
            raise ParameterError("retry_after", value, "None, but for 429, 503")
        if isinstance(value, str):
            if value != DATE and not _is_date(value):
                raise ParameterError("retry_after", value, _RETRY_AFTER)
            return
        number = real("retry_after", value, 0, _DAY_S, allowed=_RETRY_AFTER)
        object.__setattr__(self, "retry_after", value if type(value) is int else number)

    @property
    def instead(self) -> bool:
        """Whether it answers instead of the service, which is never asked."""
        return self.kind in ("429", "500", "503", "html")

    @property
    def wait_s(self) -> float:
        """How late, or how long to wait, in seconds.

        Examples
        --------
        >>> Fault("429", at_poll=3).wait_s, Fault("latency", every=2, seconds=0.25).wait_s
        (60.0, 0.25)
        """
        return _SECONDS.get(self.kind, 0.0) if self.seconds is None else float(self.seconds)

    @property
    def readable(self) -> bool:
        """Whether its answer still tells what the service says: late, or with counters as texts."""
        return self.kind in ("latency", "wrong_type")

    def __repr__(self) -> str:
        fields = [f"{name}={value!r}" for name, value in self.fields().items() if name != "kind"]
        return f"Fault({', '.join([repr(self.kind), *fields])})"

    def fields(self) -> dict[str, Any]:
        """Return the fields that make it again: those that are given."""
        fields = {name: getattr(self, name) for name in type(self).__dataclass_fields__}
        left_out = {"endpoint": POLLED}
        return {name: value for name, value in fields.items() if value != left_out.get(name)}

    def __dir__(self) -> list[str]:
        return [*_PUBLIC, *(name for name in object.__dir__(self) if name.startswith("__"))]


def _is_date(text: str) -> bool:
    """Return whether a text is a date that a header can carry."""
    if not text.isascii() or not text.isprintable():
        return False
    try:
        parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return False
    return True


def check_kind(name: str, kind: Any) -> None:
    """Refuse what is no kind of fault."""
    # what is no text may have no hash, or be equal to nothing in particular, as arrays are
    if not isinstance(kind, str) or kind not in KINDS:
        # a text is made of nothing here: of a large list that takes minutes
        refused = isinstance(kind, (str, int)) and kind in {"401", "403", 401, 403}
        hint = _INSTEAD.format(kind) if refused else suggestion(kind, list(KINDS))
        raise ParameterError(name, kind, ", ".join(KINDS), hint=hint)


# what is no field of it is refused as whatever else cannot be
Fault.__init__ = takes_only("Fault")(Fault.__init__)  # type: ignore[method-assign]
