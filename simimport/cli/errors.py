"""How a command ends that cannot do what it was asked: with one line, and an exit code.

Below the commands, which end so, and below the group of them, which turns every other error into these.
"""

from __future__ import annotations

import click

from simimport.show.words import printable

__all__ = ["BadInput", "Failure", "printable_lines"]


class BadInput(click.ClickException):
    """What was given cannot be used."""

    exit_code = 2


class Failure(click.ClickException):
    """What was given is fine, and something else went wrong."""

    exit_code = 1


def printable_lines(message: str) -> str:
    r"""Return a message whose lines hold nothing that would move a cursor: it may quote files and servers.

    Examples
    --------
    >>> print(printable_lines("people.csv: 2 rows:\n  line 1: " + chr(27) + "[2J"))
    people.csv: 2 rows:
      line 1: �[2J
    """
    return "\n".join(map(printable, message.split("\n")))
