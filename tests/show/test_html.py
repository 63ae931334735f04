"""Pieces of HTML: whatever text of others goes in, only text comes out."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simimport.show.html import bar, card, code, heading, note, swatch, table, text
from simimport.show.words import duration, printable
from tests.markup import Page, read

texts = st.text() | st.sampled_from(['<b>"', "</div>", "'><script>", "&amp;", "a\nb", "\u202e", "\x9b"])


@given(texts)
def test_texts_of_others_are_only_texts(word: str) -> None:
    page = Page()
    page.feed(f'<p title="{text(word)}">{code(word)}</p>')
    page.close()
    assert [tag for tag, _ in page.elements] == ["p", "code"]
    assert page.elements[0][1]["title"] == printable(word)
    assert "".join(page.words) == printable(word)


@given(texts)
def test_nor_are_they_more_where_a_piece_is_named(word: str) -> None:
    parts = [(word, 1.0, "#007454")]
    page = read(
        card(heading(word, "fact"), table(["a"], [["b"]], caption=word), bar(parts, word), label=word)
    )
    assert [tag for tag, _ in page.elements] == [
        "div", "div", "strong", "span", "table", "thead", "tr", "th", "tbody", "tr", "th", "div", "span",
    ]  # fmt: skip
    labels = [attributes["aria-label"] for _, attributes in page.elements if "aria-label" in attributes]
    assert labels == [printable(word)] * 3
    assert page.elements[-1][1]["title"] == f"{printable(word)}: 1"


def test_a_long_line_of_code_is_cut() -> None:
    assert "".join(read(code("x" * 10_000)).words) == "x" * 599 + "…"
    assert "".join(read(code("x" * 600)).words) == "x" * 600
    assert "".join(read(code("abcdef", most=3)).words) == "ab…"


def test_a_long_text_is_cut_before_it_is_made_safe() -> None:
    assert text("<" * 10_000_000, most=3) == "&lt;&lt;…"
    assert text("abc", most=3) == "abc"


def test_a_table_says_its_heads_to_those_who_listen() -> None:
    page = read(table(["state", "users"], [["done", "5"], ["error", "6"]], caption="Ends", right=[1]))
    assert page.rows == [["state", "users"], ["done", "5"], ["error", "6"]]
    assert [attributes.get("scope") for attributes in page.all("th")] == ["col", "col", "row", "row"]
    aligned = [re.findall("text-align:(left|right)", a["style"]) for a in (*page.all("th"), *page.all("td"))]
    assert [align for (align,) in aligned] == ["left", "right", "left", "left", "right", "right"]


def test_a_head_without_words_is_none() -> None:
    page = read(table(["", "now"], [["state", "new"]], caption="What is held"))
    assert page.rows == [["", "now"], ["state", "new"]]
    assert [attributes["scope"] for attributes in page.all("th")] == ["col", "row"]


def test_a_bar_shows_what_there_is() -> None:
    silent = read(bar([("silent", 90.0, "#007454")], "silence", duration))
    assert [attributes["title"] for attributes in silent.all("span")] == ["silent: 1 min 30 s"]
    parts = [("imported", 3.0, "#007454"), ("failed", 0.0, "#DA4A00"), ("unreached", 1.0, "#969090")]
    page = read(bar(parts, "published"))
    assert [attributes["title"] for attributes in page.all("span")] == ["imported: 3", "unreached: 1"]
    grown = [float(re.findall(r"flex:([\d.]+) ", span["style"])[0]) for span in page.all("span")]
    assert grown == pytest.approx([0.75, 0.25])
    assert read(bar([], "nothing")).all("span") == []


def test_small_pieces() -> None:
    assert read(swatch("#007454")).all("span")[0]["aria-hidden"] == "true"
    assert read(note("<strong>again</strong>")).text == "again"
