"""What the fakes of vendors share: they answer over HTTP, on this machine."""

import json

from opsportal.lib.net.errors import DeliveryError
from tests.notifications.samples import make_brief, make_message
from tests.notifications.servers import answer

EVENTS = {
    "triggered": make_message(make_brief()),
    "acknowledged": make_message(
        make_brief(status="acknowledged", actions=()), event="incident.acknowledged"
    ),
    "resolved": make_message(make_brief(status="resolved", actions=()), event="incident.resolved"),
    "several": make_message(make_brief(1), make_brief(2)),
    "warning": make_message(make_brief(urgency="low"), event="incident.sla_warning"),
    "workflow": make_message(
        make_brief(actions=()), event="incident.workflow", own_title="Look", own_text="At this"
    ),
    "notice": make_message(
        event="notice", title="Your shift begins", text="At 9", url="https://ops.example/shifts/"
    ),
    "test": make_message(event="test"),
    "verification": make_message(event="verification", code="123456"),
}


def reply(handler, status, fields, **headers):
    """Answer with JSON."""
    answer(handler, status, json.dumps(fields).encode(), Content_Type="application/json", **headers)


def asked(handler):
    """The path, the headers and the JSON of the request that is to be answered."""
    path, headers, body = handler.server.requests[-1]
    return path, headers, json.loads(body)


def said(receiver):
    """The JSON of each request so far."""
    return [json.loads(body) for _, _, body in receiver.requests]


def failure(channel, config, message=EVENTS["triggered"]):
    """The error with which it could not be sent."""
    try:
        channel.send(config, message)
    except DeliveryError as error:
        return error
    raise AssertionError("it was sent")


def verdict(error):
    """Which of the flags are set."""
    names = ("permanent", "ambiguous", "provider_fault", "address_fault")
    return {name for name in names if getattr(error, name)}
