"""Settings: what may be configured, by what it is about."""

import re

import pytest

from opsportal.web.navigation import CONFIGURE_ITEMS
from opsportal.web.settings_page import HINTS, MORE, sections_of
from tests.api import make_person

pytestmark = pytest.mark.django_db


def titles(client, person):
    client.force_login(person)
    page = client.get("/settings/").content.decode()
    return re.findall(r"<h2>([^<]*)</h2>", page), page


def test_from_settings_by_integrations_to_webhooks(client):
    sections, page = titles(client, make_person("Owner"))

    assert sections[:2] == ["Integrations", "Notifications"]
    assert 'href="/settings/integrations/webhooks/"' in page
    assert 'href="/settings/"' in client.get("/").content.decode()


def test_who_may_change_nothing_is_told_so(client):
    sections, _ = titles(client, make_person())

    assert sections == ["Nothing to configure"]
    assert 'href="/settings/"' not in client.get("/").content.decode()


def test_what_belongs_to_no_section_is_not_lost():
    entry = {"title": "Something new", "icon": "star", "link": "/new/"}

    assert sections_of([entry]) == {MORE: [entry | {"hint": ""}]}


def test_every_entry_says_what_it_is_about():
    assert {item.title for item in CONFIGURE_ITEMS} <= set(HINTS)


def test_the_path_of_a_setting_is_the_heading_and_its_entry(client):
    _, page = titles(client, make_person("Owner"))
    part = page.partition('id="notifications"')[2].partition("</ul>")[0]

    assert re.findall(r'href="([^"]*)"', part)[:2] == [
        "/settings/notifications/email/",
        "/settings/notifications/sms/",
    ]
