"""check_poller and check_client: whether a polling loop is any good, in a few seconds and in virtual time.

The doors to the kit. What is tried is in `cases`, how in `play` and `trial`, and what is right in `verdict`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from simimport.errors import ParameterError
from simimport.model.seeds import resolve
from simimport.show.words import counted
from simimport.testing.pollers.cases import Case, cases
from simimport.testing.pollers.clients import client_calling
from simimport.testing.pollers.handed import calling
from simimport.testing.pollers.play import Calling, play
from simimport.testing.pollers.verdict import Verdict, judged
from simimport.testing.pollers.virtual.patches import patched

if TYPE_CHECKING:
    import pandas as pd

    from simimport.model.scenario import Scenario

__all__ = ["check_client", "check_poller", "verdicts"]

_LARGEST = 2**63 - 1
#: When the operations are run that clients poll: code that asks what time it is expects the present.
_BEGAN = "2026-01-01T00:00:00.000Z"


def check_poller(
    poller: Callable[[Any, Any], object],
    *,
    presets: str | Iterable[str] | Mapping[str, Scenario] | None = None,
    faults: str | Iterable[str] | None = None,
    seed: int | None = 0,
) -> pd.DataFrame:
    """Return what a polling function does right and wrong: a row per import and trouble.

    Parameters
    ----------
    poller : callable
        ``poller(fetch, clock)`` polls one import and returns the state on which it ended, a `State` or its
        text. ``fetch()`` returns the body of ``import.status`` (the text where it is no JSON), or raises
        `FetchError` for another status than 200 and `ConnectionError` for none. ``clock.now()`` and
        ``clock.sleep(seconds)`` are of virtual time, which begins at 0; no real time passes. It may be
        asynchronous: ``fetch()`` and ``clock.sleep(seconds)`` are awaited then, and asyncio's clock is
        virtual.
    presets : str, iterable of str, or mapping of str to Scenario, optional
        Which imports. With them alone, those of the whole kit's cases that are about them.
    faults : str or iterable of str, optional
        Which troubles. With them alone, at the presets where the whole kit tries them; with both, each of
        these troubles at each of these imports.
    seed : int, default 0
        Of the imports, and of the faults that strike at random; below 2**63. None draws one.

    Returns
    -------
    DataFrame
        ``preset fault passed why polls ended_s seed``. The row's preset, fault and seed play it again:
        ``check_poller(poller, presets=row.preset, faults=row.fault, seed=row.seed)``.

    Raises
    ------
    ParameterError
        If the poller cannot be called so, or if there is no such preset or fault.

    See Also
    --------
    check_client : The same for a loop around a client of httpx or requests, with `time` itself virtual.
    assert_passed : Fails a test unless all cases passed.

    Notes
    -----
    The poller is started when the operation is run. To pass a case, it must return the state on which the
    import ends, in the words of the case's dialect, not before the end and at most 60 s or a tenth of the
    import later, whichever is longer. Some troubles allow for more: ``429``, ``rate_limit``, ``latency`` and
    ``stale`` for 60 s, ``noise`` for 120 s, and a server's words for 300 s, since its ``error`` may move on
    to ``done`` unless the step is ``importer_import_failed``: it must be watched for a while.

    * It may ask twice a second in the mean, and ten times more. After a 429 its next pause must be as long as
      it is told, or half as long again as the pause before; no more than six polls in a row may be refused.
    * ``replaced``: somebody calls ``import.new`` at three tenths of the import. In ``docs`` another operation
      shows by its ``ts``, at a server by its ``_id``. Right is an exception, None, ``none``, a word that is
      no state, or the state to which ``import.new`` brings the old operation (``canceled``; ``error`` at a
      server), within the same time; wrong is any state of the other.
    * ``pending`` and ``pending-8.3``, only where they are asked for: somebody looks for pending files, which
      is an operation of its own (``importerKey``), and done at once. As with ``replaced``, that ``done`` is
      not the import's.
    * ``401`` and ``403``, only where they are asked for: from three tenths of the import on polls are
      refused, for good. Right is to give up within the same time: an exception, or what is no end.
    * ``stuck``: the import stands still for ever. The poller must give up: raise, or return what is no end.
      Ten minutes of standing still are no reason yet (``stuck_at_zero``, ``stalls_at_99``).
    * Where giving up is right, an exception that tells of a fall does not count: ``TypeError``, ``KeyError``,
      ``IndexError``, ``AttributeError``, ``NameError``, ``ArithmeticError``, ``AssertionError``.

    A poller is stopped after 10,000 fetches, after 100 at one instant, at ``time.sleep``, which is real time,
    and when it sleeps until a day after the end (where there is none, after the run): ``fetch`` and the clock
    raise what is no `Exception`. One that swallows even that, a hundred times, is left waiting in its thread
    for ever. One that hangs without calling them cannot be stopped, but by Ctrl-C. It runs in a thread of its
    own. One that does not fetch at all in its first case, and fails, is not tried in the others.

    Examples
    --------
    >>> def naive(fetch, clock):
    ...     while fetch()["state"] != "done":
    ...         clock.sleep(1)
    ...     return "done"
    >>> verdicts = check_poller(naive, presets=["calm", "canceled_midway"], faults=["none", "503"])
    >>> print(verdicts[["preset", "fault", "passed", "polls"]].to_string(index=False))
             preset fault  passed  polls
               calm  none    True     68
    canceled_midway  none   False  10000
               calm   503   False     22
    canceled_midway   503   False     12
    """
    return _table(poller, "check_poller", presets=presets, faults=faults, seed=seed)


def check_client(
    poller: Callable[[Any], object],
    *,
    presets: str | Iterable[str] | Mapping[str, Scenario] | None = None,
    faults: str | Iterable[str] | None = None,
    seed: int | None = 0,
) -> pd.DataFrame:
    """Return what a polling function around an HTTP client does right and wrong, as it is, in virtual time.

    Parameters
    ----------
    poller : callable
        ``poller(client)`` polls one import, ``client.get("/api/v1/import.status")``, and returns the state on
        which it ended, a `State` or its text. The client is an `httpx.Client`, or an `httpx.AsyncClient`
        where the poller is asynchronous; a `requests.Session` where its parameter is called ``session`` or
        annotated so, which is asked for ``http://simimport/api/v1/import.status``.
    presets : str, iterable of str, or mapping of str to Scenario, optional
        As for `check_poller`, and so are the others; the cases are the same.
    faults : str or iterable of str, optional
    seed : int, default 0

    Returns
    -------
    DataFrame
        As that of `check_poller`; ``columns("verdicts")`` says each column.

    Raises
    ------
    ParameterError
        If the poller cannot be called so, or if there is no such preset or fault.
    MissingExtraError
        If the client's library is not installed.

    Notes
    -----
    While it runs, ``sleep``, ``time``, ``monotonic`` and ``perf_counter`` of `time` (and those in
    nanoseconds), ``datetime.now()``, asyncio's clock and the waits of `threading` are of virtual time in the
    poller's thread, wherever they were imported; for all other threads they are real, and afterwards for all.
    The operation is run at the begin of 2026. Real time that passes elsewhere is told beside the verdict: in
    threads that the poller starts, and where it waits for something else.

    What the client does is its own: it may time out, and it raises what it raises for a reset connection, or
    for a body that is no JSON.

    Examples
    --------
    >>> import time
    >>> def poll(client):
    ...     deadline = time.monotonic() + 300
    ...     while time.monotonic() < deadline:
    ...         answer = client.get("/api/v1/import.status")
    ...         if answer.is_success and (state := answer.json()["state"]) != "importing":
    ...             return state
    ...         time.sleep(5)
    ...     raise TimeoutError
    >>> verdicts = check_client(poll, presets="calm", faults=["503", "stuck", "reset"])
    >>> print(verdicts[["fault", "passed", "ended_s"]].to_string(index=False))
    fault  passed  ended_s
      503    True     70.0
    stuck    True    300.0
    reset   False     25.0
    """
    return _table(poller, "check_client", presets=presets, faults=faults, seed=seed)


def _table(poller: Any, door: str, **given: Any) -> pd.DataFrame:
    """Return the verdicts as a frame, which knows how they were made."""
    from simimport.model.columns import frame

    with patched():
        found = list(verdicts(poller, client=door == "check_client", **given))
    table = frame("verdicts", {
        "preset": [verdict.case.preset for verdict in found],
        "fault": [verdict.case.fault for verdict in found],
        "passed": [verdict.passed for verdict in found],
        "why": [verdict.why for verdict in found],
        "polls": [verdict.polls for verdict in found],
        "ended_s": [verdict.ended_s for verdict in found],
        "seed": [verdict.case.seed for verdict in found],
    })  # fmt: skip
    table.attrs["door"] = door
    return table


def verdicts(
    poller: Callable[..., object],
    *,
    client: bool = False,
    presets: str | Iterable[str] | Mapping[str, Scenario] | None = None,
    faults: str | Iterable[str] | None = None,
    seed: int | None = 0,
) -> Iterator[Verdict]:
    """Return the verdicts of `check_poller`, or `check_client`, one by one, each as its case is played.

    Raises
    ------
    ParameterError, MissingExtraError
        As these; at once.
    """
    _refuse_no_poller(poller, ("client",) if client else ("fetch", "clock"))
    number = resolve(seed)
    if number > _LARGEST:
        raise ParameterError("seed", seed, f"None, or a whole number from 0 to 2**63 - 1 ({_LARGEST})")
    found = cases(presets, faults, number, **({"began": _BEGAN} if client else {}))
    return _played(poller, found, client_calling(poller) if client else calling(poller))


def _played(poller: Callable[..., object], found: list[Case], how: Calling) -> Iterator[Verdict]:
    """Yield the verdicts; after the first alone, if the poller does not ask at all."""
    rest = len(found) - 1
    for place, case in enumerate(found):
        verdict = judged(poller, case, play(how, case))
        if not place and rest and not verdict.passed and not verdict.polls:
            tried = f"it never polled, so {counted(rest, 'other case was', 'other cases were')} not tried"
            yield replace(verdict, why=f"{verdict.why}; {tried}")
            return
        yield verdict


def _refuse_no_poller(poller: Any, names: tuple[str, ...]) -> None:
    """Refuse what is no poller, before 40 rows say so."""
    called = " and ".join(names)
    if not callable(poller):
        # its type: what it shows of itself may take many lines
        raise ParameterError("poller", type(poller), f"a function that is called with {called}")
    if inspect.isgeneratorfunction(poller) or inspect.isasyncgenfunction(poller):
        allowed = f"a function that returns the state when called with {called}; this one yields"
        raise ParameterError("poller", poller, allowed)
    try:
        inspect.signature(poller).bind(*names)
    except TypeError as error:
        many = {1: "one argument", 2: "two arguments"}[len(names)]
        allowed = f"a function that is called with {many}, {called}: {error}"
        raise ParameterError("poller", poller, allowed) from None
    except ValueError:
        return  # builtins do not tell what they take
