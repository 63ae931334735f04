"""Frames of users that others made: what pandas made of texts is what the file said, or is refused."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simimport import ImportService, UsersError, simulate, to_payload
from simimport.model.people.files import read_users
from simimport.model.people.users_frame import as_users

IDS = ["1523", None, "1524"]
NUMBERS = [1523, None, 1524]
COLUMNS = {
    "float64": pd.Series(NUMBERS),
    "float32": pd.Series(NUMBERS, dtype="float32"),
    "Int64": pd.array(NUMBERS, dtype="Int64"),
    "Float64": pd.array(NUMBERS, dtype="Float64"),
    "object of numbers": pd.Series(NUMBERS, dtype=object),
    "object of floats": pd.Series([1523.0, np.nan, np.float64(1524)], dtype=object),
    "object": pd.Series(IDS, dtype=object),
    "object with NA": pd.Series(["1523", pd.NA, "1524"], dtype=object),
    "object with NaT": pd.Series(["1523", pd.NaT, "1524"], dtype=object),
    "object with empty": pd.Series(["1523", "", "1524"], dtype=object),
    "str": pd.Series(IDS, dtype="str"),
    "string[python]": pd.array(IDS, dtype="string[python]"),
    "category": pd.Categorical(IDS),
    "category of numbers": pd.Categorical([1523.0, None, 1524.0]),
}
if not isinstance(pd.Series(["a"]).dtype, np.dtype):
    pa = pytest.importorskip("pyarrow")
    COLUMNS |= {
        "string[pyarrow]": pd.array(IDS, dtype="string[pyarrow]"),
        "Arrow's string": pd.array(IDS, dtype=pd.ArrowDtype(pa.string())),
        "Arrow's int64": pd.array(NUMBERS, dtype="int64[pyarrow]"),
        "Arrow's double": pd.array(NUMBERS, dtype="double[pyarrow]"),
    }


def people(ids: Any) -> pd.DataFrame:
    return pd.DataFrame({"username": ["a", "b", "c"], "email": ["a@x", "b@x", "c@x"], "import_id": ids})


@pytest.mark.parametrize("kind", COLUMNS)
def test_any_column_of_texts_is_what_the_file_said(kind: str) -> None:
    frame = people(COLUMNS[kind])
    assert as_users(frame, "staged")["import_id"].map(str, na_action="ignore").tolist()[::2] == IDS[::2]
    assert as_users(frame, "staged")["import_id"].isna().tolist() == [False, True, False]
    assert [user["importIds"] for user in to_payload(frame)["users"]] == [["1523"], [], ["1524"]]
    service = ImportService(existing=frame)
    assert service is not None


@pytest.mark.parametrize(
    ("ids", "problem"),
    [([1e18, None, 1.0], "has lost digits; read the file with dtype=str"),
     (np.array([2**24, 1, 2], dtype="float32"), "has lost digits"),
     ([np.inf, 1.0, 2.0], "has lost digits"),
     ([True, False, None], "True is not a text"),
     ([b"1", None, None], "is not a text"),
     ([Decimal(7), None, None], "is not a text"),
     (pd.to_datetime(["2026-01-01", None, None]), "is not a text")],
)  # fmt: skip
def test_what_has_become_something_else_is_refused(ids: Any, problem: str) -> None:
    with pytest.raises(UsersError, match=problem) as caught:
        as_users(people(ids), "staged")
    assert caught.value.rows[0][:2] == (1, "import_id")


def test_duplicates_between_a_file_and_a_frame_are_found(tmp_path: Any) -> None:
    text = "username,email,name\n1523,ann@example.com,Ann\n,bo@example.com,Bo\n1524,,Cy\n"
    path = tmp_path / "people.csv"
    path.write_text(text, encoding="utf-8")
    frame = pd.read_csv(io.StringIO(text))
    assert frame["username"].dtype == "float64"
    frame["email"] = [None, "bo@example.com", "other@example.com"]
    for staged, existing in ((frame, read_users(path)), (read_users(path), frame)):
        reasons = simulate(staged=staged, existing=existing, seed=1, failure_rate=0).outcomes["reason"]
        found = reasons.map(str, na_action="ignore").tolist()
        assert found[1] == "duplicate-email"
        assert "duplicate-username" in (found[0], found[2])


@given(st.lists(st.none() | st.integers(0, 2**53 - 1), min_size=1, max_size=5))
def test_ids_that_pandas_reads_as_numbers_come_back(ids: list[int | None]) -> None:
    text = "username,email\n" + "".join(f"{'' if number is None else number},a@x\n" for number in ids)
    frame = as_users(pd.read_csv(io.StringIO(text)), "staged")
    found = [
        None if missing else value
        for value, missing in zip(frame["username"], frame["username"].isna(), strict=True)
    ]
    assert found == [None if number is None else str(number) for number in ids]
