"""The people of a file as ``getImportFileData`` shows them, and those of them whom ``startImport`` chooses.

Both take long where many are staged, and need no lock: who is staged never changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from simimport.model.people.api_body import cells
from simimport.model.people.cell_lists import items_of
from simimport.model.people.staged import Staged
from simimport.model.run import wire
from simimport.service.answers import Answer
from simimport.service.calls.bodies import EVERYBODY, Selection
from simimport.service.people.on_server import Decided

if TYPE_CHECKING:
    import pandas as pd

    from simimport.model.dialects import Dialect

__all__ = ["Shown", "Started", "chosen", "selection_answer", "shown", "shown_frame"]

# as many as are encoded at once: while the encoder works, no other thread does
_PIECE = 1000


class Shown(NamedTuple):
    """Staged people, and the JSON that shows them."""

    users: Staged
    raw: bytes


class Started(NamedTuple):
    """What a body of ``startImport`` comes to.

    Parameters
    ----------
    selection : Selection
        Whom it chooses.
    misfit : str
        What the validator says, where it does not fit the schema; else empty.
    users, chosen : Staged or None
        Those who are staged, and those of them whom it chooses, as far as that was looked at.
    decided : Decided or None
        What the chosen ones decide.
    """

    selection: Selection = EVERYBODY
    misfit: str = ""
    users: Staged | None = None
    chosen: Staged | None = None
    decided: Decided | None = None


def shown(users: Staged) -> Shown:
    """Return staged people and how they are shown."""
    return Shown(users, shown_frame(users.frame()))


def shown_frame(frame: pd.DataFrame) -> bytes:
    """Return the JSON list that shows people, each as SelectionUser has it (@ 2e8596e1)."""
    columns = (cells(frame, name) for name in ("import_id", "username", "email", "deleted", "type"))
    rows = list(zip(*columns, strict=True))
    pieces = [wire.encoded([_user(*row) for row in rows[at : at + _PIECE]])[1:-1]
              for at in range(0, len(rows), _PIECE)]  # fmt: skip
    return b"[" + b",".join(pieces) + b"]"


def _user(
    ids: str | None, username: str | None, email: str | None, deleted: Any, kind: Any
) -> dict[str, Any]:
    user: dict[str, Any] = {"user_id": _first(ids)}
    # what is undefined has no key
    user |= {"username": username} if username else {}
    user |= {"email": email} if email else {}
    return {**user, "is_deleted": bool(deleted), "is_bot": kind == "bot", "do_import": True,
            "is_email_taken": False}  # fmt: skip


def _first(ids: str | None) -> str:
    return items_of(ids or "")[0]


def selection_answer(dialect: Dialect, name: str, users: bytes) -> Answer:
    """Return the answer of ``getImportFileData`` once there is a selection; `users` are shown already."""
    # ImporterSelection.ts @ dd1bb635; contacts are there from PR #33422 on
    rest: dict[str, Any] = {"channels": [], "message_count": 0}
    rest |= {"contacts": []} if dialect.contacts else {}
    head = wire.encoded({"name": name})[:-1]
    raw = head + b',"users":' + users + b"," + wire.encoded({**rest, "success": True})[1:]
    return Answer(200, None, raw)


def chosen(users: Staged, selection: Selection) -> Staged:
    """Return those staged people whom a selection chooses: by the first of their import ids."""
    if selection.everybody:
        return users
    if not selection.ids:
        return Staged()
    frame = users.frame()
    among = [_first(ids) in selection.ids for ids in cells(frame, "import_id")]
    return users if all(among) else Staged(frame[among].reset_index(drop=True))
