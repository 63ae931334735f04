"""assert_passed: a test fails with what each failed case did, and with the call that plays it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simimport.errors import ParameterError
from simimport.model.presets import PRESETS
from simimport.show.words import counted, number, printable

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["assert_passed"]

_NEEDED = ("preset", "fault", "passed", "why", "seed")


def assert_passed(verdicts: pd.DataFrame) -> None:
    """Fail unless all cases passed, with a line for each that did not and the call that plays it again.

    Parameters
    ----------
    verdicts : DataFrame
        Of `check_poller` or `check_client`.

    Raises
    ------
    AssertionError
        If a case failed.
    ParameterError
        If these are no verdicts, or none.

    Examples
    --------
    >>> from simimport import assert_passed, check_poller
    >>> def poll(fetch, clock):
    ...     while (state := fetch()["state"]) == "importing":
    ...         clock.sleep(5)
    ...     return state
    >>> assert_passed(check_poller(poll, presets=["calm", "crash_midway"], faults="none"))
    >>> assert_passed(check_poller(poll, presets="calm", faults=["none", "503"]))
    Traceback (most recent call last):
    ...
    AssertionError: 1 of 2 cases failed
    calm, 503: raised FetchError: HTTP 503 (...); the import ends as done at 1 min 6.9 s
      again: check_poller(poller, presets='calm', faults='503', seed=0)
    """
    __tracebackhide__ = True
    columns = list(getattr(verdicts, "columns", ()))
    if any(name not in columns for name in _NEEDED):
        raise ParameterError("verdicts", type(verdicts), "what check_poller or check_client returns")
    rows: list[dict[str, Any]] = verdicts.to_dict("records")  # type: ignore[assignment]
    if not rows:
        raise ParameterError("verdicts", "a frame without rows", "at least one verdict: no case was tried")
    door = verdicts.attrs.get("door", "check_poller")
    failed = [row for row in rows if not row["passed"]]
    if failed:
        total = counted(len(rows), "case")
        head = f"{number(len(failed))} of {total} failed"
        raise AssertionError("\n".join([head, *(_lines(row, door) for row in failed)]))


def _lines(row: dict[str, Any], door: str) -> str:
    """Return what a failed case did, and how to play it again."""
    preset, fault = str(row["preset"]), str(row["fault"])
    presets = repr(preset) if preset in list(PRESETS) else f"{{{preset!r}: …}}"
    again = f"{door}(poller, presets={presets}, faults={fault!r}, seed={int(row['seed'])})"
    return f"{printable(preset)}, {fault}: {printable(row['why'])}\n  again: {printable(again)}"
