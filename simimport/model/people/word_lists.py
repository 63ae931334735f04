"""The words that people of a locale are made of: Faker's, drawn once and kept.

Knows name formats, slugs and nothing about how many people there are; draws from no named stream.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import re
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

__all__ = ["Format", "Vocabulary", "vocabulary"]

#: How many words are drawn per half of a name: 400 given and 400 family names make 160,000 people's names.
_DRAWN = 400
#: As many bios as there are slots for them in a table of 1,000 (see `dealing.OPTIONAL`).
_BIOS = 200
# The words belong to the locale, not to a run: the same for every seed.
_SEED = 1967
# These local parts decide outcomes by themselves; nobody is called so by chance.
_DECIDING = {"fail", "slow", "cancel", "crash"}

_TITLE = re.compile(r"\{\{(?:prefix|suffix)\w*\}\}")
_TOKEN = re.compile(r"\{\{(\w+)\}\}")
_COMPOSITE = re.compile(r"\{\{given_name(\w*)\}\}")


class Format(NamedTuple):
    """One way to write a name: two halves, each a run of `Vocabulary.texts`, and its share of all names."""

    left: range
    right: range
    family_first: bool
    weight: float


class Vocabulary(NamedTuple):
    """A locale's words: halves of names as written, and beside each, in `slugs`, as a username has it."""

    formats: tuple[Format, ...]
    texts: tuple[str, ...]
    slugs: tuple[str, ...]
    bios: tuple[str, ...]


@functools.cache
def vocabulary(locale: str) -> Vocabulary:
    """Return the words of `locale`, a name out of `fields.locales()`.

    Notes
    -----
    Faker's own methods draw each word, evenly (``use_weighting=False``), from a private generator that has
    the two providers it needs: all of a locale's would take a tenth of a second to load. Titles are left
    out, order, spaces and grammatical gender are those of the locale's formats in Faker.
    """
    faker, person = _faker(locale)
    halves: dict[tuple[str, bool], range] = {}
    texts: list[str] = []
    slugs: list[str] = []

    def half(template: str, *, family: bool) -> range:
        if (template, family) not in halves:
            words = dict(_draw(faker, template))
            start = len(texts)
            texts.extend(words)
            slugs.extend(_slug(word, family=family) if word else "" for word in words.values())
            halves[template, family] = range(start, len(texts))
        return halves[template, family]

    formats = tuple(
        Format(half(left, family=family_first), half(right, family=not family_first), family_first, weight)
        for (left, right, family_first), weight in _name_formats(person).items()
    )
    bios = tuple(dict.fromkeys(faker.job() for _ in range(_BIOS)))
    return Vocabulary(formats, tuple(texts), tuple(slugs), bios)


def _faker(locale: str) -> tuple[Any, Any]:
    from faker.generator import Generator

    faker = Generator()
    job = locale if importlib.util.find_spec(f"faker.providers.job.{locale}") else "en_US"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a locale that Faker has renamed says so; it still has names
        for module in (f"faker.providers.job.{job}", f"faker.providers.person.{locale}"):
            faker.add_provider(importlib.import_module(module).Provider)
    person = faker.get_providers()[0]
    faker.seed_instance(_SEED)
    return faker, person


def _name_formats(person: Any) -> dict[tuple[str, str, bool], float]:
    """Return (left half, right half, whether the family name comes first): weight, of a person provider."""
    found: dict[tuple[str, str, bool], float] = {}
    for pattern, weight in _weighted(person, person.formats):
        # Faker joins two given names (es_CL) only when it draws by weight, which takes 20 times as long
        text = _COMPOSITE.sub(r"{{first_name\1}} {{first_name\1}}", pattern)
        # what a title leaves behind: spaces, and the comma before academic degrees
        halves = _halves(" ".join(_TITLE.sub("", text).split()).rstrip(" ,"))
        if halves:
            found[halves] = found.get(halves, 0.0) + weight
    return found


def _weighted(person: Any, formats: Iterable[str] | Mapping[str, float]) -> Iterator[tuple[str, float]]:
    pairs = list(formats.items()) if hasattr(formats, "items") else [(text, 1.0) for text in formats]
    total = sum(weight for _, weight in pairs)
    for text, weight in pairs:
        if "{{" in text:
            yield text, weight / total
        else:  # the name of an attribute that holds formats (es_CL)
            for inner, share in _weighted(person, getattr(person, text)):
                yield inner, share * weight / total


def _halves(text: str) -> tuple[str, str, bool] | None:
    tokens = list(_TOKEN.finditer(text))
    family = ["last_name" in token[1] for token in tokens]
    turns = [at for at in range(1, len(tokens)) if family[at] != family[at - 1]]
    if len(turns) > 1:
        return None  # a married name that holds a whole other name (hu_HU): not two halves
    cut = tokens[turns[0] - 1].end() if turns else len(text)
    return text[:cut], text[cut:], family[0]


def _draw(faker: Any, template: str) -> Iterator[tuple[str, str]]:
    """Yield a half as it is written, and the word from which usernames are made: its first in full."""
    if not template:
        yield "", ""  # a locale that writes one name only (ta_IN)
        return
    parts = _TOKEN.split(template)
    methods = [_method(faker, name) for name in parts[1::2]]
    called = next(at for at, name in enumerate(parts[1::2]) if not name.endswith("_abbreviated"))
    for _ in range(_DRAWN):
        words = [method() for method in methods]
        # some of Faker's words have spaces around them, or two within (az_AZ, es_AR)
        tidy = [" ".join(word.split()) for word, _ in words]
        written = "".join(word + after for word, after in zip(tidy, parts[2::2], strict=True))
        yield parts[0] + written, words[called][1]


def _method(faker: Any, name: str) -> Callable[[], tuple[str, str]]:
    """Return what draws a word and how it is read."""
    word, triple = getattr(faker, name), getattr(faker, f"{name}_pair", None)
    if triple is not None:  # ja_JP: written, in kana, in Latin letters
        return lambda: triple()[::2]
    return lambda: (word(),) * 2


def _slug(word: str, *, family: bool) -> str:
    """Return what a username has of `word`: a-z, hyphens and underscores; a family name after a dot."""
    from anyascii import anyascii

    # an apostrophe joins (O'Neil is oneil), a space parts; no digit and no dot survives: see `dealing`
    plain = re.sub(r"[^a-z_-]", "", "-".join(anyascii(word).lower().split())).strip("-_")
    if not plain or plain in _DECIDING:
        plain = "user"
    return "." + plain if family else plain
