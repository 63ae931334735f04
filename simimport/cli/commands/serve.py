"""`simimport serve`: an import server from options, until Ctrl-C.

The curl line goes to standard output, requests to standard error. What is answered is the service's.
"""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simimport.checks import whole
from simimport.cli.errors import Failure
from simimport.cli.options import Option, Sections, Value, people_given, scenario_given, scenario_options
from simimport.cli.output.terminal import Talk, give
from simimport.errors import ParameterError
from simimport.memory import SERVED, check_users
from simimport.model.files import read_text
from simimport.model.scenario import FIELDS
from simimport.show.words import counted, duration, printable

if TYPE_CHECKING:
    from simimport.service.clock import Clock
    from simimport.service.faults import Faults
    from simimport.service.http.server import Serving
    from simimport.service.service import ImportService

__all__ = ["serve"]

_FROM, _TIME, _HTTP = "Where it comes from", "Time and faults", "Who listens"
# a fault takes a hundred bytes of it
_MOST_OF_FAULTS = 2**26
# as many accounts stand in the line on logging in
_NAMED = 5
_LONGEST_INSTANT = len("59 min 59.9 s")
# how long these last is decided by the calls
_SERVED = tuple(name for name in FIELDS if name not in ("new_s", "ready_s"))


@click.command(cls=Sections)
@click.option("--preset", cls=Option, section=_FROM, metavar="NAME",
              help="A named scenario; see simimport presets.")
@click.option("--scenario", cls=Option, section=_FROM, metavar="FILE", help="A scenario in TOML or JSON.")
@click.option("--existing", cls=Option, section=_FROM, metavar="FILE",
              help="Who is on the server already: an addUsers body (JSON), JSONL or CSV.")
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
              help="A JSON file with a list of faults, or how to draw them: rate=0.1,seed=3.")
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
@scenario_options(_SERVED)
@click.pass_context
def serve(ctx: click.Context, /, **given: Any) -> None:
    """Serve the import endpoints over HTTP, for clients under test.

    Prints a curl line that is ready to paste, then a line a request: the instant, the method, the path, the
    status, and the state of the import. Ctrl-C ends it.
    """
    _check_options(ctx, given)
    talk = Talk(quiet=given["quiet"])
    service = _service_given(ctx, given)
    # before it listens, so that an interruption never meets the default of the terminal
    with _interruptible() as wait, _server_given(given, service, talk) as server:
        _say_where(talk, service, server, given)
        give(_curl_command(server))
        wait()
    talk.say(f"\nended after {counted(service.log.calls, 'call')}")


def _check_options(ctx: click.Context, given: dict[str, Any]) -> None:
    """Refuse a port that is none, a host likewise, and options that do not go together."""
    from simimport.service.http.hosts import host_name

    if given["staged"] is not None and not given["autostart"]:
        raise click.UsageError("--staged is for --autostart: without it, clients bring the users.", ctx)
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


def _service_given(ctx: click.Context, given: dict[str, Any]) -> ImportService:
    from simimport.service.service import ImportService

    scenario = scenario_given(ctx, given)
    if given["autostart"]:
        if given["staged"] is None:
            check_users(SERVED, scenario.users, scenario.batch_size)
        _load_ahead()
    service = ImportService(
        scenario, seed=given["seed"], clock=_clock_given(given), dialect=given["dialect"],
        faults=_faults_given(given["faults"]), existing=people_given(given["existing"]),
    )  # fmt: skip
    if given["autostart"]:
        people = people_given(given["staged"])
        service.new()
        service.add_users(people)
        service.run()
    return service


def _load_ahead() -> None:
    """Load what serving needs: the wall clock of an import that runs already goes on meanwhile."""
    import pandas  # noqa: F401, ICN001 - for its loading

    with suppress(ModuleNotFoundError):  # said when it is served
        import simimport.service.http.connection  # noqa: F401 - likewise


def _clock_given(given: dict[str, Any]) -> Clock:
    from simimport.service.clock import ManualClock, PollClock, WallClock

    match given["clock"]:
        case "wall":
            return WallClock(1.0 if given["rate"] is None else given["rate"])
        case "poll":
            return PollClock(1.0 if given["step"] is None else given["step"])
        case _:
            return ManualClock()


def _faults_given(wish: str | None) -> Faults | None:
    """Return the schedule that is wished for: settings of `Faults.random`, or a file with a list."""
    from simimport.service.faults import Faults

    if wish is None:
        return None
    if not Path(wish).exists() and "=" in wish:
        return Faults.random(**_fault_settings(wish))
    try:
        text = read_text(wish, most=_MOST_OF_FAULTS)
    except ValueError as error:
        raise ParameterError("--faults", wish, f"a file that can be read ({error})") from None
    try:
        schedule = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ParameterError("--faults", wish, f"a file with JSON ({error})") from None
    if not isinstance(schedule, list):
        raise ParameterError("--faults", wish, 'a file with a list, such as [{"kind": "503", "at_poll": 3}]')
    return Faults(schedule)


def _fault_settings(wish: str) -> dict[str, Any]:
    of_text: dict[str, Callable[[str], Any]] = {
        "rate": float, "seed": int, "polls": int, "kinds": lambda text: text.split("+"),
    }  # fmt: skip
    settings: dict[str, Any] = {}
    for part in wish.split(","):
        name, _, value = part.partition("=")
        try:
            settings[name] = of_text[name](value)
        except (KeyError, ValueError):
            allowed = "rate=0.1, and seed=3, polls=1000 or kinds=503+reset, between commas"
            raise ParameterError("--faults", part, allowed) from None
    if "rate" not in settings:
        raise ParameterError("--faults", wish, "rate=0.1 and the like")
    return settings


def _server_given(given: dict[str, Any], service: ImportService, talk: Talk) -> Serving:
    from simimport.service.http.asgi import MAX_BODY
    from simimport.service.http.server import is_loopback, serve

    try:
        server = serve(
            service, host=given["host"], port=given["port"], accounts=_accounts_given(given),
            allow_hosts=given["allow_host"], cors=given["cors"], control=not given["no_control"],
            max_body=MAX_BODY if given["max_body"] is None else given["max_body"],
            tell=_request_log(service, talk), warn=False,
        )  # fmt: skip
    except OSError as error:
        where = f"{given['host']}:{given['port']}"
        raise Failure(f"cannot listen at {where}: {error.strerror or error}") from None
    if not is_loopback(server.host):
        # also where it is quiet
        click.echo(f"Warning: {server.host} is reached from beyond this machine.", err=True)
    return server


def _accounts_given(given: dict[str, Any]) -> dict[str, dict[str, Any]] | str | None:
    """Return the file of accounts, or an administrator of whom something is given."""
    if given["accounts"] is not None:
        return str(given["accounts"])
    if given["token"] is given["user"] is given["password"] is None:
        return None
    from simimport.service.accounts import administrator

    drawn = administrator()
    fields = {"token": drawn.token, "username": drawn.username, "password": drawn.password}
    named = {"token": given["token"], "username": given["user"], "password": given["password"]}
    fields |= {name: value for name, value in named.items() if value is not None}
    return {drawn.id: {**fields, "permissions": sorted(drawn.permissions)}}


def _request_log(service: ImportService, talk: Talk) -> Callable[[str, str, int], None]:
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
            talk.say(f"{at}  {request}  {styled}  {service.state}", indent=0)

    return say


def _say_where(talk: Talk, service: ImportService, server: Serving, given: dict[str, Any]) -> None:
    talk.say(f"Serving {service.dialect} at {server.url}, seed {service.seed}; Ctrl-C ends it", indent=0)
    names = [account.username for account in server.app.accounts.all if account.username is not None]
    if names:
        # what somebody has chosen is known to who needs it
        chosen = given["accounts"] is not None or given["password"] is not None
        password = "that you gave" if chosen else server.app.accounts.first.password
        shown = " or ".join([*names[:_NAMED], *(["others"] if len(names) > _NAMED else [])])
        talk.say(f"log in as {printable(shown)} with the password {password}", indent=0)
    talk.say("ask how the import is going:\n", indent=0)


def _curl_command(server: Serving) -> str:
    headers = server.headers
    return (
        f'curl -H "X-Auth-Token: {headers["X-Auth-Token"]}" \\\n'
        f'     -H "X-User-Id: {headers["X-User-Id"]}" \\\n'
        '     -H "Content-type:application/json" \\\n'
        f"     {server.url}/api/v1/import.status\n"
    )


@contextmanager
def _interruptible() -> Iterator[Callable[[], None]]:
    """Return what waits until somebody ends it, with Ctrl-C or a polite kill: both are clean from here on."""
    ended = threading.Event()

    def end(number: int, frame: object) -> None:
        ended.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: _wait_until(ended)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _wait_until(ended: threading.Event) -> None:
    # in turns: on some systems a wait without end is never interrupted by a signal
    while not ended.wait(timeout=1.0):
        continue
