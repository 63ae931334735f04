"""simimport: simulate Rocket.Chat's bulk user import, and everything ``import.status`` would answer.

The tour::

    from simimport import PRESETS, simulate

    run = simulate(users=500, failure_rate=0.05, seed=7)   # the record of one import
    run.final, run.duration_s                              # how it ended, and when
    run.outcomes                                           # truth: what became of each user
    run.snapshots                                          # published: once per flush of 50
    run.status(10.0)                                       # the body of import.status at 10 s
    run.cancel(12.0), run.branch(12.0, failure_rate=0.5)   # the same past, another future
    simulate(PRESETS["stalls_at_99"], seed=1)              # scenarios named for what people see

Everything here is loaded on first use: importing simimport loads neither pandas, Faker nor Matplotlib.
"""

from __future__ import annotations

# The public names stand in `__init__.pyi` and nowhere else: one line a name, with the room where it lives.


def _rooms() -> dict[str, str]:
    """Return each public name and its room, as the file for type checkers lists them."""
    listed: bytes = __spec__.loader.get_data(f"{__path__[0]}/__init__.pyi")
    lines = (line.split() for line in listed.decode().splitlines() if line.startswith("from simimport."))
    return {name: room for _, room, _, name, *_ in lines}


def __getattr__(name: str) -> object:
    rooms = _rooms()
    value: object
    if name == "__all__":
        value = sorted(public for public in rooms if not public.startswith("_"))
    elif name in rooms:
        # this way in, a name may also be a module of the room: `plots` is
        value = getattr(__import__(rooms[name], fromlist=[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__getattr__("__all__"))
