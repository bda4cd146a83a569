"""Calls that come in: an incident for each, who accepts it, and what is left of one nobody does.

The incident is there from the first moment, and pages nobody for as long as people are rung; so a
caller who hangs up is not lost, and neither is a call whose webhooks do not come any more.
"""

from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django_q.tasks import async_task

from escalation.actions import ingest
from escalation.actions.suppression import resume_notifications
from escalation.choices import CallState
from escalation.models import CallRoute, IncomingCall
from escalation.policies.call_ladder import ladder_of_call
from incidents.actions import respond
from incidents.actions.timeline import entry, record
from incidents.choices import ReportAction, TimelineVerb
from incidents.errors import IncidentClosed
from incidents.models import Incident, User
from incidents.report import Report, Suppression
from notifications.call_control import ASK_S, CallReport
from opsportal.lib.phone_numbers import masked
from opsportal.lib.task_queues import SENDERS

VIA = "Live call routing"
RING_NEXT, HANG_UP = "escalation.tasks.ring_next", "escalation.tasks.hang_up_call"
MAX_PER_CALLER, MAX_PER_ROUTE = 5, 30
WINDOW = timedelta(minutes=10)
# After ringing, for the words, the key and the answers of the provider.
SLACK_S = ASK_S + 20
MAX_MESSAGE_WAIT = timedelta(minutes=5)
KEPT = timedelta(days=90)
MAX_FORGOTTEN = 200


@transaction.atomic
def begin(route: CallRoute, report: CallReport, now: datetime) -> IncomingCall | None:
    """The call that comes in, with its incident; the same one where it is reported again.

    None where too many came within ten minutes, of this number or to this route: the caller is to
    be told so, and nobody is rung.
    """
    locked = CallRoute.objects.select_for_update(no_key=True).get(pk=route.pk)
    known = IncomingCall.objects.filter(route=locked, call_id=report.call_id).first()
    if known is not None:
        return known
    if _is_storm(locked, report.caller, now):
        CallRoute.objects.filter(pk=locked.pk).update(refused_count=F("refused_count") + 1)
        return None
    ladder = ladder_of_call(locked, now)
    call = IncomingCall.objects.create(
        route=locked,
        call_id=report.call_id,
        caller=report.caller,
        ladder=ladder,
        started_at=now,
        due_at=now + timedelta(seconds=SLACK_S),
    )
    call.incident = _open_incident(call, now)
    call.save(update_fields=["incident"])
    ask_to_ring(call.pk, 0)
    return call


def _is_storm(route: CallRoute, caller: str, now: datetime) -> bool:
    recent = route.calls.filter(started_at__gt=now - WINDOW)
    if recent.count() >= MAX_PER_ROUTE:
        return True
    return bool(caller) and recent.filter(caller=caller).count() >= MAX_PER_CALLER


def _open_incident(call: IncomingCall, now: datetime) -> Incident | None:
    """It pages by the policy of the service once ringing is over, or has taken too long."""
    route, count = call.route, len(call.ladder)
    until = now + timedelta(seconds=(count + 1) * (route.ring_seconds + SLACK_S))
    made = Report(
        action=ReportAction.TRIGGER,
        service_id=route.service_id,
        key=f"call:{route.pk}:{call.call_id}",
        at=now,
        title=str(call),
        long_text=f"{route.name}, {route.number}, was dialled.",
        source=VIA,
        source_name=route.name,
        via=VIA,
        suppression=Suppression("whoever is on call is being rung", until),
    )
    (outcome,) = ingest.report([made], now=now)
    if outcome.incident_id is None:
        return None
    return Incident.objects.get(pk=outcome.incident_id)


def ask_to_ring(call_id: int, position: int) -> None:
    """Have a worker ring whoever comes at this place, once this transaction is committed."""
    async_task(RING_NEXT, call_id, position, cluster=SENDERS)


@transaction.atomic
def accept(call: IncomingCall, number: int, leg_id: str) -> bool:
    """Whether the person at a place of the ladder, who pressed the key, has the call now.

    They have its incident, too. Nobody has a call that is over, or that another one has.
    """
    call = lock(call)
    if call.state != CallState.RINGING or not _is_leg(call, number, leg_id):
        return False
    user = User.objects.get(pk=call.ladder[number - 1][0])
    call.state, call.accepted_by, call.due_at = CallState.ACCEPTED, user, None
    call.leg_id = leg_id
    call.save(update_fields=["state", "accepted_by", "due_at", "leg_id"])
    note(call, f"{user} accepted the call by a key")
    if call.incident_id is not None:
        with suppress(IncidentClosed):  # The caller is there still.
            respond.acknowledge(call.incident_id, by=user, via=VIA)
    return True


@transaction.atomic
def leg_ended(call: IncomingCall, number: int, report: CallReport) -> None:
    """The call to a person is over: the next one is rung, unless this one had accepted."""
    call = lock(call)
    if not _is_leg(call, number, report.call_id):
        return
    if call.state == CallState.ACCEPTED:
        _end(call, "The conversation is over")
    elif call.state == CallState.RINGING:
        person = User.objects.filter(pk=call.ladder[number - 1][0]).first()
        why = "no key was pressed" if report.ended == "completed" else report.ended
        note(call, f"{person or 'Somebody who is gone'} did not accept: {why}")
        call.leg_id, call.due_at = "", timezone.now() + timedelta(seconds=SLACK_S)
        call.save(update_fields=["leg_id", "due_at"])
        ask_to_ring(call.pk, number)


@transaction.atomic
def caller_left(call: IncomingCall) -> None:
    """The caller hung up. Where nobody has accepted, the incident pages now."""
    call = lock(call)
    if call.state == CallState.ACCEPTED:
        _end(call, "The conversation is over")
    elif call.state == CallState.RINGING:
        _end(call, "The caller hung up before anybody accepted")
        page(call, "The caller hung up: people are told now")
        if call.leg_id:
            async_task(HANG_UP, call.pk, call.leg_id, cluster=SENDERS)


@transaction.atomic
def message_left(call: IncomingCall, report: CallReport) -> None:
    """What the provider says of the message: its recording once, and its transcript once."""
    call = lock(call)
    if report.recording_url and not call.recording_url:
        call.recording_url, call.recording_s = report.recording_url[:500], report.recording_s
        seconds = f" of {report.recording_s} s" if report.recording_s else ""
        call.save(update_fields=["recording_url", "recording_s"])
        _end(call, f"The caller left a message{seconds}", recording=call.pk)
    if report.transcript and not call.transcript:
        call.transcript = report.transcript.replace("\0", "")[:10_000]
        call.save(update_fields=["transcript"])
        note(call, f"The message as the provider heard it: {call.transcript}")


def page(call: IncomingCall, text: str) -> None:
    """Let the incident page by the policy of its service; twice changes nothing."""
    if call.incident_id is not None:
        resume_notifications([call.incident_id], now=timezone.now(), via=VIA, text=text)


@transaction.atomic
def note(call: IncomingCall, text: str, **facts: object) -> None:
    """A line of the incident's timeline."""
    if call.incident is not None:
        record([entry(call.incident, TimelineVerb.CALLED, text, via=VIA, facts=dict(facts))])


def lock(call: IncomingCall) -> IncomingCall:
    """The row as it is now, locked until the end of the transaction."""
    rows = IncomingCall.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("route", "incident").get(pk=call.pk)


def describe(call: IncomingCall, user: User, number: str) -> str:
    """Who is rung, for the timeline: numbers are not written out there."""
    return f"Rings {user} at {masked(number)}, {call.position} of {len(call.ladder)}"


def _is_leg(call: IncomingCall, number: int, leg_id: str) -> bool:
    """Whether this is the call that rings now. Its report may come before our own row knows it."""
    return call.position == number and call.leg_id in ("", leg_id)


def _end(call: IncomingCall, text: str, **facts: object) -> None:
    call.state, call.ended_at, call.due_at = CallState.ENDED, timezone.now(), None
    call.save(update_fields=["state", "ended_at", "due_at"])
    note(call, text, **facts)


def forget_old(now: datetime) -> int:
    """Delete calls that came in long ago; their incidents stay. Returns how many that were."""
    old = IncomingCall.objects.filter(started_at__lt=now - KEPT).order_by("started_at")
    ids = list(old.values_list("pk", flat=True)[:MAX_FORGOTTEN])
    return IncomingCall.objects.filter(pk__in=ids).delete()[0] if ids else 0
