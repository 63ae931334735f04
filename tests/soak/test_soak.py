"""The soak in its small size; in full it is `python -m tests.soak --size full`."""

from __future__ import annotations

import re
import sys

import pytest

from tests.soak.__main__ import PARTS, run
from tests.soak.attack import attack
from tests.soak.exchanges import exchange
from tests.soak.processes import process

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it reads Linux's /proc")


@linux
@pytest.mark.parametrize("part", PARTS)
def test_all_is_well(part: str) -> None:
    assert run(part, "small", 0)


def test_an_exchange_follows_from_its_seed_and_number() -> None:
    assert exchange(3, 14) == exchange(3, 14)
    assert exchange(3, 14) != exchange(4, 14)


def test_what_answers_wrongly_is_found() -> None:
    # itself, since this attack speaks only with servers of this machine
    with process("liar") as liar:
        tally = attack(liar.first["port"], lambda number: exchange(0, number), 40)
    assert tally.faults
    assert "the status 500" in tally.faults[0]
    # which of those at once is answered first, the machine decides; its number is enough to make it again
    number = re.match(r"connection (\d+): ", tally.faults[0])
    assert number
    assert f"cut at {exchange(0, int(number[1])).cuts}, " in tally.faults[0]
