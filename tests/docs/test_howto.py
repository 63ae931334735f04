"""What the how-to pages list is what there is: addresses that decide, and what a panel is given."""

from __future__ import annotations

import re
from dataclasses import fields

from simimport import simulate, stage
from simimport.analysis.dashboard.view import View
from simimport.model.scenario import Scenario
from tests.docs.test_pages import PAGES


def test_a_view_has_what_panels_are_given() -> None:
    text = PAGES["howto/dashboard"].text
    (sentence,) = re.findall(r"^`view` has all that the dashboard shows: ([^.]+)\.", text, re.MULTILINE)
    named = set(re.findall(r"`(\w+)`", sentence))
    assert {"run", "at_s", "body"} < named <= {field.name for field in fields(View)}


def test_addresses_do_what_is_said_of_them() -> None:
    table = PAGES["howto/own-people"].text.partition("## People who decide")[2]
    addresses = [code.replace("@…", "@example.com") for code in re.findall(r"`([\w.-]+@[^`]+)`", table)]
    assert len(addresses) == 6
    plain = simulate(Scenario(users=6, failure_rate=0), seed=1)
    people = stage(Scenario(users=6), seed=1)
    for address in addresses:
        decided = people.assign(email=[address, *people["email"][1:]])
        run = simulate(staged=decided, failure_rate=0, seed=1)
        kind = address.partition("@")[0].partition(".")
        reasons, later_s = run.outcomes["reason"].dropna().tolist(), run.duration_s - plain.duration_s
        expected = {
            "fail": (reasons == [kind[2]]),
            "slow": (round(later_s) == 30),
            "cancel": run.final == "canceled",
            "crash": run.final == "error",
        }
        assert expected[kind[0]], address
