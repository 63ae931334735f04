"""check_poller: whether a client's polling loop is any good, in a few seconds and in virtual time.

The door to the kit. What is tried is in `cases`, how in `trial`, and what is right in `verdict`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from simimport.errors import ParameterError
from simimport.model.seeds import resolve
from simimport.testing.pollers.cases import cases
from simimport.testing.pollers.trial import play
from simimport.testing.pollers.verdict import Verdict, judged

if TYPE_CHECKING:
    import pandas as pd

    from simimport.model.scenario import Scenario

__all__ = ["check_poller", "verdicts"]

_LARGEST = 2**63 - 1


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
        ``clock.sleep(seconds)`` are of virtual time, which begins at 0; no real time passes.
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
    * ``stuck``: the import stands still for ever. The poller must give up: raise, or return what is no end.
      Ten minutes of standing still are no reason yet (``stuck_at_zero``, ``stalls_at_99``).
    * Where giving up is right, an exception that tells of a fall does not count: ``TypeError``, ``KeyError``,
      ``IndexError``, ``AttributeError``, ``NameError``, ``ArithmeticError``, ``AssertionError``.

    A poller is stopped after 10,000 fetches, and when it sleeps until a day after the end (where there is
    none, after the run): ``fetch`` and the clock raise what is no `Exception`. One that swallows even that, a
    hundred times, is left waiting in its thread for ever. One that hangs without calling them cannot be
    stopped, but by Ctrl-C: no real time is read. It runs in a thread of its own.

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
    from simimport.model.columns import frame

    found = list(verdicts(poller, presets=presets, faults=faults, seed=seed))
    return frame("verdicts", {
        "preset": [verdict.case.preset for verdict in found],
        "fault": [verdict.case.fault for verdict in found],
        "passed": [verdict.passed for verdict in found],
        "why": [verdict.why for verdict in found],
        "polls": [verdict.polls for verdict in found],
        "ended_s": [verdict.ended_s for verdict in found],
        "seed": [verdict.case.seed for verdict in found],
    })  # fmt: skip


def verdicts(
    poller: Callable[[Any, Any], object],
    *,
    presets: str | Iterable[str] | Mapping[str, Scenario] | None = None,
    faults: str | Iterable[str] | None = None,
    seed: int | None = 0,
) -> Iterator[Verdict]:
    """Return the verdicts of `check_poller` one by one, each as soon as its case is played.

    Raises
    ------
    ParameterError
        As `check_poller`; at once.
    """
    _refuse_no_poller(poller)
    number = resolve(seed)
    if number > _LARGEST:
        raise ParameterError("seed", seed, f"None, or a whole number from 0 to 2**63 - 1 ({_LARGEST})")
    found = cases(presets, faults, number)
    return (judged(poller, case, play(poller, case)) for case in found)


def _refuse_no_poller(poller: Any) -> None:
    """Refuse what is no poller, before 40 rows say so."""
    if not callable(poller):
        # its type: what it shows of itself may take many lines
        raise ParameterError("poller", type(poller), "a function that is called with fetch and clock")
    if inspect.iscoroutinefunction(poller) or inspect.isgeneratorfunction(poller):
        allowed = "a plain function; an asynchronous one in asyncio.run(…), a generator in list(…)"
        raise ParameterError("poller", poller, allowed)
    try:
        inspect.signature(poller).bind(None, None)
    except TypeError as error:
        allowed = f"a function that is called with two arguments, fetch and clock: {error}"
        raise ParameterError("poller", poller, allowed) from None
    except ValueError:
        return  # builtins do not tell what they take
