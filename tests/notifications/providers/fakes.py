"""What the fakes of vendors share: they answer over HTTP, on this machine."""

import json
from urllib.parse import parse_qsl

import pytest
from django.utils import timezone

from notifications.actions.deliver import deliver
from notifications.models import ContactMethod, Notification, Provider
from notifications.providers import find_provider
from opsportal.lib.net.errors import DeliveryError
from tests.factories import make_incident, make_user
from tests.notifications.samples import make_brief, make_message
from tests.notifications.servers import answer

EVENTS = {
    "triggered": make_message(make_brief()),
    "low": make_message(make_brief(urgency="low", severity="warning")),
    "acknowledged": make_message(
        make_brief(status="acknowledged", actions=()), event="incident.acknowledged"
    ),
    "resolved": make_message(make_brief(status="resolved", actions=()), event="incident.resolved"),
    "merged": make_message(
        make_brief(status="resolved", merged_into=7, actions=()), event="incident.merged"
    ),
    "several": make_message(*(make_brief(number) for number in range(1, 31))),
    "warning": make_message(make_brief(), event="incident.sla_warning"),
    "workflow": make_message(
        make_brief(actions=()), event="incident.workflow", own_title="Look", own_text="At this"
    ),
    "notice": make_message(
        event="notice", title="Your shift begins", text="At 9", url="https://ops.example/shifts/"
    ),
    "test": make_message(event="test"),
    "verification": make_message(event="verification", code="123456"),
    "odd": make_message(
        make_brief(title='<b>*x* @all & "ü" 😀\r\n</b>\x00', service_id=None, service="")
    ),
    "long": make_message(make_brief(title="t" * 1024, summary="&<*😀 [x](y)\n" * 200)),
}
every_event = pytest.mark.parametrize("message", EVENTS.values(), ids=EVENTS)


class Vendor:
    """Answers as a vendor does: ``judge(method, path, headers, body)`` gives status and JSON, or
    what was put into ``answers`` goes first."""

    def __init__(self, receiver, judge):
        self.receiver, self.judge, self.answers = receiver, judge, []
        self.url = receiver.url.removesuffix("/hook/t0ken")
        receiver.behave = self.behave

    def answers_with(self, status, fields=None, **headers):
        self.answers.append((status, fields or {}, headers))

    def behave(self, handler):
        path, headers, body = self.receiver.requests[-1]
        given = self.answers.pop(0) if self.answers else None
        status, fields, *more = given or self.judge(handler.command, path, headers, body)
        named = more[0] if more else {}
        text = json.dumps(fields).encode()
        answer(handler, status, text, Content_Type="application/json", **named)

    @property
    def paths(self):
        return [path for path, _, _ in self.receiver.requests]

    @property
    def jsons(self):
        return [json.loads(body) for _, _, body in self.receiver.requests if body]

    @property
    def forms(self):
        return [dict(parse_qsl(body.decode())) for _, _, body in self.receiver.requests if body]


def failure(provider, config, address, message=EVENTS["triggered"]):
    """The error with which it could not be sent."""
    with pytest.raises(DeliveryError) as failed:
        provider.send(config, address, message)
    secrets = [config[name] for name in provider.secret_fields if config[name]]
    assert not [secret for secret in secrets if secret in str(failed.value)]
    return failed.value


def flags(error):
    names = ("permanent", "ambiguous", "provider_fault", "address_fault")
    return {name for name in names if getattr(error, name)}


def make_account(channel, kind, config):
    """A row, with the path of its callbacks."""
    row = Provider.objects.create(channel=channel, kind=kind, name=f"{channel} one", config=config)
    return row, f"/callbacks/{row.token}/"


def make_page(channel, address, user=None):
    """A page that was sent to a verified address of somebody, by the account that there is."""
    user, incident, now = user or make_user(email=False), make_incident(), timezone.now()
    method = ContactMethod.objects.create(
        user=user, channel=channel, config=address, verified_at=now
    )
    row = Notification.objects.create(
        incident=incident,
        user=user,
        contact_method=method,
        channel=channel,
        address=method.address,
        page_key=f"p{incident.pk}",
        address_key=f"m{method.pk}",
        facts={"paging_round": incident.paging_round},
        next_attempt_at=now,
    )
    deliver([(row.pk, 0)])
    row.refresh_from_db()
    assert row.state == "sent", row.error
    return row


def provider_of(channel, kind):
    return find_provider(channel, kind)
