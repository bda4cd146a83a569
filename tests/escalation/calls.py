"""Live call routing for tests: Twilio and Vonage as local servers, which keep what they are asked,
and callers and phones, whose webhooks are signed as the vendors sign them."""

import json
from urllib.parse import parse_qs, urlencode
from xml.etree import ElementTree

from django.utils import timezone

from escalation.models import CallRoute
from notifications.models import ContactMethod, Notification, Provider
from notifications.providers import _twilio, _vonage_app, find_provider
from tests.factories import make_policy, make_schedule, make_service
from tests.notifications.providers.calls import base_of
from tests.notifications.providers.vonage_app import config_of, webhook
from tests.notifications.servers import answer

SITE = "https://ops.example"
HOTLINE = "+4930123456"
CALLER = "+4917099999999"


def make_phone(user, number, channel="voice", **fields):
    return ContactMethod.objects.create(
        user=user,
        channel=channel,
        config={"number": number},
        verified_at=timezone.now(),
        **fields,
    )


def make_route(*people, kind="twilio", **fields):
    """A route that rings these people, in their order, by a policy; or by what ``fields`` say."""
    config = config_of() if kind == "vonage" else find_provider("voice", "twilio").example
    account = Provider.objects.create(channel="voice", kind=kind, name="Calls", config=config)
    if "schedule" not in fields:
        fields.setdefault("policy", make_policy(*people))
    first = [people[0]] if people else []
    fields.setdefault("service", make_service(make_policy(*first)))
    return CallRoute.objects.create(
        name="Emergency line", provider=account, number=HOTLINE, **fields
    )


def make_scheduled_route(*people, **fields):
    return make_route(*people, schedule=make_schedule(*people), **fields)


class Twilio:
    """The vendor: ``asked`` are the requests of the portal, as (resource, form)."""

    def __init__(self, receiver, monkeypatch, client):
        monkeypatch.setattr(_twilio, "API", base_of(receiver))
        self.client, self.server, self.refuses = client, receiver, set()
        receiver.behave = self.behave

    def behave(self, handler):
        path, _, body = self.server.requests[-1]
        if "/Recordings/" in path:
            return answer(handler, 200, b"mp3", Content_Type="audio/mpeg")
        form = parse_qs(body.decode())
        if form.get("To", [""])[0] in self.refuses:
            return answer(handler, 400, b'{"code": 21211, "message": "No such number."}')
        sid = f"CAleg{len(self.rung)}"
        return answer(handler, 201, json.dumps({"sid": sid}).encode())

    @property
    def asked(self):
        return [
            (
                path.partition("/Accounts/")[2].partition("/")[2],
                {name: values[0] for name, values in parse_qs(body.decode()).items()},
            )
            for path, _, body in self.server.requests
        ]

    @property
    def rung(self):
        """The numbers that were rung by routes."""
        return [leg["To"] for leg in self.legs]

    @property
    def legs(self):
        """The forms of their calls: pages have another caller."""
        return [form for _, form in self.asked if form.get("From") == HOTLINE]

    def post(self, url, *, token="t0ken", **form):
        """A signed webhook; the answer as XML, or its status where that is not 200."""
        signature = _twilio._signature(token, url, list(form.items()), "sha1")
        found = self.client.post(
            url.removeprefix(SITE),
            urlencode(form),
            content_type="application/x-www-form-urlencoded",
            headers={"X-Twilio-Signature": signature},
        )
        if found.status_code != 200:
            return found.status_code
        return ElementTree.fromstring(found.content) if found.content else None

    def call(self, route, caller=CALLER, sid="CA1", **fields):
        """Somebody dials the number."""
        return self.post(
            route.url, CallSid=sid, From=caller, To=HOTLINE, CallStatus="ringing", **fields
        )

    def press(self, key, **fields):
        """A key of the phone that was rung last."""
        gather = ElementTree.fromstring(self.leg["Twiml"]).find("Gather")
        sid = f"CAleg{len(self.rung)}"
        return self.post(gather.get("action"), CallSid=sid, Digits=key, **fields)

    def ends(self, status, **fields):
        """The call to the phone that was rung last is over."""
        sid = f"CAleg{len(self.rung)}"
        return self.post(self.leg["StatusCallback"], CallSid=sid, CallStatus=status, **fields)

    @property
    def leg(self):
        """The form of the last call that was made."""
        return self.legs[-1]


class Vonage:
    """The vendor: ``asked`` are the requests of the portal, as (method and path, object)."""

    def __init__(self, receiver, monkeypatch, client):
        monkeypatch.setattr(_vonage_app, "API", base_of(receiver))
        self.client, self.server = client, receiver
        receiver.behave = self.behave

    def behave(self, handler):
        if handler.command == "PUT":
            return answer(handler, 204, b"")
        body = json.dumps({"uuid": f"U-leg{len(self.rung)}", "status": "started"}).encode()
        return answer(handler, 201, body)

    @property
    def asked(self):
        return [(path, json.loads(body or b"{}")) for path, _, body in self.server.requests]

    @property
    def rung(self):
        return [body["to"][0]["number"] for path, body in self.asked if path == "/v1/calls"]

    @property
    def leg(self):
        return [body for path, body in self.asked if path == "/v1/calls"][-1]

    def post(self, url, fields, **claims):
        said = webhook(fields, url, **claims)
        found = self.client.post(
            url.removeprefix(SITE),
            said.body,
            content_type="application/json",
            headers=said.headers,
        )
        if found.status_code != 200:
            return found.status_code
        return found.json() if found.content else None

    def call(self, route, **claims):
        fields = {"from": CALLER[1:], "to": HOTLINE[1:], "uuid": "U1", "conversation_uuid": "C1"}
        return self.post(route.url, fields, **claims)

    def press(self, key, **claims):
        (url,) = self.leg["ncco"][-1]["eventUrl"]
        fields = {"uuid": f"U-leg{len(self.rung)}", "dtmf": {"digits": key}}
        return self.post(url, fields, **claims)

    def ends(self, status):
        (url,) = self.leg["event_url"]
        return self.post(url, {"uuid": f"U-leg{len(self.rung)}", "status": status})


def lines(incident):
    """What the timeline says of the call."""
    return [line.text for line in incident.timeline.filter(verb="called").order_by("pk")]


def paged(incident):
    """The names of everybody whom an incident has paged."""
    rows = Notification.objects.filter(incident=incident)
    return sorted(set(rows.values_list("user__name", flat=True)))
