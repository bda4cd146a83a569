"""The words of vocabularies in the reader's language. Pure; other words stay as they are."""

from django.utils.translation import pgettext_lazy

from incidents.choices import IncidentStatus, Severity, Urgency

_SEVERITIES = {
    Severity.CRITICAL: pgettext_lazy("severity", "critical"),
    Severity.ERROR: pgettext_lazy("severity", "error"),
    Severity.WARNING: pgettext_lazy("severity", "warning"),
    Severity.INFO: pgettext_lazy("severity", "info"),
}
_URGENCIES = {
    Urgency.HIGH: pgettext_lazy("urgency", "high"),
    Urgency.LOW: pgettext_lazy("urgency", "low"),
}
_STATES = {
    IncidentStatus.OPEN: pgettext_lazy("status", "open"),
    IncidentStatus.ACKNOWLEDGED: pgettext_lazy("status", "acknowledged"),
    IncidentStatus.ON_HOLD: pgettext_lazy("status", "on hold"),
    IncidentStatus.RESOLVED: pgettext_lazy("status", "resolved"),
}
_ACTIONS = {
    "acknowledge": pgettext_lazy("action", "Acknowledge"),
    "resolve": pgettext_lazy("action", "Resolve"),
    "escalate": pgettext_lazy("action", "Escalate"),
    "snooze": pgettext_lazy("action", "Snooze"),
}


def severity_word(severity: str) -> str:
    return str(_SEVERITIES.get(severity, severity))  # type: ignore[call-overload]


def urgency_word(urgency: str) -> str:
    return str(_URGENCIES.get(urgency, urgency))  # type: ignore[call-overload]


def status_word(status: str) -> str:
    return str(_STATES.get(status, status.replace("_", " ")))  # type: ignore[call-overload]


def action_word(verb: str) -> str:
    """What stands on the button or link of an action."""
    return str(_ACTIONS.get(verb, verb.capitalize()))
