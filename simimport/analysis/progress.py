"""How far a long call is: told to the caller's own function, or drawn as a bar in terminals and notebooks.

In pipes, and of what takes no time, nothing is drawn; and no bar stays behind. Counts nothing itself.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from simimport.errors import ParameterError

__all__ = ["Progress", "progress_shown"]

#: What is told how much is done, and of how much.
Progress = Callable[[int, int], object]
# only what lasts is worth a bar
_DELAY_S = 0.5
_FORMAT = "{percentage:3.0f} %|{bar}| {n:,} of {total:,} {unit}, {remaining} left"


@contextmanager
def progress_shown(progress: bool | Progress | None, unit: str = "runs") -> Iterator[Progress]:
    """Return what is told how far a call is: a bar, the caller's own function, or nothing.

    Parameters
    ----------
    progress : bool, callable or None
        As `sweep` takes it; None draws a bar where there is somebody to see it.
    unit : str, default "runs"
        What is counted.

    Raises
    ------
    ParameterError
        If `progress` is none of what `sweep` takes.
    """
    if progress is not None and not isinstance(progress, bool) and not callable(progress):
        raise ParameterError("progress", progress, "None, True, False, or a function of done and total")
    if callable(progress):
        yield progress
        return
    if progress is None:
        # the standard error of a notebook is no terminal
        progress = _in_notebook() or (sys.stderr is not None and sys.stderr.isatty())
    # also where a bar is asked for, and there is nothing to draw it on
    if not progress or sys.stderr is None:
        yield lambda _done, _total: None
        return
    bar = _Bar(unit)
    try:
        yield bar
    finally:
        bar.close()


def _in_notebook() -> bool:
    """Return whether a kernel runs this, not whether somebody imported one."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return shell is not None and "IPKernelApp" in shell.config


class _Bar:
    """A bar of tqdm's as wide as there is room, from when it lasts until it is closed."""

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._bar: Any = None
        self._place: Any = None

    def __call__(self, done: int, total: int) -> None:
        """Draw how much is done."""
        if self._bar is None and total:
            self._bar = self._made(done, total)
        if self._bar is not None:
            self._bar.update(done - self._bar.n)
            self._put_into_notebook()

    def _made(self, done: int, total: int) -> Any:
        from tqdm.auto import tqdm

        # in a notebook it is put here, as only this place can be emptied again
        by_us = {"display": False, "delay": 0} if _is_widget(tqdm) else {"delay": _DELAY_S}
        # a thread that watches over slow bars would be in the way of processes that fork
        kind = type("_Tqdm", (tqdm,), {"monitor_interval": 0})
        # made once the total is known: a notebook draws none without as a spot, and keeps it so
        return kind(
            total=total, initial=done, unit=self._unit, bar_format=_FORMAT, dynamic_ncols=True, miniters=1,
            leave=False, **by_us,
        )  # fmt: skip

    def _put_into_notebook(self) -> None:
        bar = self._bar
        if self._place is None and _is_widget(type(bar)) and bar.format_dict["elapsed"] >= _DELAY_S:
            from IPython.display import display

            self._place = display(bar.container, display_id=True)  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """Take it away, as if it had never been there."""
        if self._bar is None:
            return
        self._bar.close()
        if self._place is not None:
            for part in (*self._bar.container.children, self._bar.container):
                part.close()
            # where a widget was, a closed one would leave its room
            self._place.update({}, raw=True)


def _is_widget(kind: type) -> bool:
    return any(base.__module__ == "tqdm.notebook" for base in kind.__mro__)
