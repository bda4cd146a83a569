"""Out of office: one's own is on the page of one's shifts, that of others on a page of its own."""

from datetime import datetime, time, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from escalation.actions import absences
from escalation.models import Absence
from escalation.pages.schedules.forms import AbsenceForm
from escalation.rights.schedule_rights import may_say_absence
from incidents.models import User
from incidents.views.base import (
    SignedInRequest,
    form_page,
    process_form,
    requires,
    run_and_redirect,
    say,
)

SEE = "escalation.view_schedule"


def absence_form(request: SignedInRequest, person: User) -> AbsenceForm:
    """Of a whole day, the next one in the person's zone."""
    tomorrow = (timezone.now().astimezone(person.zone) + timedelta(days=1)).date()
    morning = datetime.combine(tomorrow, time())
    initial = {"starts": morning, "ends": morning + timedelta(days=1)}
    return AbsenceForm(request.POST or None, user=person, viewer=request.user, initial=initial)


def coming_absences(person: User) -> dict[str, Any]:
    """What the list of somebody's absences shows."""
    rows = person.absences.filter(ends_at__gt=timezone.now(), cancelled_at=None)
    return {"person": person, "absences": rows.select_related("cover", "team")}


def add(form: AbsenceForm, person: User, by: User) -> str:
    """Save what was written; the sentence about it. Raises InvalidRequest."""
    found = form.cleaned_data
    extra = {name: found[name] for name in ("cover", "team", "note")}
    absences.add_absence(person, form.span, by=by, **extra)
    is_mine = person == by
    if found["cover"]:
        who = f"{found['cover']} covers"
    else:
        who = f"Nobody covers: {'you stay' if is_mine else f'{person} stays'} on call"
    return f"{'You are' if is_mine else f'{person} is'} out of office then. {who}."


@requires(SEE)
@require_http_methods(["GET", "HEAD", "POST"])
def absences_of(request: SignedInRequest, pk: int) -> HttpResponse:
    """When somebody is out of office, and the form that adds to it."""
    person = get_object_or_404(User.objects.active().visible_to(request.user), pk=pk)
    if not may_say_absence(person, request.user):
        raise PermissionDenied
    form = absence_form(request, person)

    def save() -> HttpResponse:
        say(request, add(form, person, request.user))
        return redirect("absences", pk=person.pk)

    context = {"title": f"{person}: out of office", "form": form, **coming_absences(person)}
    return process_form(form, save, form_page(request, "schedules/absences.html", context))


@requires(SEE)
@require_POST
def cancel_absence(request: SignedInRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Absence.objects.select_related("user"), pk=pk)
    get_object_or_404(User.objects.visible_to(request.user), pk=row.user_id)
    if not may_say_absence(row.user, request.user):
        raise PermissionDenied
    is_mine = row.user == request.user

    def cancel() -> str:
        absences.cancel_absence(row)
        return f"{'You are' if is_mine else f'{row.user} is'} in the office again."

    url = "my_shifts" if is_mine else redirect("absences", pk=row.user_id).url
    return run_and_redirect(request, cancel, url)
