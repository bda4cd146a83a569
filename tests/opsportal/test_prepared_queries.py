"""Queries of which Django makes SQL once."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from incidents.models import Incident
from opsportal.lib.prepared_queries import PreparedQuery, moment, number
from tests.factories import NOON, make_incident, make_service

pytestmark = pytest.mark.django_db


def opened_since():
    return Incident.objects.filter(service=number("service"), opened_at__gte=moment("at"))


def test_it_answers_each_time_for_the_values_of_that_time():
    mine, other = make_service(), make_service()
    first, second = make_incident(mine), make_incident(mine)
    Incident.objects.filter(pk=first.pk).update(opened_at=NOON)
    Incident.objects.filter(pk=second.pk).update(opened_at=NOON + timedelta(hours=1))
    query = PreparedQuery(lambda: opened_since().order_by("pk").values_list("pk", "opened_at"))

    after = {"service": mine.pk, "at": NOON + timedelta(minutes=1)}
    assert query.fetch(**after) == [(second.pk, NOON + timedelta(hours=1))]
    assert [pk for pk, _ in query.fetch(service=mine.pk, at=NOON)] == [first.pk, second.pk]
    assert query.exists(service=mine.pk, at=NOON)
    assert not query.exists(service=other.pk, at=NOON)


def test_a_moment_may_be_reckoned_with():
    Incident.objects.filter(pk=make_incident().pk).update(opened_at=NOON)
    an_hour_before = moment("now") - timedelta(hours=1)
    recent = PreparedQuery(lambda: Incident.objects.filter(opened_at__gt=an_hour_before))

    assert recent.exists(now=NOON + timedelta(minutes=59))
    assert not recent.exists(now=NOON + timedelta(minutes=61))


def test_the_sql_is_made_once():
    made = []

    def make():
        made.append(1)
        return Incident.objects.values("pk")[:1]

    query = PreparedQuery(make)
    assert not query.exists()
    make_incident()
    assert query.exists()
    assert made == [1]


def test_what_the_database_refuses_is_an_error_of_django():
    query = PreparedQuery(lambda: Incident.objects.filter(pk=number("pk")).values("pk"))
    with pytest.raises(DatabaseError), transaction.atomic():
        query.fetch(pk="no number")
