"""The times of an override are changed, and that is undone."""

from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from escalation.actions import overrides
from escalation.models import Override, Schedule
from escalation.pages.schedules.dates import time_from
from escalation.pages.schedules.forms import SpanForm
from escalation.rights.schedule_rights import may_change_times
from incidents.models.people import RESPOND
from incidents.views.base import (
    SignedInRequest,
    form_page,
    process_form,
    requires,
    run_and_redirect,
    say,
)


@requires(RESPOND)
@require_http_methods(["GET", "HEAD", "POST"])
def change_times(request: SignedInRequest, pk: int) -> HttpResponse:
    """Its two times; ``?at=`` and ``?until=``, in seconds since 1970, fill them in. Raises
    PermissionDenied for who may not cancel it and make it anew."""
    row = _override(request, pk)
    zone, latest = ZoneInfo(row.schedule.zone), timezone.now() + overrides.MAX_AHEAD
    starts = time_from(request.GET.get("at"), latest) or row.starts_at
    ends = time_from(request.GET.get("until"), latest) or row.ends_at
    initial = {
        "starts": starts.astimezone(zone).replace(tzinfo=None),
        "ends": ends.astimezone(zone).replace(tzinfo=None),
    }
    form = SpanForm(request.POST or None, initial=initial)
    form.zone = zone
    form.fields["starts"].help_text = f"Times are those of {zone.key}."

    def change() -> HttpResponse:
        overrides.change_override(row, form.span, by=request.user)
        say(request, "The override has other times now. You may undo it for ten minutes.")
        return redirect(row.schedule)

    context = {"title": "Times of the override", "schedule": row.schedule, "form": form}
    return process_form(form, change, form_page(request, "schedules/override.html", context))


@requires(RESPOND)
@require_POST
def undo_times(request: SignedInRequest, pk: int) -> HttpResponse:
    row = _override(request, pk)

    def undo() -> str:
        overrides.undo_change(row, by=request.user)
        return "The override has the times that it had before."

    return run_and_redirect(request, undo, row.schedule)


def _override(request: SignedInRequest, pk: int) -> Override:
    row: Override = get_object_or_404(
        Override.objects.select_related("schedule", "replaces"), pk=pk
    )
    get_object_or_404(Schedule.objects.visible_to(request.user), pk=row.schedule_id)
    if not may_change_times(row, request.user):
        raise PermissionDenied
    return row
