"""Staging: generated people are reproducible, unique, and of their locale."""

from __future__ import annotations

import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from simimport.errors import ParameterError
from simimport.model import columns
from simimport.model.fields import locales
from simimport.model.people import dealing
from simimport.model.people.dealing import OPTIONAL
from simimport.model.people.generated import iter_users, stage
from simimport.model.scenario import Scenario

# of the known ones, those that fit anybody
ROLES = {"user", "bot", "guest", "moderator", "livechat-agent", "livechat-manager"}
DECIDING = re.compile(r"(cancel|crash|fail\..*|slow\..*)@")
FEW = Scenario(users=100)


def test_five_thousand_begin_with_the_same_hundred() -> None:
    assert_frame_equal(stage(FEW.replace(users=5000), seed=7).head(100), stage(FEW, seed=7))


@given(people=st.integers(0, 300), chunk=st.integers(1, 301), block=st.integers(1, 301))
def test_frames_of_any_size_make_up_the_whole(people: int, chunk: int, block: int) -> None:
    scenario = Scenario(users=people, locale="es")  # two names in all: usernames are numbered across frames
    whole = stage(scenario, seed=7)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dealing, "_BLOCK", block)
        frames = list(iter_users(scenario, seed=7, chunk=chunk))
    assert [len(frame) for frame in frames[:-1]] == [chunk] * (len(frames) - 1)
    assert_frame_equal(pd.concat([whole.iloc[:0], *frames]), whole)


def test_a_frame_goes_on_where_the_one_before_ended() -> None:
    frames = iter_users(Scenario(users=250), seed=7, chunk=100)
    assert [(frame.index[0], frame["import_id"].iloc[0]) for frame in frames] == [
        (0, "1"),
        (100, "101"),
        (200, "201"),
    ]


def test_one_seed_stages_one_crowd() -> None:
    assert_frame_equal(stage(FEW, seed=7), stage(FEW, seed=7))
    assert not stage(FEW, seed=7).equals(stage(FEW, seed=8))
    assert not stage(FEW).equals(stage(FEW))


def test_nothing_but_users_and_locale_decides_who_they_are() -> None:
    other = FEW.replace(failure_rate=0.5, batch_size=7, cancel_rate=1, users_per_s=3)
    assert_frame_equal(stage(other, seed=7), stage(FEW, seed=7))


def test_staging_leaves_all_shared_generators_alone() -> None:
    from faker.generator import mod_random, random

    def states() -> list[object]:
        return [random.getstate(), mod_random.getstate(), np.random.get_state()[1].tolist()]  # noqa: NPY002

    before = states()
    stage(FEW.replace(locale="sv_SE"), seed=7)
    assert states() == before


def test_nobody_is_an_empty_frame_of_the_same_kinds() -> None:
    nobody = stage(Scenario(users=0), seed=7)
    assert nobody.empty
    assert nobody.dtypes.equals(stage(FEW, seed=7).dtypes)
    assert list(iter_users(Scenario(users=0), seed=7)) == []


def test_columns_are_those_of_the_table() -> None:
    people = stage(FEW, seed=7)
    assert list(people.columns) == columns.names("users")
    assert people["utc_offset"].dtype == "float64"
    assert people["deleted"].dtype == "boolean"
    assert people["name"].dtype == pd.Series(["a"]).dtype


@pytest.mark.parametrize("locale", locales())
def test_people_of_every_locale_can_be_imported(locale: str) -> None:
    people = stage(Scenario(users=400, locale=locale), seed=7)
    emails = pd.concat([people["email"], people["extra_emails"].dropna()])
    assert people["username"].is_unique
    assert emails.is_unique
    assert people["username"].str.fullmatch(r"[0-9a-zA-Z_.-]+").all()
    assert emails.str.fullmatch(r"[0-9a-z_.-]+@(example\.(com|org|net)|mail\.example\.com)").all()
    assert not emails.str.match(DECIDING).any()
    names = people["name"].dropna()
    assert names.str.fullmatch(r"\S+( \S+)*").all()
    assert not names.str.contains(r"[{}0-9]").any()


@pytest.mark.parametrize(
    ("locale", "written"),
    [
        ("en_US", r"(?P<given>\S+) (?P<family>\S+)"),
        ("ja_JP", r"(?P<family>\S+) (?P<given>\S+)"),
        ("ko_KR", r"(?P<family>\S)(?P<given>\S+)"),
        ("hu_HU", r"(?P<family>\S+)( \S+)* (?P<given>\S+)"),
    ],
)
def test_a_name_is_written_as_its_locale_writes_it(locale: str, written: str) -> None:
    provider = _provider(locale)
    names = stage(Scenario(users=200, locale=locale), seed=7)["name"].dropna()
    for name in names:
        found = re.fullmatch(written, name)
        assert found, name
        assert found["family"].removesuffix("né") in provider.last_names, name


@pytest.mark.parametrize("locale", ["cs_CZ", "bg_BG", "sk_SK"])
def test_family_names_agree_with_given_names(locale: str) -> None:
    provider = _provider(locale)
    women, men = set(provider.first_names_female), set(provider.first_names_male)
    names = stage(Scenario(users=300, locale=locale), seed=7)["name"].dropna().str.split(" ", n=1)
    of_women = {family for own, family in names if own in women - men}
    of_men = {family for own, family in names if own in men - women}
    assert of_women
    assert of_men
    assert of_women <= set(provider.last_names_female)
    assert of_men <= set(provider.last_names_male)


def test_russians_have_a_patronymic_of_their_gender() -> None:
    names = stage(Scenario(users=300, locale="ru_RU"), seed=7)["name"].dropna()
    russian = _provider("ru_RU")
    for words in map(set, names.str.split()):
        assert len(words) == 3
        women = words & set(russian.middle_names_female), words & set(russian.last_names_female)
        men = words & set(russian.middle_names_male), words & set(russian.last_names_male)
        assert all(women) or all(men)


def test_nobody_has_a_title() -> None:
    titles = {
        "de_DE": r"(Dr|Prof|Ing|Sc|B\.A)\.|\b(Frau|Herr)\b",
        "en_US": r"\.|\b(MD|PhD|Jr|MBA)\b",
        "id_ID": r"[.,]",
    }
    for locale, title in titles.items():
        names = stage(Scenario(users=1000, locale=locale), seed=7)["name"].dropna()
        assert not any(re.search(title, name) for name in names), locale


def test_japanese_usernames_are_as_the_names_are_read() -> None:
    japanese = Scenario(users=500, locale="ja_JP")
    people = stage(japanese, seed=7)
    found = people.loc[people["name"].str.startswith("佐藤 ").eq(other=True), "username"]
    assert len(found)
    assert found.str.contains(".sato", regex=False).all()


def test_repeated_names_are_numbered_without_end() -> None:
    # this locale has two names in all
    people = stage(Scenario(users=5000, locale="es"), seed=7)
    assert people["username"].is_unique
    assert set(people["username"].head(2)) <= {"john.doe", "jane.doe", "john.doe2", "jane.doe2"}
    numbers = people.loc[people["username"].str.startswith("john."), "username"].str.extract(r"(\d*)$")[0]
    assert numbers.tolist() == ["", *map(str, range(2, len(numbers) + 1))]


def test_extra_addresses_are_the_persons_own() -> None:
    people = stage(Scenario(users=2000), seed=7).dropna(subset=["extra_emails"])
    assert (people["extra_emails"] == people["username"] + "@mail.example.com").all()


def test_shares_are_those_of_the_table() -> None:
    n = 20_000
    people = stage(Scenario(users=n), seed=7)
    shares = {name: share for name, (share, _) in OPTIONAL.items()}
    for name, share in shares.items():
        # five standard deviations of a binomial share
        assert people[name].notna().mean() == pytest.approx(share, abs=5 * (share * (1 - share) / n) ** 0.5)
        assert f"{share:.0%}".replace("%", " %") in stage.__doc__ or name == "deleted"
    assert people["deleted"].mean() == pytest.approx(2 / 12, abs=0.04)
    assert people[["import_id", "username", "email"]].notna().all(axis=None)


def test_roles_are_known_ones_and_offsets_real_ones() -> None:
    people = stage(Scenario(users=5000), seed=7)
    assert set(people["roles"].dropna().str.split(",").explode()) <= ROLES
    assert people["utc_offset"].dropna().between(-12, 14).all()
    assert 5.5 in set(people["utc_offset"])
    assert (people["utc_offset"].dropna() * 4 % 1 == 0).all()
    assert set(people["type"].dropna()) == {"user", "bot"}


def test_slugs_that_decide_outcomes_are_replaced() -> None:
    from simimport.model.people.word_lists import _slug

    assert _slug("Cancel", family=False) == "user"
    assert _slug("Fail", family=False) == "user"
    assert _slug("明 3.", family=True) == ".ming"
    assert _slug("1.5", family=False) == "user"
    assert _slug("O'Neil Smith", family=True) == ".oneil-smith"


@pytest.mark.parametrize("chunk", [0, -1, True, 2.5, "7", None])
def test_a_chunk_is_a_whole_number_of_at_least_one(chunk: object) -> None:
    with pytest.raises(ParameterError, match="chunk is"):
        iter_users(FEW, chunk=chunk)  # type: ignore[arg-type]


def test_a_wrong_seed_is_refused_at_once() -> None:
    with pytest.raises(ParameterError, match="seed is -1"):
        iter_users(FEW, seed=-1)
    with pytest.raises(ParameterError, match="seed is 'x'"):
        stage(FEW, seed="x")  # type: ignore[arg-type]


@pytest.mark.long
def test_a_million_are_unique() -> None:
    for locale in ("en_US", "de_DE", "ja_JP", "pt_BR", "ta_IN"):
        people = stage(Scenario(users=1_000_000, locale=locale), seed=7)
        assert people["username"].is_unique
        assert pd.concat([people["email"], people["extra_emails"].dropna()]).is_unique


@pytest.mark.long
def test_memory_does_not_grow_with_users() -> None:
    small, large = (_peak_mb(users) for users in (500_000, 5_000_000))
    assert large < small + 60


def _peak_mb(users: int) -> float:
    script = (
        "import resource\n"
        "from simimport.model.scenario import Scenario\n"
        "from simimport.model.people.generated import iter_users\n"
        f"for frame in iter_users(Scenario(users={users}), seed=7): pass\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    done = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, check=True)
    return int(done.stdout) / 1024


def _provider(locale: str):
    import importlib

    return importlib.import_module(f"faker.providers.person.{locale}").Provider
