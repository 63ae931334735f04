"""Hypothesis strategies of people with every difficulty, as rows of username, email and name."""

from __future__ import annotations

from hypothesis import strategies as st

# what makes trouble in CSV, and what people's names have
DIFFICULT = st.sampled_from(
    ["", " ", '"', "'", ",", ";", "\t", "|", "\n", "\r\n", "#", "“", "”", "ä", "ß", "é", "e\u0301", "山", "Ж",
     "😀", "a", "B", "=", "-", "\\", "null", "NaN", "1523", "007", "1e5", "\u200b",
     "\ufeff", "\xa0", "\u3000",
     "<",
     ">", "@"]
)  # fmt: skip
NAMES = st.lists(DIFFICULT, max_size=8).map("".join)
USERNAMES = st.text("abcxyz019._-", max_size=8)
DOMAINS = st.sampled_from(["example.com", "example.org", "müller.example", "例え.example"])
ADDRESSES = st.builds("{}@{}".format, st.text("abcxyz019._+-äß", min_size=1, max_size=8), DOMAINS)
ROWS = st.lists(st.tuples(USERNAMES, ADDRESSES | st.just(""), NAMES), min_size=1, max_size=8)
