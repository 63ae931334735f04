"""The parameters of an import: the fields of a Scenario, what each means, may be, is, and how it is typed."""

from __future__ import annotations

from simimport.cli.options import as_typed
from simimport.model.fields import Rule
from simimport.model.people.decisions import REASONS, SHARES
from simimport.model.scenario import FIELDS, Scenario

from .markdown import PLACE, anchor, described, page, table

__all__ = ["pages"]

_ABOUT = """\
An import is described by a {py:class}`simimport.Scenario`: twenty parameters, each with a default. They are
keywords of `simulate(users=500, failure_rate=0.05)`, fields of a scenario's TOML or JSON file, options of
[the commands](cli.md#the-scenario), fields of [the control plane's](control-plane.md) `scenario`, and
columns of a sweep, everywhere under the same names. Durations are seconds and end in `_s`; a rate says per
what it counts."""

#: The parameters by what they are about.
GROUPS = {
    "Users and batches": ("users", "batch_size"),
    "Failures": ("failure_rate", "failure_clustering"),
    "Interruptions": ("cancel_rate", "cancel_at", "crash_rate", "crash_at"),
    "Speed": ("users_per_s", "latency_cv", "slowdown"),
    "Stalls": ("stall_rate", "stall_at", "stall_s"),
    "Before the run": ("importer", "new_s", "loading_s", "ready_s"),
    "People and dates": ("locale", "epoch"),
}

_ADDRESSES = """\
As test card numbers do, certain e-mail addresses of your own people decide what happens, whatever the rates
say. A `+tag` before the `@` keeps them unique: `crash+1@example.com`."""
_DECIDING = (
    *((f"`fail.{reason}@example.com`", f"the user fails with the reason `{reason}`") for reason in SHARES),
    ("`slow.30s@example.com`", "the user takes 30 seconds longer; any number of seconds"),
    ("`cancel@example.com`", "an administrator cancels when this user's turn comes"),
    ("`crash@example.com`", "the import crashes at this user"),
)

_DUPLICATES = """\
Generated people are unique, so that their failures are exactly those that were asked for. Of your own
people, whoever has an e-mail address or a username that an earlier row has, or somebody of `existing=`,
fails with that reason. What is drawn takes a reason in the shares below, which are an estimate."""


def pages() -> dict[str, str]:
    """Return the page of parameters."""
    if left := set(FIELDS) ^ {name for names in GROUPS.values() for name in names}:
        raise LookupError(f"parameters without a group: {left}")
    meanings = described(Scenario.__doc__)
    parts = [_ABOUT, _overview()]
    for group, names in GROUPS.items():
        parts.append(f"## {group}")
        for name in names:
            parts += [f"### {name}", meanings[name], _facts(name, FIELDS[name])]
    parts += ["## Addresses that decide", _ADDRESSES, table(["address", "what happens"], _DECIDING)]
    parts += ["## Reasons of failures", _DUPLICATES, _reasons()]
    return {f"{PLACE}/parameters.md": page("Parameters", *parts)}


def _overview() -> str:
    fields = Scenario.__dataclass_fields__
    rows = [
        (f"[`{name}`]({anchor(name)})", f"`{fields[name].default}`", fields[name].metadata["about"])
        for names in GROUPS.values()
        for name in names
    ]
    return table(["parameter", "default", "meaning"], rows)


def _facts(name: str, rule: Rule) -> str:
    default = Scenario.__dataclass_fields__[name].default
    flag = f"`--{name.replace('_', '-')}`"
    typed = f"`--{name.replace('_', '-')} {as_typed(default)}`"
    return table(
        ["allowed", "default", "option"],
        [(rule.allowed, f"`{default!r}`", typed if default is not None else flag)],
    )


def _reasons() -> str:
    shares = {reason: f"{share:.0%}" for reason, share in SHARES.items()}
    rows = [
        (f"`{reason}`", shares.get(reason, "never drawn: generated people have one")) for reason in REASONS
    ]
    return table(["reason", "share of the drawn failures"], rows)
