"""An incoming webhook of a chat, played by a server on this machine: what it got, what it said."""

import json
from functools import partial
from urllib.parse import parse_qsl, urlsplit

import pytest

from opsportal.lib.net.errors import DeliveryError
from tests.notifications.samples import SITE, make_brief, make_message
from tests.notifications.servers import answer

LONG = "<b>*lange* _Zeile_ 🔥</b> @all\n" * 400
# Every event reads well; each of these has to arrive.
EVENTS = {
    "triggered": make_message(make_brief()),
    "acknowledged": make_message(
        make_brief(status="acknowledged", assignee="Jane"), event="incident.acknowledged"
    ),
    "resolved": make_message(make_brief(status="resolved"), event="incident.resolved"),
    "merged": make_message(make_brief(status="resolved", merged_into=7), event="incident.merged"),
    "SLA": make_message(make_brief(), event="incident.sla_breached"),
    "workflow": make_message(
        make_brief(), event="incident.workflow", own_title="War room", own_text="Join #war"
    ),
    "several": make_message(*(make_brief(number) for number in range(1, 31))),
    "notice": make_message(
        event="notice", title="Ana asks for cover", text="Mon to Tue", url=f"{SITE}/cover/"
    ),
    "test": make_message(event="test", url=SITE),
    "verification": make_message(event="verification", code="123456", url=SITE),
    "late": make_message(make_brief(), delayed_by_s=600, may_repeat=True),
}
HUGE = make_message(
    *(
        make_brief(n, title="*" * 300, service="_" * 250, summary=LONG, severity="error")
        for n in range(1, 101)
    ),
)
HUGE_ONE = make_message(
    make_brief(title="*" * 300, service="_" * 250, summary=LONG, assignee="ü" * 200),
    event="incident.workflow",
    own_title="*" * 300,
    own_text=LONG,
)


def says(receiver, status, body, **headers):
    """From now on it answers so; a body that is no text is JSON."""
    text = body if isinstance(body, str) else json.dumps(body)
    receiver.behave = partial(answer, status=status, body=text.encode(), **headers)


def got(receiver):
    """The JSON of the last request."""
    return json.loads(receiver.requests[-1][2])


def query(receiver):
    return dict(parse_qsl(urlsplit(receiver.requests[-1][0]).query))


def refusal(channel, config, message=EVENTS["triggered"]):
    """The error of a send that has to fail; it never holds the secret of the URL."""
    with pytest.raises(DeliveryError) as failure:
        channel.send(config, message)
    assert "t0ken-of-this-hook" not in str(failure.value)
    return failure.value


def fault(error):
    """What an error says of who is at fault, in words."""
    kinds = ("permanent", "provider_fault", "address_fault", "ambiguous")
    return {kind for kind in kinds if getattr(error, kind)}
