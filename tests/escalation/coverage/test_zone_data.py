"""New data of time zones that moves shifts is a defect, and told once."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db.models import F
from django.utils import timezone
from tzdata import IANA_VERSION

from escalation.actions import coverage, coverage_notices
from escalation.actions.publish_shifts import note_time_passed, publish, publish_due
from escalation.coverage.sentences import sentence
from escalation.models import CoverageDefect, PublishedShift, Schedule, ZoneDataChange
from escalation.on_call.schedule_facts import instant_of
from tests.api import make_person
from tests.escalation.coverage.policies import kinds, notices
from tests.factories import make_override, make_user

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=20)
HOUR = timedelta(hours=1)


def move_published(schedule, version="2001a"):
    """As if the shifts had been published with data by which the clock was an hour later."""
    Schedule.objects.filter(pk=schedule.pk).update(zone_data=version)
    ahead = PublishedShift.objects.filter(starts_at__gt=timezone.now() + timedelta(days=20))
    ahead.update(starts_at=F("starts_at") + HOUR, ends_at=F("ends_at") + HOUR)
    return ahead.order_by("starts_at").first()


def test_shifts_that_new_zone_data_moves_are_told_once(rota):
    owner = make_person("Owner")
    now = timezone.now()
    publish_due(now)
    assert Schedule.objects.get().zone_data == IANA_VERSION
    shift = move_published(rota)

    assert note_time_passed(now) == 1
    publish_due(now)
    assert note_time_passed(now) == 0
    coverage.review(now)

    row = CoverageDefect.objects.present().get()
    assert (row.kind, row.level, row.schedule) == ("zone_data", "info", rota)
    text = sentence(row.kind, row.facts, row.get_spans(), ZoneInfo("UTC"))
    assert f"time-zone data {IANA_VERSION} (before: 2001a)" in text
    assert row.get_spans()[0][0] == instant_of(shift.starts_at - HOUR)
    assert coverage_notices.tell_managers(now + LATER) == 1
    assert coverage_notices.tell_managers(now + 2 * LATER) == 0
    assert notices().filter(user=owner).count() == 1
    coverage.review(now + timedelta(days=420))
    assert "zone_data" not in kinds()


def test_what_an_edit_explains_is_not_put_down_to_zone_data(rota):
    now = timezone.now()
    publish_due(now)
    Schedule.objects.update(zone_data="2001a")
    make_override(rota, make_user("Cy"), hours=(24, 26))
    publish_due(timezone.now())

    assert not ZoneDataChange.objects.exists()
    assert Schedule.objects.get().zone_data == IANA_VERSION


def test_new_zone_data_that_moves_nothing_is_no_defect(rota):
    now = timezone.now()
    publish_due(now)
    Schedule.objects.update(zone_data="2001a")
    note_time_passed(now)
    publish_due(now)

    assert Schedule.objects.get().zone_data == IANA_VERSION
    assert not ZoneDataChange.objects.exists()


def test_a_node_with_older_zone_data_publishes_nothing_anew(rota):
    now = timezone.now()
    publish_due(now)
    Schedule.objects.update(zone_data="2999z")

    assert note_time_passed(now) == 0
    rota.refresh_from_db()
    publish(rota, now)
    assert rota.zone_data == "2999z"
