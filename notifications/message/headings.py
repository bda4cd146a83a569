"""How the title of a message begins: of one incident, and of several. Pure."""

from django.utils.translation import gettext_noop

from notifications.choices import NotificationEvent

HEADINGS = {
    NotificationEvent.TRIGGERED: (gettext_noop("Incident"), gettext_noop("incidents")),
    NotificationEvent.ACKNOWLEDGED: (
        gettext_noop("Acknowledged"),
        gettext_noop("incidents acknowledged"),
    ),
    NotificationEvent.RESOLVED: (gettext_noop("Resolved"), gettext_noop("incidents resolved")),
    NotificationEvent.MERGED: (
        gettext_noop("Merged"),
        gettext_noop("incidents merged into others"),
    ),
    NotificationEvent.UPDATED: (gettext_noop("Update"), gettext_noop("incidents updated")),
    NotificationEvent.REOPENED: (gettext_noop("Reopened"), gettext_noop("incidents reopened")),
    NotificationEvent.SLA_WARNING: (
        gettext_noop("SLA at risk"),
        gettext_noop("incidents near their SLA"),
    ),
    NotificationEvent.SLA_BREACHED: (
        gettext_noop("SLA breached"),
        gettext_noop("incidents past their SLA"),
    ),
    NotificationEvent.WORKFLOW: (gettext_noop("About"), gettext_noop("incidents")),
    NotificationEvent.NOTICE: (gettext_noop("Notice"), gettext_noop("notices")),
    NotificationEvent.TEST: (gettext_noop("Test"), gettext_noop("incidents (test)")),
    NotificationEvent.VERIFICATION: (gettext_noop("Code"), gettext_noop("codes")),
}
