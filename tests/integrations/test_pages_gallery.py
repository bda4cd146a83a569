"""The gallery of tools, and what the page of a new integration says of its template."""

import re

import pytest

from integrations.catalog import all_templates
from tests.factories import make_integration
from tests.integrations.pages import admin_browser, text_of

pytestmark = pytest.mark.django_db
GALLERY = "/integrations/add/"


def shown(page):
    """The slugs of the cards that are not hidden, in their order, below Recommended."""
    cards = page[page.index("Recommended") :]
    return re.findall(r'<li data-words="[^"]*" data-category="[^"]*">.*?/add/([a-z0-9-]+)/', cards)


def test_what_was_used_last_is_offered_first():
    for slug in ("grafana", "odown", "grafana", "sentry"):
        make_integration(slug)

    page = text_of(admin_browser().get(GALLERY))

    recent = page[page.index("Recently used") : page.index("Recommended")]
    assert re.findall(r"/add/([a-z0-9-]+)/", recent) == ["sentry", "grafana", "odown"]


def test_six_are_enough_and_none_is_no_heading():
    client = admin_browser()
    assert "Recently used" not in text_of(client.get(GALLERY))
    for one in [one for one in all_templates().values() if one.kind == "api"][:8]:
        make_integration(one.slug)

    page = text_of(client.get(GALLERY))

    recent = page[page.index("Recently used") : page.index("Recommended")]
    assert recent.count("<li>") == 6


def test_a_search_finds_by_alias_and_puts_first_what_is_called_so():
    page = text_of(admin_browser().get(f"{GALLERY}?q=prometheus"))

    found = shown(page)
    assert found[0].startswith("prometheus") or all_templates()[found[0]].name.startswith("Prom")
    assert "grafana" not in found
    assert "alertmanager" in found


def test_categories_say_how_many_they_hold():
    page = text_of(admin_browser().get(f"{GALLERY}?category=Cloud"))

    of_cloud = [one.slug for one in all_templates().values() if one.category == "Cloud"]
    assert f'<option value="Cloud" selected>Cloud ({len(of_cloud)})</option>' in page
    assert sorted(shown(page)) == sorted(of_cloud)


def test_the_gallery_looks_into_the_database_once_for_all_cards(django_assert_max_num_queries):
    client = admin_browser()
    client.get(GALLERY)

    with django_assert_max_num_queries(20):
        client.get(GALLERY)


def test_a_new_integration_says_how_well_its_format_is_known():
    one = all_templates()["alertmanager"]

    page = text_of(admin_browser().get(f"{GALLERY}alertmanager/"))

    assert "Verified" in page
    assert f"Checked {one.checked.isoformat()} against" in page


def test_a_card_says_nothing_of_that():
    assert "Verified" not in text_of(admin_browser().get(GALLERY))
