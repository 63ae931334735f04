"""How a command ends that cannot do what it was asked: with one line, and an exit code.

Below the commands, which end so, and below the group of them, which turns every other error into these.
"""

from __future__ import annotations

import click

__all__ = ["BadInput", "Failure"]


class BadInput(click.ClickException):
    """What was given cannot be used."""

    exit_code = 2


class Failure(click.ClickException):
    """What was given is fine, and something else went wrong."""

    exit_code = 1
