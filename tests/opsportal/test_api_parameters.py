"""What the parameters of an address mean, and which it refuses."""

import pytest

from incidents.models import Incident
from tests.api import make_paging_incident, owner
from tests.factories import (
    make_alert,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("state=open", "state"),
        ("status__in=open", "status__in"),
        ("page=2", "page"),
        ("limit=1", "limit"),
        ("bogus=1", "bogus"),
        ("format=json", "format"),
        ("Status=open", "Status"),
        ("is_resolved=maybe", "is_resolved"),
        ("is_test=yess", "is_test"),
        ("ordering=titel", "ordering"),
        ("ordering=id,opened_at", "ordering"),
        ("page_size=0", "page_size"),
        ("page_size=-1", "page_size"),
        ("page_size=ten", "page_size"),
        ("status=opened", "status"),
        ("service=1&service=2", "service"),
        ("urgency=high&urgency=low", "urgency"),
        ("assignee=mee", "assignee"),
        ("opened_after=yesterday", "opened_after"),
        ("opened_after=2026-11-29T10:00:00 02:00 x", "opened_after"),
    ],
)
def test_a_filter_that_would_be_passed_over_is_refused(query, name):
    make_paging_incident()

    answer = owner().get(f"/api/v1/incidents/?{query}")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert list(answer.json()["fields"]) == [name]
    assert answer.json()["detail"].startswith(f"{name}: ")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("notification-rules/?search=x", "search"),
        ("roles/?ordering=name", "ordering"),
        ("roles/?name=Owner", "name"),
        ("templates/?page_size=5", "page_size"),
        ("me/?fields=id", "fields"),
        ("?x=1", "x"),
        ("alerts/?is_open=2", "is_open"),
        ("integrations/?is_enabled=on", "is_enabled"),
        ("users/?is_active=ja", "is_active"),
    ],
)
def test_what_one_list_knows_is_not_known_by_all(path, name):
    answer = owner().get(f"/api/v1/{path}")

    assert (answer.status_code, list(answer.json()["fields"])) == (400, [name])


def test_several_values_of_a_filter_that_takes_several_mean_any_of_them():
    incident = make_paging_incident()

    answer = owner().get("/api/v1/incidents/?status=open&status=acknowledged")

    assert [row["id"] for row in answer.json()["results"]] == [incident.pk]


@pytest.mark.parametrize(
    "time",
    [
        "2026-11-29T10:00:00+02:00",
        "2026-11-29T10:00:00.25+0200",
        "2026-11-29 10:00+02",
        "2026-11-29T10:00:00%2B02:00",
        "2026-11-29T08:00:00Z",
        "2026-11-29T06:00:00-02:00",
    ],
)
def test_a_plus_that_was_not_escaped_is_read_as_a_plus(time):
    before, after = make_paging_incident(), make_paging_incident()
    Incident.objects.filter(pk=before.pk).update(opened_at="2026-11-29T07:59:59Z")
    Incident.objects.filter(pk=after.pk).update(opened_at="2026-11-29T08:00:01Z")

    found = owner().get(f"/api/v1/incidents/?opened_after={time}").json()["results"]

    assert [row["id"] for row in found] == [after.pk]


def test_a_boolean_is_read_in_any_case():
    make_alert(make_paging_incident())
    client = owner()

    found = [
        len(client.get(f"/api/v1/alerts/?is_open={text}").json()["results"])
        for text in ("true", "True", "1", "false", "FALSE", "0")
    ]

    assert found == [1, 1, 1, 0, 0, 0]
