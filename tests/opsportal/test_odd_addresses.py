"""What people and programs type into addresses: it finds nothing, and breaks nothing."""

import pytest
from django.contrib.admin import site
from django.urls import reverse

from tests.api import make_person

pytestmark = pytest.mark.django_db
# Larger than any id, and than what the column holds.
NUMBERS = ["0", "9223372036854775808", "99999999999999999999", "9" * 300]
PAGES = [
    *("incidents/{}/", "services/{}/", "integrations/{}/", "inbound-log/{}/", "maintenance/{}/"),
    *("incidents/{}/acknowledge/", "integrations/{}/rotate/", "integrations/{}/test/"),
]
QUERIES = ["q=%00", "q=%ff", "q=%ed%a0%80", "q=" + "x" * 3000, "p=99999999999999999999", "page=x"]
LISTS = ["home", "incidents", "alerts", "changes", "services", "integrations", "maintenance"]
LISTS += ["messages", "gallery"]


@pytest.fixture
def owner(client):
    client.force_login(make_person("Owner", is_staff=True, is_superuser=True))
    return client


@pytest.mark.parametrize("path", PAGES)
def test_a_number_that_no_row_has_is_404(owner, path):
    answers = {number: owner.get(f"/{path.format(number)}").status_code for number in NUMBERS}

    assert set(answers.values()) <= {404, 405}, answers


@pytest.mark.parametrize("name", LISTS)
def test_an_odd_query_shows_a_page(owner, name):
    answers = {query: owner.get(f"{reverse(name)}?{query}").status_code for query in QUERIES}

    assert set(answers.values()) <= {200, 400, 404}, answers


def test_an_odd_search_breaks_no_list_of_the_admin(owner):
    paths = [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for model in site._registry
    ]
    answers = {
        (path, query): owner.get(f"{path}?{query}").status_code
        for path in paths
        for query in ("q=%00", "q=%ff", "id__exact=99999999999999999999")
    }

    assert len(paths) > 10
    assert {what: status for what, status in answers.items() if status >= 500} == {}


@pytest.mark.parametrize("number", NUMBERS)
def test_a_row_of_the_admin_that_is_not_there_leads_elsewhere(owner, number):
    for model in site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
        assert owner.get(reverse(name, args=[number])).status_code in (302, 403, 404)
