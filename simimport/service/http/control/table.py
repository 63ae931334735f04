"""The table of the control plane: which paths there are, and what is sent and answered at each.

The routes are made from it, and so is the document: what is not here is neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["OPEN", "ROOT", "TABLE", "Operation"]

ROOT = "/_simimport/"


@dataclass(frozen=True, slots=True)
class Operation:
    """What one method of a path does.

    Parameters
    ----------
    name : str
        In the document; its handler has it too.
    method, path : str
        The path is what follows `ROOT`.
    about : str
        In a sentence.
    answer : str
        The schema of the answer.
    body : str
        The schema of the body; empty where none is looked at.
    needs_body : bool
        Whether there must be one.
    query : mapping
        The schema of each key of the query.
    refuses : bool
        Whether there is something that it can refuse.
    """

    name: str
    method: str
    path: str
    about: str
    answer: str
    body: str = ""
    needs_body: bool = False
    query: Mapping[str, str] = field(default_factory=dict)
    refuses: bool = False


TABLE = (
    Operation("index", "GET", "", "Tells what is here; needs no account.", "Index"),
    Operation("document", "GET", "openapi.json", "Returns this document.", "Document"),
    Operation("health", "GET", "health", "Tells how the service is; needs no account.", "Health"),
    Operation("reset", "POST", "reset",
              "Begins anew as the service was made, but for what the body names: that is so until the next "
              "reset. Nothing changes if it is refused.", "Health", body="Reset", refuses=True),
    Operation("start", "POST", "start",
              "Creates an operation, stages the scenario's people and runs it, as three calls that no fault "
              "strikes.", "Health", body="Nothing", refuses=True),
    Operation("moveClock", "POST", "clock", "Moves the clock on, in one of three ways.", "Moved",
              body="Move", needs_body=True, refuses=True),
    Operation("getFaults", "GET", "faults",
              "Lists the schedule of faults; with unstruck, only those that have not struck yet.", "Faults",
              query={"unstruck": "Unstruck"}, refuses=True),
    Operation("putFaults", "PUT", "faults", "Replaces the schedule of faults in this life.", "Faults",
              body="Faults", needs_body=True, refuses=True),
    Operation("postFaults", "POST", "faults", "Does what putFaults does, for clients that only post.",
              "Faults", body="Faults", needs_body=True, refuses=True),
    Operation("getJournal", "GET", "journal", "Tells of the calls: counters of all, and the last of them.",
              "Journal", query={"last": "Last"}, refuses=True),
    Operation("getScenario", "GET", "scenario", "Returns the scenario of this life.", "Scenario"),
)  # fmt: skip
#: The paths that are open to all: what is here, which is the same everywhere, and how the service is, since
#: a supervisor that asks it is nobody.
OPEN = (ROOT, ROOT + "health")
