"""The command `simimport`: a group whose subcommands are loaded when they are asked for.

Turns errors into one line and an exit code: 2 for bad input, 1 for what else goes wrong. Simulates nothing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any, NoReturn

import click

from simimport.cli.errors import BadInput, Failure
from simimport.cli.output.streams import streams_in_place
from simimport.errors import SimimportError, suggestion
from simimport.show.words import printable_lines
from simimport.version import __version__

__all__ = ["COMMANDS", "main"]

#: Each subcommand, in the file of its name in `commands`, and its line in the help. It stands here once more,
#: so that ``--help`` loads none of them; a test holds both equal.
COMMANDS = {
    "run": "Simulate an import and tell how it went.",
    "sweep": "Simulate many imports, and give a table of how they ended.",
    "serve": "Serve the import endpoints over HTTP, for clients under test.",
    "dashboard": "Open the dashboard in a browser.",
    "fixtures": "Write every answer of an import as files, for any test suite.",
    "record": "Record what a live server answers, until its import ends.",
    "lint": "Tell what is wrong with a trace of answers.",
    "check-poller": "Try a client's polling function on every trouble.",
    "users": "Write generated users, as many as you like.",
    "schema": "Print the JSON Schema of the answers, or OpenAPI.",
    "presets": "List the scenarios that are named for what people see.",
    "states": "Show what each operation does in each state.",
}


class Commands(click.Group):
    """A group that loads its subcommands late, knows slips of the pen, and ends without a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a subcommand, loading its module."""
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        command: click.Command = getattr(import_module(f"{__name__}.commands.{name}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of subcommands without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the subcommand that is asked for; an unknown one is refused with the one that is close."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            names = list(COMMANDS)
            ctx.fail(f"There is no command {name!r}; there are {', '.join(names)}.{suggestion(name, names)}")
        return super().resolve_command(ctx, args)

    def main(self, *args: Any, **more: Any) -> Any:
        """Run the command line, also where there is no standard output, or no standard error."""
        with streams_in_place():
            try:
                return super().main(*args, **more)
            except OSError as error:
                # of the help and the like, which are written before anything is invoked
                if not more.get("standalone_mode", True):
                    raise
                failure = _failure_of(error)
                failure.show()
                sys.exit(failure.exit_code)

    def make_context(self, *args: Any, **more: Any) -> click.Context:
        """Read the command line; what cannot be read is quoted without what would move a cursor."""
        with _printable_errors():
            return super().make_context(*args, **more)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand; what goes wrong becomes one line and an exit code."""
        with _printable_errors():
            return self._invoke(ctx)

    def _invoke(self, ctx: click.Context) -> Any:
        try:
            result = super().invoke(ctx)
            # here and not at exit, so that a full disk ends as other errors do
            sys.stdout.flush()
        except BrokenPipeError:
            _leave_quietly(ctx)
        except SimimportError as error:
            raise BadInput(str(error)) from None
        except OSError as error:
            raise _failure_of(error) from None
        except MemoryError:
            raise Failure("there is not enough memory for so many users") from None
        return result


@contextmanager
def _printable_errors() -> Iterator[None]:
    try:
        yield
    except click.ClickException as error:
        # it may quote what others wrote; click alone calls it final
        error.message = printable_lines(error.message)  # type: ignore[misc]
        raise


def _failure_of(error: OSError) -> Failure:
    return Failure(f"{error.filename or 'cannot write'}: {error.strerror or error}")


def _leave_quietly(ctx: click.Context) -> NoReturn:
    """End as a reader wants it that has read enough, such as ``head``."""
    # whatever is still buffered would fail again when the interpreter flushes it
    with suppress(OSError):  # where there is none, it was standard error that nobody reads
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    ctx.exit(0)


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
def main() -> None:
    """Simulate Rocket.Chat's bulk user import and everything that import.status would answer.

    Data goes to standard output, talk to standard error, so that it pipes.
    """
