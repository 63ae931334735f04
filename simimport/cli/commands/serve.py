"""`simimport serve`: an import server from options, until Ctrl-C.

The curl line goes to standard output, requests to standard error. What is answered is the service's.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

import click

from simimport.checks import whole
from simimport.cli.commands.serving.ending import interruptible
from simimport.cli.commands.serving.listening import server_given
from simimport.cli.commands.serving.service import service_given
from simimport.cli.commands.serving.talk import curl_command, ready_line, request_log, say_where
from simimport.cli.options import Option, Sections, Value, encoding_option, scenario_options
from simimport.cli.output.terminal import Talk, give
from simimport.model.scenario import FIELDS
from simimport.show.words import counted

__all__ = ["serve"]

_FROM, _TIME, _HTTP, _SUITES = "Where it comes from", "Time and faults", "Who listens", "For test suites"
# elsewhere an orphan names its parent as before
_TELLS_PARENTS = os.name == "posix"
# how long these last is decided by the calls
_SERVED = tuple(name for name in FIELDS if name not in ("new_s", "ready_s"))


@click.command(cls=Sections, context_settings={"auto_envvar_prefix": "SIMIMPORT"})
@click.option("--preset", cls=Option, section=_FROM, metavar="NAME",
              help="A named scenario; see simimport presets.")
@click.option("--scenario", cls=Option, section=_FROM, metavar="FILE", help="A scenario in TOML or JSON.")
@click.option("--existing", cls=Option, section=_FROM, metavar="FILE",
              help="Who is on the server already: an addUsers body (JSON), JSONL or CSV.")
@encoding_option(_FROM)
@click.option("--seed", cls=Option, section=_FROM, type=Value(int), metavar="N",
              help="The same calls at the same instants get the same answers.  [default: drawn, and shown]")
@click.option("--dialect", cls=Option, section=_FROM, metavar="NAME", default="docs", show_default=True,
              help="Whose answers: docs, server-6.3, server-7.4 or server-8.3.")
@click.option("--autostart", cls=Option, section=_FROM, is_flag=True,
              help="Generated users are staged and being imported when it answers first.")
@click.option("--staged", cls=Option, section=_FROM, metavar="FILE",
              help="Your own users for --autostart, in any of the formats of --existing.")
@click.option("--clock", cls=Option, section=_TIME, type=click.Choice(["wall", "manual", "poll"]),
              default="wall", show_default=True,
              help="Time goes by itself, or by the control plane, or a step per answered call.")
@click.option("--rate", cls=Option, section=_TIME, type=Value(float), metavar="X",
              help="Simulated seconds per real second, for the wall clock.  [default: 1]")
@click.option("--step", cls=Option, section=_TIME, type=Value(float), metavar="SECONDS",
              help="The step of the poll clock.  [default: 1]")
@click.option("--faults", cls=Option, section=_TIME, metavar="WHAT",
              help="A list of faults in JSON, a file with one, or how to draw them: rate=0.1,seed=3.")
@click.option("--host", cls=Option, section=_HTTP, metavar="ADDRESS", default="127.0.0.1", show_default=True,
              help="Where to listen.")
@click.option("--port", cls=Option, section=_HTTP, type=Value(int), metavar="N", default=0,
              help="At which port.  [default: one that is free]")
@click.option("--allow-host", cls=Option, section=_HTTP, metavar="NAME", multiple=True,
              help="A name by which this machine is asked, beside localhost; may come again.")
@click.option("--token", cls=Option, section=_HTTP, metavar="TEXT", envvar="SIMIMPORT_TOKEN",
              show_envvar=True, help="The administrator's token.  [default: drawn, and shown]")
@click.option("--user", cls=Option, section=_HTTP, metavar="NAME",
              help="The administrator's name to log in with.  [default: admin]")
@click.option("--password", cls=Option, section=_HTTP, metavar="TEXT", envvar="SIMIMPORT_PASSWORD",
              show_envvar=True, help="The administrator's password.  [default: drawn, and shown]")
@click.option("--accounts", cls=Option, section=_HTTP, metavar="FILE",
              help="Who may call, instead of one administrator: TOML or JSON.")
@click.option("--max-body", cls=Option, section=_HTTP, type=Value(int), metavar="BYTES",
              help="The largest body; a larger one is refused with 413.  [default: 16000000]")
@click.option("--cors", cls=Option, section=_HTTP, is_flag=True, help="Let pages of other origins in.")
@click.option("--no-control", cls=Option, section=_HTTP, is_flag=True,
              help="No control plane under /_simimport/.")
@click.option("-q", "--quiet", cls=Option, section=_HTTP, is_flag=True, help="Only the curl line.")
@click.option("--json", "as_json", cls=Option, section=_SUITES, is_flag=True, envvar="SIMIMPORT_JSON",
              help="A line of JSON, not of curl: url headers user_id token seed dialect pid control.")
@click.option("--isolate", cls=Option, section=_SUITES, is_flag=True,
              help="Each account has an import server of its own, as if it were alone, and resets only that.")
@click.option("--exit-with-parent", cls=Option, section=_SUITES, is_flag=True,
              help="It ends when the process ends that started it, however that ends.")
@scenario_options(_SERVED)
@click.pass_context
def serve(ctx: click.Context, /, **given: Any) -> None:
    """Serve the import endpoints over HTTP, for clients under test.

    Prints a curl line that is ready to paste, then a line a request: the instant, the method, the path, the
    status, and the state of the import. Ctrl-C ends it, or SIGTERM, or SIGHUP.

    Suites in any language start it with --json --exit-with-parent, and steer it under /_simimport/, its
    control plane: GET there tells how. Every option can come from the environment, too: --max-body from
    SIMIMPORT_MAX_BODY, and so on.
    """
    # of the process that started it, before anything that takes long
    parent = os.getppid() if given["exit_with_parent"] else None
    _check_options(ctx, given)
    talk = Talk(quiet=given["quiet"])
    service = service_given(ctx, given, talk)
    # before it listens, so that an interruption never meets the default of the terminal
    with interruptible(parent) as wait, server_given(given, service) as server:
        for each in (server.app, *server.app.apart.values()):
            each.tell = request_log(each.service, talk)
        say_where(talk, service, server, given)
        control = not given["no_control"]
        give(ready_line(server, service, control=control) if given["as_json"] else curl_command(server))
        wait()
    calls = sum(each.log.calls for each in server.app.services.values())
    # a terminal that was closed takes no word of farewell
    with suppress(OSError):
        talk.say(f"\nended after {counted(calls, 'call')}")


def _check_options(ctx: click.Context, given: dict[str, Any]) -> None:
    """Refuse a port that is none, a host likewise, and options that do not go together."""
    from simimport.service.http.hosts import host_name

    if given["staged"] is not None and not given["autostart"]:
        raise click.UsageError("--staged is for --autostart: without it, clients bring the users.", ctx)
    if given["exit_with_parent"] and not _TELLS_PARENTS:
        raise click.UsageError("--exit-with-parent is for POSIX: Windows tells of no parent's end.", ctx)
    for name, clock in (("rate", "wall"), ("step", "poll")):
        if given[name] is not None and given["clock"] != clock:
            raise click.UsageError(f"--{name} is for --clock {clock}.", ctx)
    ports = "a whole number from 0 to 65535; 0 takes one that is free"
    whole("--port", given["port"], 0, 65_535, allowed=ports)
    for name in given["allow_host"]:
        host_name("--allow-host", name)
    if given["max_body"] is not None:
        whole("--max-body", given["max_body"], 1, allowed="a whole number of bytes from 1")
    typed = click.core.ParameterSource.COMMANDLINE
    for name in ("token", "user", "password"):
        if given["accounts"] is not None and ctx.get_parameter_source(name) is typed:
            raise click.UsageError(f"--{name} is for the administrator, and --accounts names others.", ctx)
