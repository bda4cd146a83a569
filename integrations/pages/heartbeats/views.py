"""The pages of heartbeats: a form, a page that shows the last pings, and its buttons."""

import uuid
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from incidents.views.base import SignedInRequest, form_page, process_form, run_and_redirect
from integrations.catalog import all_templates
from integrations.heartbeats.schedule import TEMPLATE
from integrations.heartbeats.state import schedule_of
from integrations.models import ADMINISTER, InboundMessage, Integration
from integrations.pages.access import administers, changes_one
from integrations.pages.heartbeats.forms import HeartbeatForm, ScheduleForm
from integrations.pages.integration.new import first_service, take_service
from integrations.setup import edit, heartbeats
from integrations.setup.rotation import keys_of
from integrations.setup.vendor_steps import steps
from opsportal.lib import pages

MAX_PINGS_SHOWN = 20
ACTIONS = {
    "pause": (heartbeats.pause_heartbeat, "Paused: a missed ping alerts nobody."),
    "resume": (heartbeats.resume_heartbeat, "Resumed: pings are expected again."),
    "ping": (
        heartbeats.send_test_ping,
        "A test ping has arrived, and changes nothing.",
    ),
}


@administers
def new_heartbeat(request: SignedInRequest) -> HttpResponse:
    """The form of a new heartbeat; SUBMIT creates it and opens its page."""
    form = HeartbeatForm(request.POST or None, initial={"service": first_service()})

    @transaction.atomic
    def create() -> HttpResponse:
        integration = heartbeats.create_heartbeat(
            service=take_service(form.cleaned_data),
            by=request.user,
            **form.basics,
            **form.timing_fields,
        )
        messages.success(request, f"{integration.name} is ready. Let its sender call the URL.")
        return redirect(integration)

    context = {"title": "New heartbeat", "form": form, "template": all_templates()[TEMPLATE]}
    return process_form(
        form, create, form_page(request, "integrations/heartbeat_new.html", context)
    )


def show(
    request: SignedInRequest,
    row: Integration,
    *,
    basics: dict[str, Any] | None = None,
    form: HeartbeatForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of a heartbeat; for htmx only the part that refreshes itself."""
    may_change = request.user.has_perm(ADMINISTER)
    context: dict[str, Any] = {
        "title": row.name,
        "integration": row,
        "heartbeat": row.heartbeat,
        "schedule": schedule_of(row.heartbeat),
        "template": all_templates().get(row.template),
        "may_change": may_change,
        "pings": _last_pings(row),
        "now": timezone.now(),
    }
    if pages.is_partial(request):
        return render(request, "integrations/_heartbeat_live.html", context)
    if may_change:
        context["form"] = form or HeartbeatForm.of(row, basics or {})
        context["steps"] = steps(context["template"], row)
        context["ping_url"] = ping_url(row)
        context["keys"] = keys_of(row)
    answer = pages.render_page(
        request, "integrations/heartbeat_detail.html", context, status=status
    )
    answer["Cache-Control"] = "no-store"  # It shows the URL, which is the secret.
    return answer


def ping_url(row: Integration) -> str:
    """The address for clients of Healthchecks; '' for a token of another pager that is no UUID."""
    try:
        code = uuid.UUID(row.shown_token)
    except ValueError:
        return ""
    return settings.SITE_URL + reverse("ping", args=[code])


@changes_one
def change(request: SignedInRequest, integration: Integration) -> HttpResponse:
    _require_heartbeat(integration)
    form = HeartbeatForm(request.POST)

    @transaction.atomic
    def save() -> HttpResponse:
        service = take_service(form.cleaned_data)
        edit.change_basics(integration.pk, service=service, **form.basics)
        heartbeats.change_heartbeat(integration.pk, **form.timing_fields)
        messages.success(request, "Saved.")
        return redirect(integration)

    return process_form(form, save, partial(show, request, integration, form=form))


@changes_one
def act(request: SignedInRequest, integration: Integration) -> HttpResponse:
    """Pause, resume, or a test ping."""
    _require_heartbeat(integration)
    action, sentence = ACTIONS.get(request.POST.get("do", ""), ACTIONS["ping"])

    def run() -> str:
        action(integration.pk)
        return sentence

    return run_and_redirect(request, run, integration)


def _require_heartbeat(integration: Integration) -> None:
    """Raises Http404 for an integration of another kind."""
    if integration.kind != Integration.Kind.HEARTBEAT:
        raise Http404


@administers
def preview(request: SignedInRequest) -> HttpResponse:
    """The schedule of the form that is being filled in: in words, and the next times."""
    form = ScheduleForm(request.GET)
    schedule = form.schedule if form.is_valid() else None
    dues = schedule.next_dues(timezone.now()) if schedule else []
    context = {"schedule": schedule, "dues": dues, "form": form}
    return render(request, "integrations/_heartbeat_preview.html", context)


def _last_pings(row: Integration) -> list[InboundMessage]:
    """The last pings and missed pings, oldest first."""
    rows = InboundMessage.objects.filter(integration=row).order_by("-pk").without_payload()
    return list(reversed(rows[:MAX_PINGS_SHOWN]))
