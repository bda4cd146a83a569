"""The pages of heartbeats: a form, a page that shows whether it beats, and its buttons."""

import uuid

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from incidents.actions import settings as incident_settings
from incidents.errors import DomainError
from incidents.models import Service
from integrations.catalog import all_templates
from integrations.heartbeats.schedule import TEMPLATE
from integrations.heartbeats.state import schedule_of
from integrations.models import ADMINISTER, InboundMessage
from integrations.pages.access import administers, changes_one
from integrations.pages.heartbeats.forms import HeartbeatForm, ScheduleForm
from integrations.setup import edit, heartbeats
from integrations.setup.vendor_steps import steps
from opsportal.lib import pages

STRIP = 20
UNPROCESSABLE = 422


@administers
def new_heartbeat(request):
    """Ask for everything; SUBMIT makes it and opens its page."""
    form = HeartbeatForm(request.POST or None, initial=_initial())
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            integration = heartbeats.create_heartbeat(
                service=_service(form), by=request.user, **form.basics, **form.timing_fields
            )
        messages.success(request, f"{integration.name} is ready. Let its sender call the URL.")
        return redirect(integration)
    context = {"title": "New heartbeat", "form": form, "template": all_templates()[TEMPLATE]}
    return pages.page(request, "integrations/heartbeat_new.html", context)


def show(request, row, *, basics=None, form=None, status=200):
    """The page; a part of it where the page refreshes itself."""
    may_change = request.user.has_perm(ADMINISTER)
    context = {
        "title": row.name,
        "integration": row,
        "heartbeat": row.heartbeat,
        "schedule": schedule_of(row.heartbeat),
        "template": all_templates().get(row.template),
        "may_change": may_change,
        "strip": _strip(row),
        "now": timezone.now(),
    }
    if pages.is_partial(request):
        return render(request, "integrations/_heartbeat_live.html", context)
    if may_change:
        context["form"] = form or HeartbeatForm.of(row, basics or {})
        context["steps"] = steps(context["template"], row)
        context["ping_url"] = ping_url(row)
    answer = pages.page(request, "integrations/heartbeat_detail.html", context, status=status)
    answer["Cache-Control"] = "no-store"  # It shows the URL, which is the secret.
    return answer


def ping_url(row):
    """The address for clients of Healthchecks; '' for a token of another pager that is no UUID."""
    try:
        code = uuid.UUID(row.token)
    except ValueError:
        return ""
    return settings.SITE_URL + reverse("ping", args=[code])


@changes_one
def change(request, integration):
    form = HeartbeatForm(request.POST)
    if not form.is_valid():
        return show(request, integration, form=form, status=UNPROCESSABLE)
    with transaction.atomic():
        edit.change_basics(integration.pk, service=_service(form), **form.basics)
        heartbeats.change_heartbeat(integration.pk, **form.timing_fields)
    messages.success(request, "Saved.")
    return redirect(integration)


@changes_one
def act(request, integration):
    """Pause, resume, or a beat by hand."""
    deeds = {
        "pause": (heartbeats.pause_heartbeat, "Paused: nobody is told of its silence."),
        "resume": (heartbeats.resume_heartbeat, "Resumed: it is expected again."),
        "ping": (heartbeats.send_test_ping, "A beat was sent, marked as a test."),
    }
    deed, words = deeds.get(request.POST.get("do"), deeds["ping"])
    try:
        deed(integration.pk)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, words)
    return redirect(integration)


@administers
def preview(request):
    """What a schedule means: in words, and the next times. For a form that is being filled in."""
    form = ScheduleForm(request.GET)
    schedule = form.schedule if form.is_valid() else None
    dues = schedule.next_dues(timezone.now()) if schedule else []
    context = {"schedule": schedule, "dues": dues, "form": form}
    return render(request, "integrations/_heartbeat_preview.html", context)


def _initial():
    services = Service.objects.all()[:2]
    return {"service": services[0] if len(services) == 1 else (None if services else "new")}


def _service(form):
    name = form.cleaned_data["new_service"]
    return form.cleaned_data["service"] or incident_settings.save_service(Service(name=name))


def _strip(row):
    """The last beats and misses, oldest first."""
    rows = InboundMessage.objects.filter(integration=row).order_by("-pk").without_payload()
    return list(reversed(rows[:STRIP]))
