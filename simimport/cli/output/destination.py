"""What `--out` may name: a file, or a folder, that can be written and that holds nothing of anybody else's.

Asked before any work is done. Writes nothing, but puts back what a kill took from its place.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from simimport.errors import ParameterError
from simimport.model.files import content_of, put_back
from simimport.show.words import printable_lines

__all__ = ["check_file", "check_folder"]


def check_file(path: str, *, force: bool) -> None:
    """Refuse what is no file's name, or is one that is there already.

    Parameters
    ----------
    path : str
    force : bool
        Whether a file that is there may be replaced.

    Raises
    ------
    ParameterError
        If it cannot be written, or may not be replaced.
    """
    target = Path(path)
    if not path or (target.exists() and not target.is_file()):
        # a device or a pipe would be replaced by a file of its name
        raise ParameterError("--out", path, "the name of a file; leave it away for standard output")
    if not target.resolve().parent.is_dir():
        raise ParameterError("--out", path, "a file inside a folder that exists")
    # also where it is refused: nothing of a killed command stays beside it
    put_back(path)
    if target.exists() and not force:
        raise ParameterError("--out", path, "a file that is not there yet; --force replaces it")


def check_folder(path: str, *, force: bool, kind: str, foreign: Callable[[Path], str | None]) -> None:
    """Refuse a folder that cannot be written to.

    Parameters
    ----------
    path : str
    force : bool
        Whether the folder of an earlier one may be replaced.
    kind : str
        What is written, for messages.
    foreign : callable
        Returns what is in a folder and was not written by us, or None.

    Raises
    ------
    ParameterError
        If something is there that is no empty folder; with `force`, if it holds what is foreign.
    """
    target = Path(path)
    if words := put_back(path):
        # also where no talk is wanted: something is there that was not a moment ago
        click.echo(printable_lines(words), err=True)
    if not path or (target.exists() and not target.is_dir()):
        raise ParameterError("--out", path, "a folder; this is none")
    if not target.resolve().parent.is_dir():
        raise ParameterError("--out", path, "a folder inside one that exists")
    if not target.is_dir():
        return
    if Path.cwd().is_relative_to(target.resolve()):
        raise ParameterError("--out", path, "a folder beside or below the current one, such as --out result")
    if content_of(target) and not force:
        allowed = f"a folder that is new or empty; --force replaces that of an earlier {kind}"
        raise ParameterError("--out", path, allowed)
    name = foreign(target)
    if name is not None:
        allowed = f"the folder of an earlier {kind}; this one holds other things, such as {name}"
        raise ParameterError("--out", path, allowed)
