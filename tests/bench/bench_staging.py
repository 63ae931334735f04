"""Staging people: beside a loop over Faker and one over Mimesis, which make the same fields.

The loops make the six fields of most users, and a bio for one in five; ours makes all twelve columns.
"""

from __future__ import annotations

import random  # noqa: TID251 - the peers' dice
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

from tests.bench.table import Row, alternate, duration

# Each side in a process of its own, with pandas loaded, as in a notebook. What is timed is from there, or
# from there with Faker loaded too, to the frame; making the vocabulary, or the Faker instance, is counted.
_FRESH = """
import gc, time
import numpy, pandas
from tests.bench.bench_staging import faker_frame
from simimport.model.scenario import Scenario
from simimport.model.people.generated import stage
{loaded}
began = time.perf_counter()
{work}
print(time.perf_counter() - began)
"""


def rows(quick: bool = False) -> list[Row]:
    """Return the rows: a million users, 8,000 in a fresh process, and four locales."""
    return [*_million(quick=quick), *_fresh(quick=quick), *_locales(quick=quick)]


def _million(*, quick: bool) -> Iterator[Row]:
    users = 200_000 if quick else 1_000_000
    rounds = 3 if quick else 5
    peers: list[tuple[str, int, Callable[[int], object], float]] = [
        ("Faker", 2_000 if quick else 5_000, faker_frame, 100),
        ("Mimesis", 20_000 if quick else 50_000, mimesis_frame, 5),
    ]
    for name, fewer, work, wanted in peers:
        ours_s, peer_s = alternate(
            lambda: _stage(users),
            lambda work=work, fewer=fewer: work(fewer),  # type: ignore[misc]
            rounds,
        )
        ratio = (peer_s / fewer) / (ours_s / users)
        speeds = f"{users / ours_s:,.0f} users/s", f"{name} loop, {fewer / peer_s:,.0f} users/s"
        yield Row(f"staging {users:,} users into a DataFrame", *speeds, ratio, wanted)


def _fresh(*, quick: bool) -> Iterator[Row]:
    rounds = 3 if quick else 7
    works = "stage(Scenario(users=8000), seed=7)", "faker_frame(8000)"
    for said, loaded, wanted in [("Faker loaded", "import faker", 25), ("Faker's import too", "", 0)]:
        times: tuple[list[float], list[float]] = ([], [])
        for _ in range(rounds):
            for kept, work in zip(times, works, strict=True):
                script = _FRESH.format(loaded=loaded, work=work)
                command = [sys.executable, "-c", script]
                done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
                kept.append(float(done.stdout))
        ours_s, peer_s = map(statistics.median, times)
        name = f"staging 8,000 users in a fresh process, vocabulary included ({said})"
        yield Row(name, duration(ours_s), f"Faker loop, {duration(peer_s)}", peer_s / ours_s, wanted)


def _locales(*, quick: bool) -> Iterator[Row]:
    users = 200_000 if quick else 1_000_000
    for locale in ("de_DE", "ja_JP", "pt_BR"):
        ours_s, base_s = alternate(
            lambda locale=locale: _stage(users, locale),  # type: ignore[misc]
            lambda: _stage(users),
            5,
        )
        speeds = f"{users / ours_s:,.0f} users/s", f"1.3 × en_US, {users / base_s:,.0f} users/s"
        yield Row(f"staging {users:,} users of {locale}", *speeds, 1.3 * base_s / ours_s, 1)


def _stage(users: int, locale: str = "en_US") -> object:
    from simimport.model.people.generated import stage
    from simimport.model.scenario import Scenario

    return stage(Scenario(users=users, locale=locale), seed=7)


def faker_frame(users: int) -> object:
    """Return people by a plain loop over a Faker instance with its defaults."""
    from faker import Faker

    fake = Faker("en_US")
    return _frame(users, fake.user_name, fake.safe_email, fake.name, fake.job)


def mimesis_frame(users: int) -> object:
    """Return people by a plain loop over Mimesis' Person."""
    from mimesis import Person
    from mimesis.locales import Locale

    person = Person(Locale.EN)
    return _frame(users, person.username, person.email, person.full_name, person.occupation)


def _frame(users: int, *makers: Callable[[], str]) -> object:
    import pandas as pd

    username, email, name, bio = makers
    made: list[dict[str, Any]] = []
    for position in range(users):
        user = {
            "import_id": str(position + 1),
            "username": username(),
            "email": email(),
            "name": name(),
            "roles": "user",
            "utc_offset": random.randint(-12, 14),  # noqa: S311 - no secret
        }
        if random.random() < 0.2:  # noqa: S311 - likewise
            user["bio"] = bio()
        made.append(user)
    return pd.DataFrame(made)
