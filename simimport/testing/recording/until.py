"""What a recorder keeps, when an operation is over for it, and what it says when it cannot go on.

Asks no server and reads no time: that is `record`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, Any

from simimport.errors import ParameterError, brief
from simimport.model.states import State, Step
from simimport.testing.answer import facts_of
from simimport.testing.json_lines import line_of
from simimport.testing.recording.fetch import Fetched
from simimport.testing.traces import Recorded

__all__ = ["STILL_POLLS", "Ends", "Lines", "lost", "refused", "shown"]

#: An ``error`` that may still move on must be told so often, at least, before it is the end.
STILL_POLLS = 3


class Ends:
    """Whether an answer is the last of an operation.

    Parameters
    ----------
    wait : bool
        Whether an operation that was over at the first answer is not the one.
    settle_s : float
        How long an ``error`` that may still move on must stand still.
    """

    def __init__(self, wait: bool, settle_s: float) -> None:
        self._wait, self._settle_s = wait, settle_s
        self._seen = False
        self._earlier: tuple[str | None, str | None] | None = None
        self._still: tuple[Any, float, int] = (None, 0.0, 0)

    def with_(self, answer: Recorded) -> bool:
        """Return whether the operation has ended with this answer."""
        facts = facts_of(answer.body, answer.http_status)
        if facts.state is None:
            return False
        over = facts.state in (State.DONE, State.CANCELED, State.ERROR)
        if self._wait and not self._seen and over:
            self._earlier = facts.identity
        self._seen = True
        if not over or facts.identity == self._earlier:
            self._still = (None, 0.0, 0)
            return False
        if facts.state != State.ERROR or facts.step == Step.FAILED:
            return True
        body, since_s, polls = self._still
        if body != answer.body:
            body, since_s, polls = answer.body, answer.at_s, 0
        self._still = (body, since_s, polls + 1)
        return polls + 1 >= STILL_POLLS and answer.at_s - since_s >= self._settle_s


class Lines:
    """A file that has each answer as a whole line, on the disk before the next is asked for.

    Parameters
    ----------
    path : path
        In a folder that exists.
    force : bool
        Whether a file that is there may be replaced.

    Raises
    ------
    ParameterError
        If it cannot be made; at once, and again if it came in the meantime.
    """

    def __init__(self, path: str | os.PathLike[str], *, force: bool) -> None:
        self._path, self._force = Path(path), force
        self._file: IO[bytes] | None = None
        self._waiting: list[Recorded] = []
        if not os.fspath(path) or (self._path.exists() and not self._path.is_file()):
            raise ParameterError("path", os.fspath(path), "a file; this is none")
        if not self._path.resolve().parent.is_dir():
            raise ParameterError("path", os.fspath(path), "a file in a folder that exists")
        if self._path.exists() and not force:
            raise self._taken()

    def _taken(self) -> ParameterError:
        return ParameterError("path", os.fspath(self._path), "a new file; force replaces one that is there")

    def append(self, answer: Recorded, *, alone: bool) -> None:
        """Write an answer.

        Before there is one that came from a server, nothing is written: a wrong address leaves no file, and
        takes no earlier one's place. Nor does an answer that cannot stand `alone`.
        """
        self._waiting.append(answer)
        if self._file is None and (not alone or not answer.http_status):
            return
        if self._file is None:
            try:
                self._file = self._path.open("wb" if self._force else "xb", buffering=0)
            except FileExistsError:
                raise self._taken() from None
        self._write(self._file, b"".join(map(line_of, self._waiting)))
        self._waiting.clear()

    def _write(self, file: IO[bytes], data: bytes) -> None:
        before = file.tell()
        left = memoryview(data)
        try:
            while left:
                left = left[file.write(left) :]
            os.fsync(file.fileno())
        except OSError:
            # a full disk leaves whole lines
            file.truncate(before)
            raise

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()


# what is said when it cannot go on ----------------------------------------------------------------------


def shown(fetched: Fetched) -> str:
    """Return an answer that told no state, in a few words."""
    said = fetched.body
    if isinstance(said, dict):
        said = said.get("error") or said.get("message") or said
    told = said if isinstance(said, str) and said.isprintable() and len(said) < 200 else brief(said)
    return f"HTTP {fetched.http_status}: {told}" if fetched.http_status else told


def refused(fetched: Fetched, address: str) -> str:
    """Return what an answer means after which there is no use in asking again."""
    told = shown(fetched)
    if fetched.http_status == 401:
        return f"{address} does not accept these headers: check the user id and the token ({told})"
    if fetched.http_status == 403:
        return f"this account may not see imports: it needs the permission run-import ({told})"
    if fetched.http_status < 400:
        target = brief(fetched.headers.get("location", "nowhere"))
        return f"{address} leads on to {target}: give that server's address (HTTP {fetched.http_status})"
    return f"there is no import.status at {address}: is this the address of a server from 6.3 on? ({told})"


def lost(fetched: Fetched, address: str) -> str:
    """Return what several answers without a state mean, where there never was one with."""
    if not fetched.http_status:
        return f"{address} cannot be reached: {shown(fetched)}"
    return f"{address} does not tell the state of an import: {shown(fetched)}"
