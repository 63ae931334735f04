"""The rules of the linter: their ids, how bad it is to break them, and why they are rules.

Judges nothing: that is done in `one_answer` and `two_answers`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["RULES", "Rule"]

_ERROR, _WARNING = "error", "warning"


class Rule(NamedTuple):
    """How bad it is if a rule is broken, ``error`` or ``warning``, and in a line why it is one."""

    severity: str
    why: str


#: Every rule by its id.
RULES: Mapping[str, Rule] = {
    "not-answered": Rule(_WARNING, "Without a 200 a poll tells nothing of the import: ask again."),
    "no-object": Rule(_ERROR, "An answer with 200 is a JSON object; anything else comes from a proxy."),
    "unknown-state": Rule(_ERROR, "There are eight states; a client cannot know others."),
    "canceled-by-server": Rule(_ERROR, "Servers never say canceled: interrupted, they end in error or done."),
    "unknown-step": Rule(_ERROR, "The steps of the importer are known for each dialect."),
    "state-step": Rule(_ERROR, "The state follows from the step, and from whether the operation is valid."),
    "state-valid": Rule(_ERROR, "An operation is valid unless it was canceled or failed; then it is not."),
    "missing-key": Rule(_ERROR, "Clients rely on the keys that the state and the dialect promise."),
    "extra-key": Rule(_ERROR, "What no contract mentions is a slip, or the wrong dialect."),
    "wrong-type": Rule(_ERROR, "A counter that is a text adds up as texts do."),
    "wrong-value": Rule(_ERROR, "Some values are given by the contract."),
    "bad-instant": Rule(_ERROR, "Timestamps are UTC to the millisecond: 2016-09-13T14:57:56.037Z."),
    "count-step": Rule(_ERROR, "Counters start with the first batch, and users' steps end with the last."),
    "users-not-total": Rule(_ERROR, "Only users are imported, so count.users is count.total."),
    "over-total": Rule(_ERROR, "No more users can be processed than were staged."),
    "off-batch": Rule(_ERROR, "Counters are published once per batch, so they are multiples of its size."),
    "unfinished": Rule(_ERROR, "Beyond the users' step every staged user was processed."),
    "time-back": Rule(_ERROR, "Answers stand in the order in which they came."),
    "another-operation": Rule(_ERROR, "The newest operation is told of; an older one never comes back."),
    "replaced": Rule(_WARNING, "Another operation took the place of the one that was polled."),
    "changed-constant": Rule(_ERROR, "Its creation, user and importer stay the same in an operation's life."),
    "illegal-move": Rule(_ERROR, "An operation goes through its states in one direction."),
    "step-back": Rule(_ERROR, "An operation goes through its steps in one direction."),
    "after-end": Rule(_ERROR, "Nothing changes any more after an operation's end."),
    "counter-fell": Rule(_ERROR, "What was processed stays processed."),
    "total-changed": Rule(_ERROR, "Users can be added before the run only, and never removed."),
    "updated-before-created": Rule(_ERROR, "Nothing is updated before it is created."),
    "updated-back": Rule(_ERROR, "_updatedAt dates the latest change, so it never goes back."),
    "updated-on-read": Rule(_ERROR, "Reading changes nothing, so _updatedAt moves with other things only."),
    "updated-late": Rule(_ERROR, "_updatedAt moves with every change that is published."),
    "silence": Rule(_WARNING, "An import that publishes nothing for so long may be stuck."),
}
