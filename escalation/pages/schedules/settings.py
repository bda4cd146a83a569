"""What a schedule does besides saying who is on call."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from escalation.actions.weekly_mails import change_settings
from escalation.models import Schedule
from escalation.pages.schedules.calendar_layers import is_old
from escalation.pages.schedules.forms import ScheduleSettingsForm
from incidents.views.base import SignedInRequest, form_page, process_form, requires, say
from notifications.models.provider import CHANGE as CHANGE_WORKSPACES

SEE = "escalation.view_schedule"


@requires(SEE)
@require_http_methods(["GET", "HEAD", "POST"])
def schedule_settings(request: SignedInRequest, pk: int) -> HttpResponse:
    """Its holidays, its weekly mail, where its hand-overs are told, and what follows it."""
    row = get_object_or_404(Schedule.objects.changeable_by(request.user), pk=pk)
    form = ScheduleSettingsForm(request.POST or None, instance=row)

    def save() -> HttpResponse:
        change_settings(row, now=timezone.now(), **form.columns)
        say(request, f"The settings of {row} are changed.")
        return redirect(row)

    used = row.calendars.in_force()
    context = {
        "title": "Settings",
        "schedule": row,
        "form": form,
        "calendars": [(one, is_old(one)) for one in used],
        "slack_groups": row.slack_groups.select_related("provider"),
        "may_choose_groups": request.user.has_perm(CHANGE_WORKSPACES),
    }
    return process_form(form, save, form_page(request, "schedules/settings.html", context))
