"""Rows whose time has come are processed one by one."""

import pytest

from escalation.actions.due_rows import process_due
from escalation.models import Schedule
from tests.factories import make_schedule, make_user

pytestmark = pytest.mark.django_db


def test_one_that_fails_stops_no_other_and_leaves_nothing_behind():
    for name in ("Billing", "Network", "Payments"):
        make_schedule(make_user(), name=name)
    due = Schedule.objects.filter(description="").order_by("name")

    def process(row):
        row.description = "done"
        row.save()
        if row.name == "Network":
            raise ValueError

    assert process_due(due, process) == 2
    assert list(due.values_list("name", flat=True)) == ["Network"]
    assert process_due(due, process) == 0


def test_no_more_than_asked_for_are_processed():
    for name in ("Billing", "Network"):
        make_schedule(make_user(), name=name)
    seen = []

    assert process_due(Schedule.objects.order_by("-name"), seen.append, limit=1) == 1
    assert [row.name for row in seen] == ["Network"]
