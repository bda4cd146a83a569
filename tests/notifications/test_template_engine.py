"""The language of message templates: what it refuses, and that it repeats and calls nothing."""

import pytest

from notifications.message.template_engine import (
    MAX_SOURCE_BYTES,
    TemplateRefused,
    compiled,
    render,
)
from tests.rows import each

FIELDS = ("title", "count", "summary", "age")


def said(source, **fields):
    return render(compiled(source, FIELDS), {"title": "Disk full", "count": 2, **fields})


def refusal(source):
    with pytest.raises(TemplateRefused) as refused:
        compiled(source, FIELDS)
    return str(refused.value)


@each(
    "source expected",
    [
        ("{{ title|upper }}", "DISK FULL"),
        ("{{ title|truncatechars:5 }}", "Disk…"),
        ("{% if count > 1 %}{{ count }} of them{% else %}one{% endif %}", "2 of them"),
        ("{% if title == 'x' or not summary %}a{% elif count %}b{% endif %}", "a"),
        ("{{ summary|default:'nothing' }}", "nothing"),
        ("{{ age|duration }}", "1 h 5 min"),
        ("{{ summary|lines:2 }}", "a\nb"),
        ("{{ title|urlencode }}", "Disk%20full"),
        ("a   \n\n\n\n{# a note #}b", "a\n\nb"),
        ("<b>{{ title }}</b> & more", "<b>Disk full</b> & more"),
    ],
)
def test_the_words_of_the_language(source, expected):
    values = {"age": 3900} if "age" in source else {}
    values |= {"summary": "a\nb\nc"} if "lines" in source else {}

    assert said(source, **values) == expected


@each(
    "source words",
    [
        ("{% for x in title %}{% endfor %}", "{% for %} is not there. Use {% if … %}"),
        ("{% lorem 100000 p %}", "{% lorem %} is not there"),
        ("{% load i18n %}", "{% load %} is not there"),
        ("{% include 'a' %}", "{% include %} is not there"),
        ("{{ title|ljust:'999999999' }}", "The filter “ljust” is not there. Use one of: date,"),
        ("{{ title|safe }}", "The filter “safe” is not there"),
        ("{{ titel }}", "There is no field “titel”. Use one of: age, count, summary, title."),
        ("{% if titel %}a{% endif %}", "There is no field “titel”."),
        ("{% if count and not titel %}a{% endif %}", "There is no field “titel”."),
        ("{{ title|default:titel }}", "There is no field “titel”."),
        ("{{ title.upper }}", "“title.upper”: a field has no parts. Write {{ title }}."),
        ("{% if title %}a", "An {% if … %} has no {% endif %}: add it."),
        ("{{ }}", "Correct it, or start from the usual text."),
        ("{% if a b %}{% endif %}", "Correct it, or start from the usual text."),
        ("{% if count %}" * 6 + "{% endif %}" * 6, "More than 5 {% if %} stand in each other"),
        ("{% if " + "not " * 60 + "count %}a{% endif %}", "longer than 200 characters"),
        ("ä" * (MAX_SOURCE_BYTES // 2 + 1), "It is longer than 10,000 bytes: shorten it."),
    ],
)
def test_what_is_no_template_is_refused_with_what_to_write_instead(source, words):
    assert words in refusal(source)


def test_lines_are_never_more_than_twenty():
    assert len(said("{{ summary|lines:999 }}", summary="a\n" * 100).splitlines()) == 20
