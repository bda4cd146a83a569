"""Swaps of the source that nobody has taken yet."""

from datetime import timedelta

import pytest
from django.utils import timezone

from escalation.actions import cover_requests
from escalation.models import CoverRequest
from incidents.models import User
from notifications.models import Notification
from tests.integrations.importers import oncall_installation
from tests.integrations.importing import imported, verdicts

pytestmark = pytest.mark.django_db


def test_an_open_swap_asks_for_cover_and_nobody_is_told_of_the_import():
    now = timezone.now().replace(microsecond=0)
    sample = oncall_installation.SAMPLE
    shift = oncall_installation.rolling(rolling_users=[["UANA", "UBO"]])
    schedule = {**sample["schedules"][0], "shifts": [shift["id"]]}
    swap = {**sample["shift_swaps"][0], "status": "open", "benefactor": None}
    asked = {
        "schedules": [schedule],
        "on_call_shifts": [shift],
        "shift_swaps": [
            {
                **swap,
                "swap_start": (now + timedelta(days=30)).isoformat(),
                "swap_end": (now + timedelta(days=30, hours=8)).isoformat(),
            }
        ],
    }
    imported("grafana_oncall", {**sample, **asked})

    (row,) = CoverRequest.objects.open()
    assert (row.asker.name, [one.user.name for one in row.invitations.all()]) == ("ana", ["bo"])
    assert not Notification.objects.filter(user__in=[row.asker, *User.objects.filter(name="bo")])

    cover_requests.withdraw(row.pk, by=row.asker)
    again = imported("grafana_oncall", {**sample, **asked})
    assert verdicts(again, "cover") == ["same"]
    assert not CoverRequest.objects.open().exists()


def test_a_swap_of_whoever_is_not_on_call_then_needs_you():
    now = timezone.now()
    sample = oncall_installation.SAMPLE
    swap = {
        **sample["shift_swaps"][0],
        "status": "open",
        "benefactor": None,
        "beneficiary": "UCY",
        "swap_start": (now + timedelta(days=30)).isoformat(),
        "swap_end": (now + timedelta(days=30, hours=8)).isoformat(),
    }
    shift = oncall_installation.rolling(rolling_users=[["UANA", "UBO"]])
    schedule = {**sample["schedules"][0], "shifts": [shift["id"]]}

    run = imported(
        "grafana_oncall",
        {**sample, "schedules": [schedule], "on_call_shifts": [shift], "shift_swaps": [swap]},
    )

    assert verdicts(run, "cover") == ["needs_you"]
    assert "cy is not on call" in str(run.report)
