"""Hypothesis strategies of people: objects as `import.addUsers` takes them."""

from __future__ import annotations

from hypothesis import strategies as st

# what a file of text can hold
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
WORDS = st.text(CHARACTERS, min_size=1, max_size=8)
# a comma separates several in a cell
SINGLE = st.text(CHARACTERS.filter(lambda character: character != ","), min_size=1, max_size=8)
NUMBERS = st.floats(-1e6, 1e6) | st.integers(-12, 14)
USERS = st.fixed_dictionaries(
    {"emails": st.lists(SINGLE, max_size=3), "importIds": st.lists(SINGLE, max_size=3)},
    optional={
        "roles": st.lists(SINGLE, min_size=1, max_size=3),
        "utcOffset": NUMBERS,
        "deleted": st.booleans(),
        **dict.fromkeys(("username", "name", "type", "bio", "avatarUrl", "statusText"), WORDS),
    },
)
