"""What `simimport serve` says: where it serves, how to ask it, and each request in a line.

The curl line, or the line of JSON, is for standard output; the command gives it.
"""

from __future__ import annotations

import json
import os
import select
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from simimport.show.words import duration, printable

if TYPE_CHECKING:
    from simimport.cli.output.terminal import Talk
    from simimport.service.http.server import Serving
    from simimport.service.served import Served
    from simimport.service.service import ImportService

__all__ = ["curl_command", "ready_line", "request_log", "say_where"]

# as many accounts stand in the line on logging in
_NAMED = 5
_LONGEST_INSTANT = len("59 min 59.9 s")


def request_log(service: Served, talk: Talk) -> Callable[[str, str, int], None]:
    """Return what says each request in a line."""
    if talk.quiet:
        return lambda method, path, status: None

    def say(method: str, path: str, status: int) -> None:
        at = f"{duration(service.clock.now_us() / 1e6):>{_LONGEST_INSTANT}}"
        request = f"{printable(method):<4} {printable(path)}"
        answered = f"{status or 'reset':>5}"
        styled = talk.style(answered, fg="green" if status == 200 else "red")
        # who has stopped reading has not stopped asking
        with suppress(OSError):
            if _is_read():
                talk.say(f"{at}  {request}  {styled}  {service.state}", indent=0)

    return say


def _is_read() -> bool:
    """Return whether standard error takes a line at once.

    A test suite that starts a server keeps its standard error in a pipe, and seldom reads it. After some
    thousand lines that is full, and whoever wrote one more would wait for ever: the next poll, too.
    """
    try:
        return bool(select.select([], [sys.stderr], [], 0)[1])
    except (OSError, ValueError):  # what cannot be asked, such as a stream that is not there
        return True


def say_where(talk: Talk, service: ImportService, server: Serving, given: dict[str, Any]) -> None:
    """Say where it is served, and how one logs in."""
    talk.say(f"Serving {service.dialect} at {server.url}, seed {service.seed}; Ctrl-C ends it", indent=0)
    names = [account.username for account in server.app.accounts.all if account.username is not None]
    if names:
        # what somebody has chosen is known to who needs it
        chosen = given["accounts"] is not None or given["password"] is not None
        password = "that you gave" if chosen else server.app.accounts.first.password
        shown = " or ".join([*names[:_NAMED], *(["others"] if len(names) > _NAMED else [])])
        talk.say(f"log in as {printable(shown)} with the password {password}", indent=0)
    if not service.scenario.users and not service.staged:
        from simimport.service.lives.making import NOBODY

        talk.say(f"nobody is there to stage: {NOBODY}", indent=0)
    talk.say("ask how the import is going:\n", indent=0)


def curl_command(server: Serving) -> str:
    """Return the line that asks how the import is going, as a shell takes it."""
    headers = server.headers
    return (
        f'curl -H "X-Auth-Token: {headers["X-Auth-Token"]}" \\\n'
        f'     -H "X-User-Id: {headers["X-User-Id"]}" \\\n'
        '     -H "Content-type:application/json" \\\n'
        f"     {server.url}/api/v1/import.status\n"
    )


def ready_line(server: Serving, service: ImportService, *, control: bool) -> str:
    """Return what another program needs to use a server, as one line of JSON."""
    facts = {
        "url": server.url,
        "headers": server.headers,
        "user_id": server.headers["X-User-Id"],
        "token": server.headers["X-Auth-Token"],
        "seed": service.seed,
        "dialect": service.dialect,
        "pid": os.getpid(),
        "control": f"{server.url}/_simimport" if control else None,
    }
    return json.dumps(facts) + "\n"
