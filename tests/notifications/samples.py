"""Messages for tests: plain functions, in which a test names only what it cares about."""

from datetime import UTC, datetime

from notifications.message.message import Action, IncidentSummary, Message, compose

OPENED = datetime(2026, 1, 23, 10, 30, tzinfo=UTC)
SENT = datetime(2026, 1, 23, 10, 30, 5, tzinfo=UTC)
DELIVERY = "6f1c2a90-3f1b-4c59-9d5c-0d6a4f7f8e11"
SITE = "https://ops.example"


def make_brief(number=1042, **fields):
    values = {
        "title": "High CPU on web-01",
        "status": "open",
        "urgency": "high",
        "severity": "critical",
        "url": f"{SITE}/incidents/{number}/",
        "opened_at": OPENED,
        "service_id": 7,
        "service": "Web Application",
        "actions": (
            Action("acknowledge", "Acknowledge", f"{SITE}/a/ack{number}/"),
            Action("resolve", "Resolve", f"{SITE}/a/res{number}/"),
        ),
    }
    return IncidentSummary(number=number, **(values | fields))


def make_message(*briefs, **fields):
    values = {
        "event": "incident.triggered",
        "recipient": "Jane Doe",
        "delivery_id": DELIVERY,
        "sent_at": SENT,
        "reason": "step 2 of policy Web: you are secondary of Team Web",
    }
    return compose(Message(incidents=briefs, **(values | fields)))
