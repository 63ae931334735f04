"""What people decide by themselves: duplicates, missing addresses, deciding addresses."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from simimport import Run, State, UsersError, simulate

STEADY: dict[str, Any] = {"users_per_s": 10, "latency_cv": 0, "failure_rate": 0, "batch_size": 10, "seed": 1}


def frame(*persons: dict[str, Any]) -> pd.DataFrame:
    """Return a frame of people; each has a username and an e-mail of its own unless it says otherwise."""
    rows = [
        {"username": f"own{n}", "email": f"own{n}@example.org", "extra_emails": None} | person
        for n, person in enumerate(persons)
    ]
    return pd.DataFrame(rows, columns=["username", "email", "extra_emails"], dtype=object)


def reasons(*persons: dict[str, Any], existing: pd.DataFrame | None = None, **fields: Any) -> list[Any]:
    run = simulate(staged=frame(*persons), existing=existing, **STEADY | fields)
    column = run.outcomes["reason"]
    return column.astype(object).where(column.notna(), None).tolist()


A, B = "a@example.org", "b@example.org"


def test_the_first_of_two_wins() -> None:
    assert reasons({"email": A}, {"email": A}) == [None, "duplicate-email"]
    assert reasons({"username": "a"}, {"username": "a"}) == [None, "duplicate-username"]


def test_the_e_mail_counts_before_the_username() -> None:
    both = {"email": A, "username": "a"}
    assert reasons(both, both) == [None, "duplicate-email"]


@pytest.mark.parametrize("first", [{"email": A}, {"extra_emails": A}, {"extra_emails": f"{B},{A}"}])
@pytest.mark.parametrize("second", [{"email": A}, {"extra_emails": A}, {"extra_emails": f"c@x.org,{A}"}])
def test_any_of_several_e_mails_collides(first: dict[str, str], second: dict[str, str]) -> None:
    assert reasons(first, {}, second) == [None, None, "duplicate-email"]


def test_nobody_is_its_own_duplicate() -> None:
    assert reasons({"email": A, "extra_emails": f"{A},{A}"}, {}) == [None, None]


def test_it_is_case_sensitive() -> None:
    assert reasons({"email": A, "username": "a"}, {"email": A.title(), "username": "A"}) == [None, None]


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA])
def test_missing_usernames_never_collide(missing: Any) -> None:
    assert reasons({"username": missing}, {"username": missing}) == [None, None]
    on_server = frame({"username": missing, "email": "there@example.org"})
    assert reasons({"username": missing}, existing=on_server) == [None]


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA, ""])
def test_without_an_e_mail(missing: Any) -> None:
    # two of them do not collide with each other either
    assert reasons({"email": missing}, {"email": missing}, {}) == ["missing-email", "missing-email", None]


def test_a_missing_e_mail_counts_first() -> None:
    assert reasons({"username": "a"}, {"email": None, "username": "a"}) == [None, "missing-email"]


def test_a_duplicate_of_one_who_failed_fails_too() -> None:
    one = {"email": "fail.server-error@example.com", "username": "a"}
    assert reasons(one, {"username": "a"}) == ["server-error", "duplicate-username"]
    nobody = {"email": None, "username": "a"}
    assert reasons(nobody, {"username": "a"}) == ["missing-email", "duplicate-username"]
    # a chain: the second fails by its e-mail, the third by the second's username
    chain = reasons({"email": A}, {"email": A, "username": "a"}, {"username": "a"})
    assert chain == [None, "duplicate-email", "duplicate-username"]
    # and whoever fails by chance
    every = reasons({"email": A}, {"email": A}, failure_rate=1.0)
    assert every[0] is not None
    assert every[1] == "duplicate-email"


def test_who_is_on_the_server_is_taken() -> None:
    existing = frame({"email": A, "extra_emails": B, "username": "there"})
    persons: list[dict[str, Any]] = [{"email": A}, {"extra_emails": B}, {"username": "there"}, {}]
    expected = ["duplicate-email", "duplicate-email", "duplicate-username", None]
    # its own1@… and so on are other people's
    existing.loc[0, "username"] = "there"
    assert reasons(*persons, existing=existing) == expected


def test_generated_people_who_are_there_already_all_fail() -> None:
    people = simulate(users=30, seed=1).users
    run = simulate(users=30, seed=1, existing=people.iloc[10:20])
    failed = run.outcomes["outcome"] == "failed"
    assert failed[10:20].all()
    assert set(run.outcomes["reason"][10:20]) == {"duplicate-email"}
    assert run.provenance["existing"] == 10


def test_nobody_on_the_server() -> None:
    assert reasons({}, {}, existing=frame()) == [None, None]


# deciding addresses --------------------------------------------------------------------------------------


@pytest.mark.parametrize("tag", ["", "+1", "+", "+a.b+c"])
@pytest.mark.parametrize("reason", ["duplicate-email", "duplicate-username", "server-error"])
def test_addresses_that_fail(reason: str, tag: str) -> None:
    assert reasons({"email": f"fail.{reason}{tag}@example.com"}, {}) == [reason, None]
    assert reasons({}, {"extra_emails": f"fail.{reason}{tag}@example.com"}) == [None, reason]


@pytest.mark.parametrize("email", [
    "fail.server-error@example.org", "fail.missing-email@example.com", "fail@example.com",
    "afail.server-error@example.com", "fail.server-error@example.com.au", "Fail.server-error@example.com",
    "slow.s@example.com", "slow.1e3s@example.com", "slow.-1s@example.com", "cancels@example.com",
    "crash.1@example.com",
])  # fmt: skip
def test_addresses_that_decide_nothing(email: str) -> None:
    run = simulate(staged=frame({"email": email}, {}), **STEADY)
    assert run.final is State.DONE
    assert run.course.people is not None
    assert not run.course.people.decided.any()
    assert run.importing_s == pytest.approx(0.01 + 0.2 + 0.03)


def test_tags_keep_them_unique() -> None:
    word = "fail.server-error"
    tagged = [{"email": f"{word}+{n}@example.com"} for n in range(3)]
    assert reasons(*tagged) == ["server-error"] * 3
    assert reasons(*[{"email": f"{word}@example.com"}] * 2) == ["server-error", "duplicate-email"]


def test_they_do_not_fail_by_chance() -> None:
    slow = [{"email": f"{word}@example.com"} for word in ("slow.1s", "slow.0.5s+2")]
    *first, last = reasons(*slow, {}, failure_rate=1.0)
    assert first == [None, None]
    assert last is not None


@pytest.mark.parametrize(("word", "seconds"), [("slow.30s", 30), ("slow.0.25s+1", 0.25), ("slow.0s", 0)])
def test_slow_ones_take_longer(word: str, seconds: float) -> None:
    run = simulate(staged=frame({}, {"email": f"{word}@example.com"}, {}), **STEADY)
    finished = run.outcomes["finished_s"] - (7 + 0.01)
    assert finished.tolist() == pytest.approx([0.1, 0.2 + seconds, 0.3 + seconds])
    assert (run.outcomes["outcome"] == "imported").all()


def interrupted(word: str, at: int, **fields: Any) -> Run:
    persons: list[dict[str, Any]] = [{} for _ in range(25)]
    persons[at] = {"email": f"{word}@example.com"}
    return simulate(staged=frame(*persons), **STEADY | fields)


def test_cancel_cancels_at_the_flush_of_its_batch() -> None:
    run = interrupted("cancel", 12)
    assert run.final is State.CANCELED
    assert run.at(run.duration_s).completed == 20
    # asked when that user starts: a server's document is invalid from then on
    asked = next(at_s for at_s, body in run.responses(dialect="server-8.3") if not body["operation"]["valid"])
    assert asked == pytest.approx(7.01 + 1.2)


def test_crash_crashes_at_that_user() -> None:
    run = interrupted("crash+now", 12)
    assert run.final is State.ERROR
    assert run.duration_s == pytest.approx(7.01 + 1.3)
    assert (run.outcomes["outcome"] != "unreached").sum() == 12
    assert run.staging["reason"].tolist() == ["unreached"] * 13


def test_the_earliest_strikes() -> None:
    assert interrupted("cancel", 12, cancel_rate=1.0, cancel_at=0.0).course.cancel == 0
    assert interrupted("cancel", 12, cancel_rate=1.0, cancel_at=1.0).course.cancel == 12
    persons = [{"email": f"crash+{n}@example.com"} for n in range(3)]
    assert simulate(staged=frame({}, *persons), **STEADY).course.crash == 1


def test_one_who_is_turned_away_decides_nothing() -> None:
    twice = {"email": "crash@example.com"}
    assert simulate(staged=frame({}, twice), **STEADY).final is State.ERROR
    run = simulate(staged=frame({}, twice), existing=frame(twice | {"username": "z"}), **STEADY)
    assert run.final is State.DONE
    assert run.outcomes["reason"].tolist()[1] == "duplicate-email"


def test_the_first_deciding_address_counts() -> None:
    assert reasons({"email": "slow.1s@example.com", "extra_emails": "crash@example.com"}) == [None]


# frames that are none of users -------------------------------------------------------------------------


@pytest.mark.parametrize(("staged", "problem"), [
    ([{"email": A}], "a DataFrame of users is wanted"),
    ("people.csv", "a DataFrame of users is wanted"),
    (pd.DataFrame({"email": [A]}), "username: the column is missing"),
    (pd.DataFrame({"username": ["a"]}), "email: the column is missing"),
    (pd.DataFrame({"email": [A], "username": ["a"], "emails": [A]}), "emails: no column of users"),
    (pd.DataFrame([[A, "a", B]], columns=["email", "username", "email"]), "email: the column is there twice"),
    (pd.DataFrame({"email": [A], "username": ["a"], "deleted": ["maybe"]}),
     "line 1 deleted: 'maybe' is not true or false"),
    (pd.DataFrame({"email": [A, B], "username": ["a", "b"], "utc_offset": [1, "two"]}),
     "line 2 utc_offset: 'two' is not a number"),
    (pd.DataFrame({"email": [A, [B]], "username": ["a", "b"]}), "is not a text"),
    (pd.DataFrame({"email": [A, True], "username": ["a", "b"]}), "line 2 email: True is not a text"),
])  # fmt: skip
@pytest.mark.parametrize("argument", ["staged", "existing"])
def test_what_is_no_frame_of_users(staged: Any, problem: str, argument: str) -> None:
    with pytest.raises(UsersError) as caught:
        simulate(**{argument: staged}, users=2, seed=1)
    assert str(caught.value).startswith(f"{argument}: ")
    assert problem in str(caught.value)


def test_all_bad_cells_are_named_together() -> None:
    bad = {"email": [A, 1j], "deleted": ["x", None], "utc_offset": [None, ()]}
    staged = pd.DataFrame({"username": ["a", "b"], **bad})
    with pytest.raises(UsersError) as caught:
        simulate(staged=staged)
    found = [(row, column) for row, column, _ in caught.value.rows]
    assert found == [(1, "deleted"), (2, "email"), (2, "utc_offset")]


def test_numbers_are_taken_for_ids() -> None:
    staged = pd.DataFrame({"email": [A, B], "username": ["a", "b"], "import_id": [1523, 1524]})
    assert simulate(staged=staged, seed=1).users["import_id"].tolist() == ["1523", "1524"]


def test_the_index_is_no_matter() -> None:
    staged = frame({"username": "a"}, {"username": "a"}, {}).set_axis([5, 5, 0])
    run = simulate(staged=staged, **STEADY)
    assert run.outcomes["outcome"].tolist() == ["imported", "failed", "imported"]
    assert run.staging["username"].tolist() == ["a"]
