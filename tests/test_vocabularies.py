"""Every table over a vocabulary has a row for each of its words."""

from pathlib import Path

import pytest

from escalation.admin import runs
from escalation.choices import DefectKind, DefectLevel, DrillState, RunState, TargetKind
from escalation.coverage import sentences
from escalation.models import Target
from escalation.pages.schedules import coverage
from escalation.templatetags import escalation_panels
from incidents.actions import timeline
from incidents.admin import incidents
from incidents.choices import IncidentStatus, Severity, TimelineVerb
from incidents.templatetags import incident_parts
from integrations.importers.neutral import Kind
from integrations.importers.plan import Verdict
from integrations.pages.imports import rows
from integrations.setup.imports.apply import WRITERS
from integrations.setup.imports.states import TABLES
from notifications.actions import updates
from notifications.admin import notifications
from notifications.channels import _teams
from notifications.choices import NotificationEvent, NotificationState
from notifications.message import card, headings
from notifications.models import ServiceNotificationSettings
from notifications.templatetags import notification_panels

ROOT = Path(__file__).parent.parent
# Announced to those who were paged and to shared channels; `unreachable` is for escalation.
TOLD = timeline.ANNOUNCED - {TimelineVerb.UNREACHABLE}


@pytest.mark.parametrize(
    ("table", "vocabulary"),
    [
        pytest.param(incident_parts.VERBS, TimelineVerb, id="looks of timeline entries"),
        pytest.param(incidents.STATUS_COLOURS, IncidentStatus, id="colours of incidents"),
        pytest.param(runs.COLOURS, RunState, id="colours of runs"),
        pytest.param(escalation_panels.DRILLS, DrillState, id="looks of drills"),
        pytest.param(Target.NEEDS, TargetKind, id="fields that targets need"),
        pytest.param(sentences.SENTENCES, DefectKind, id="sentences of defects"),
        pytest.param(sentences.COSTS, DefectKind, id="costs of defects"),
        pytest.param(coverage.TONES, DefectLevel, id="tones of defects"),
        pytest.param(card.COLOURS, Severity, id="colours of messages"),
        pytest.param(_teams.COLOURS, Severity, id="colours of cards in Teams"),
        pytest.param(headings.HEADINGS, NotificationEvent, id="headings of messages"),
        pytest.param(notifications.COLOURS, NotificationState, id="colours of notifications"),
        pytest.param(notification_panels.STATES, NotificationState, id="looks of notifications"),
        pytest.param(rows.LOOKS, Verdict, id="looks of verdicts of an import"),
        pytest.param(rows.TITLES, Kind, id="titles of what is imported"),
        pytest.param(WRITERS, set(Kind) - {Kind.OTHER}, id="writers of what is imported"),
        pytest.param(TABLES, set(Kind) - {Kind.OTHER}, id="fingerprints of what is imported"),
        pytest.param(updates.SWITCHES, TOLD, id="switches of updates"),
        pytest.param(updates.EVENTS, TOLD, id="events of updates"),
    ],
)
def test_a_table_has_a_row_for_each_word(table, vocabulary):
    assert set(table) == set(vocabulary)


def test_what_a_machine_does_is_worded_for_known_verbs_only():
    assert set(incident_parts.MACHINE) <= set(TimelineVerb)


def test_every_switch_of_updates_is_a_field_of_a_service():
    fields = {field.name for field in ServiceNotificationSettings._meta.get_fields()}

    assert set(updates.SWITCHES.values()) <= fields


def test_every_event_that_a_webhook_may_send_is_documented():
    text = (ROOT / "docs" / "webhooks.md").read_text()
    sent = set(NotificationEvent) - {NotificationEvent.VERIFICATION}

    assert {event for event in sent if f"`{event}`" not in text} == set()
