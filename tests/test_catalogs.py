"""All that is sent to people is translated into every language, and the .mo is that of the .po."""

import ast
import re

import pytest

from opsportal.lib.languages import Language
from opsportal.lib.sentences import CONTEXT
from tests.catalogs import APPS, CATALOGS, ROOT, extracted, mo_of, read_po

PLACE = re.compile(r"\{\w+\}|%\(\w+\)s")
WORD = re.compile(r"[A-Za-z]{4,}")
HEADER = ("", "")
each_catalog = pytest.mark.parametrize(
    "path", [pytest.param(one, id=one.parent.parent.name) for one in CATALOGS]
)


def test_every_language_but_english_has_a_catalog():
    names = {path.parent.parent.name for path in CATALOGS}

    assert names == set(Language.values) - {Language.ENGLISH}


@each_catalog
def test_every_text_is_translated_and_none_is_left_over(path):
    assert read_po(path).keys() - {HEADER} == extracted().keys()


@each_catalog
def test_no_translation_is_empty_or_fuzzy_or_lacks_a_plural(path):
    plurals = extracted()
    known = read_po(path)

    unfinished = [
        key
        for key, (said, is_fuzzy) in known.items()
        if key != HEADER and (is_fuzzy or not all(said) or len(said) != (2 if plurals[key] else 1))
    ]

    assert unfinished == []


@each_catalog
def test_a_translation_fills_in_what_its_text_does(path):
    wrong = [
        (text, one)
        for (_, text), (said, _) in read_po(path).items()
        if text
        for one in said
        if sorted(set(PLACE.findall(one))) != sorted(set(PLACE.findall(text)))
    ]

    assert wrong == []


@each_catalog
def test_the_compiled_catalog_is_that_of_the_text(path):
    """``python -m tests.catalogs`` writes it."""
    assert path.with_suffix(".mo").read_bytes() == mo_of(path, extracted())


def test_a_sentence_is_in_words_that_the_sources_say():
    """A sentence that is written otherwise meanwhile would be sent in English."""
    said = set()
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            if path.name != "told_sentences.py" and "migrations" not in path.parts:
                said |= set(_words(path))

    unsaid = {
        text: sorted(missing)
        for context, text in extracted()
        if context == CONTEXT and (missing := set(WORD.findall(PLACE.sub(" ", text))) - said)
    }

    assert unsaid == {}


def _words(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from WORD.findall(node.value)
