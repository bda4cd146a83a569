"""Rows for tests: each function saves one, and decides whatever the test does not care about."""

from datetime import UTC, datetime, timedelta
from itertools import count

from django.utils import timezone

from escalation.actions import schedules
from escalation.actions.absences import add_absence
from escalation.actions.cover_requests import CoverDraft, ask_for_cover
from escalation.actions.overrides import OverrideDraft, Span, add_override
from escalation.models import (
    Policy,
    RoundRobin,
    RoundRobinEntry,
    ServicePolicy,
    Step,
    Target,
)
from escalation.schedules.definition import Definition, Layer, parse_wall
from incidents.models import Alert, Incident, Membership, Service, Team, User
from incidents.report import Report
from integrations.setup import integrations
from notifications.actions import contact_methods
from notifications.actions import page as notification_page
from notifications.models import CatchAll, Rule, SharedChannel
from notifications.page import Page

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
_numbers = count(1)


def make_user(name="", *, email=True, **fields):
    """A person who is reached by mail; not at all where ``email`` is false."""
    number = next(_numbers)
    name = name or f"Person {number}"
    address = f"{name.split()[0].lower()}{number}@example.com"
    user = User.objects.create(email=address, name=name, **fields)
    method = make_method(user, "email", {"address": address})
    if not email:
        method.is_enabled = False
        method.save()
    return user


def make_method(user, channel="email", config=None, *, is_verified=True):
    number = next(_numbers)
    config = config or {"address": f"address{number}@example.com"}
    return contact_methods.add_contact_method(user, channel, config, is_verified=is_verified)


def make_rule(method, *, urgency="high", after_minutes=0):
    return Rule.objects.create(
        user=method.user, contact_method=method, urgency=urgency, after_minutes=after_minutes
    )


def make_shared_channel(url="", **fields):
    number = next(_numbers)
    fields.setdefault("name", f"Hook {number}")
    config = {"url": url or f"https://hook{number}.example/in", "secret": ""}
    return SharedChannel.objects.create(channel="webhook", config=config, **fields)


def make_catch_all(*users, channels=()):
    place, _ = CatchAll.objects.get_or_create(pk=1)
    place.users.set(users)
    place.channels.set(channels)
    return place


def make_team(*members, **roles):
    """A team: ``make_team(alice, bob, is_primary=False, is_secondary=True)``."""
    team = Team.objects.create(name=f"Team {next(_numbers)}")
    for position, user in enumerate(members):
        Membership.objects.create(team=team, user=user, position=position, **roles)
    return team


def make_service(policy=None, **fields):
    fields.setdefault("name", f"Service {next(_numbers)}")
    service = Service.objects.create(**fields)
    if policy is not None:
        ServicePolicy.objects.create(service=service, policy=policy)
    return service


def make_policy(*steps, **fields):
    """A policy whose steps tell these: a person, a shared channel, or a list of them."""
    fields.setdefault("name", f"Policy {next(_numbers)}")
    policy = Policy.objects.create(**fields)
    for position, told in enumerate(steps):
        add_step(policy, *(told if isinstance(told, list | tuple) else [told]), position=position)
    return policy


def add_step(policy, *told, wait=300, **fields):
    """One more step; all but the first wait five minutes."""
    fields.setdefault("position", policy.steps.count())
    fields.setdefault("wait_seconds", wait if fields["position"] else 0)
    step = Step.objects.create(policy=policy, **fields)
    for whom in told:
        kind = "user" if isinstance(whom, User) else "shared_channel"
        Target.objects.create(step=step, kind=kind, **{kind: whom})
    return step


def make_schedule(*people, name="", **columns):
    """The people take turns of a week, in Berlin."""
    ring = tuple((person.pk,) for person in people or [make_user()])
    layer = Layer("weekly", "Weekly", anchor=parse_wall("2026-03-02T09:00"), ring=ring)
    name = name or f"Schedule {next(_numbers)}"
    return schedules.add_schedule(Definition("Europe/Berlin", (layer,)), name=name, **columns)


def make_round_robin(*entries, **fields):
    """People and schedules that are asked in turn."""
    ring = RoundRobin.objects.create(name=f"Ring {next(_numbers)}", **fields)
    for position, one in enumerate(entries):
        kind = one._meta.model_name
        RoundRobinEntry.objects.create(round_robin=ring, position=position, **{kind: one})
    return ring


def make_override(schedule, *people, hours=(1, 2)):
    """They are on call instead of everybody, from so many hours ahead until so many."""
    now = timezone.now()
    first, last = (now + timedelta(hours=number) for number in hours)
    draft = OverrideDraft(people=people, span=Span(first, last))
    return add_override(schedule, draft)


def make_absence(person, *covers, hours=(1, 2)):
    """They are away, from so many hours ahead until so many."""
    now = timezone.now()
    first, last = (now + timedelta(hours=number) for number in hours)
    return add_absence(person, Span(first, last), cover=covers[0] if covers else None)


def make_cover_request(schedule, asker, *asked, hours=(48, 52), **fields):
    """The asker asks these, or all others, for cover from so many hours ahead until so many."""
    now = timezone.now()
    first, last = (now + timedelta(hours=number) for number in hours)
    draft = CoverDraft(span=Span(first, last), asked=asked, **fields)
    return ask_for_cover(schedule, asker, draft, by=asker)


def make_incident(service=None, **fields):
    """An open incident without an alert and without a run."""
    fields.setdefault("title", f"Trouble {next(_numbers)}")
    return Incident.objects.create(service=service or make_service(), **fields)


def make_alert(incident, key="k", **fields):
    fields.setdefault("title", incident.title)
    return Alert.objects.create(incident=incident, service=incident.service, key=key, **fields)


def make_report(service, action="trigger", key="k", **fields):
    fields.setdefault("at", timezone.now())
    fields.setdefault("title", "Disk full")
    fields.setdefault("stops_paging", action == "acknowledge")
    return Report(action=action, service_id=service.pk, key=key, **fields)


def make_page(incident, user):
    """The person is paged for the incident in its present round; returns the mail about it."""
    page = Page(
        incident_id=incident.pk,
        page_key=f"test:{next(_numbers)}",
        reason="a test",
        urgent=True,
        paging_round=incident.paging_round,
        user_id=user.pk,
    )
    notification_page.page([page], now=timezone.now())
    return incident.notifications.get(page_key=page.page_key, channel="email")


def make_integration(template="odown", *, service=None, **fields):
    fields.setdefault("name", f"{template} {next(_numbers)}")
    return integrations.create_integration(template, service=service or make_service(), **fields)


def minutes(number):
    return timedelta(minutes=number)
