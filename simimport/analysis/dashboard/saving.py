"""Saving what the dashboard shows as a fixture pack, and what there is to say about it.

Writes; no widgets.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from simimport.analysis.dashboard.view import View
from simimport.errors import ParameterError, SimimportError, brief
from simimport.show.words import counted
from simimport.testing.fixtures.pack import write_fixtures
from simimport.testing.fixtures.pack_folder import foreign

__all__ = ["Saved", "save"]


class Saved(NamedTuple):
    """What came of saving: the sentence, whether it is a refusal, and whether a pack may be replaced."""

    sentence: str
    wrong: bool
    replaceable: bool = False


def save(shown: View, folder: str, *, replace: bool) -> Saved:
    """Write the answers of a view's run into a folder, in place of an earlier pack only where asked to.

    Parameters
    ----------
    shown : View
        What is saved.
    folder : str
        As it was written in the box.
    replace : bool
        Whether an earlier pack there may go.
    """
    try:
        manifest = write_fixtures(shown.run, folder, dialect=shown.dialect, replace=replace)
    except SimimportError as error:
        if not replace and _is_pack(folder):
            sentence = f"{brief(folder)} holds a pack already. Replace puts this one in its place."
            return Saved(sentence, True, replaceable=True)
        allowed = getattr(error, "allowed", "").partition("; replace=True")[0]
        refused = isinstance(error, ParameterError) and error.field == "folder"
        return Saved(f"Folder is {brief(folder)}; allowed: {allowed}." if refused else str(error), True)
    except OSError as error:
        return Saved(f"{brief(folder)} cannot be written: {error.strerror or error}.", True)
    done = "Replaced" if replace else "Saved in"
    answers = counted(manifest["answers"], "answer")
    return Saved(f"{done} {folder}: {answers}, the states and the refusals.", False)


def _is_pack(folder: str) -> bool:
    """Return whether a folder holds a pack and nothing else."""
    try:
        return bool(folder) and Path(folder).is_dir() and foreign(Path(folder)) is None
    except OSError:  # what cannot be read is not to be replaced
        return False
