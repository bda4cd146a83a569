"""User groups of Slack that follow a schedule: chosen, and let go."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST

from escalation.actions.slack_groups import SLACK, add_group, groups_in
from escalation.models import Schedule, SlackUserGroup
from incidents.errors import DomainError
from incidents.views.base import SignedInRequest, form_page, process_form, requires, say
from notifications.models import Provider
from notifications.models.provider import CHANGE
from notifications.providers._slack_app import SlackGroup
from opsportal.lib.pages import parse_id


class GroupForm(forms.ModelForm):  # type: ignore[type-arg]
    """A user group by its ID."""

    class Meta:
        model = SlackUserGroup
        fields = ["provider", "group_id"]
        help_texts = {"provider": "In which the group is. Its app needs usergroups:write."}

    def __init__(self, *args: Any, workspaces: QuerySet[Provider], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["provider"]
        field.queryset = workspaces  # type: ignore[attr-defined]
        field.initial = workspaces.first()


@requires(CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def slack_groups(request: SignedInRequest, pk: int) -> HttpResponse:
    """Only for who may change workspaces: a group of any team could be chosen."""
    schedule = get_object_or_404(Schedule.objects.changeable_by(request.user), pk=pk)
    workspaces = Provider.objects.filter(channel=SLACK, is_enabled=True)
    form = GroupForm(request.POST or None, workspaces=workspaces)
    listed = _listed(request, workspaces)

    def follow() -> HttpResponse:
        chosen = form.cleaned_data
        group_id, provider = chosen["group_id"], chosen["provider"]
        row = add_group(schedule, provider, group_id, handle=_handle(provider, group_id))
        say(request, f"{row} follows {schedule} from now on, within seconds.")
        return redirect("slack_groups", schedule.pk)

    context = {
        "title": "Slack user groups",
        "schedule": schedule,
        "form": form,
        "workspaces": workspaces,
        "slack_groups": schedule.slack_groups.select_related("provider"),
        "may_choose_groups": True,
        **listed,
    }
    return process_form(form, follow, form_page(request, "schedules/slack_groups.html", context))


def _listed(request: SignedInRequest, workspaces: QuerySet[Provider]) -> dict[str, Any]:
    """The groups of a workspace where they are asked for."""
    number = parse_id(request.GET.get("workspace"))
    workspace = workspaces.filter(pk=number).first() if number else None
    if workspace is None or request.method == "POST":
        return {}
    try:
        return {"workspace": workspace, "found": groups_in(workspace)}
    except DomainError as problem:
        return {"workspace": workspace, "problem": str(problem)}


def _handle(provider: Provider, group_id: str) -> str:
    """As Slack calls it; '' where it does not say so."""
    try:
        found: dict[str, SlackGroup] = {one.id: one for one in groups_in(provider)}
    except DomainError:
        return ""
    return found[group_id].handle if group_id in found else ""


@requires(CHANGE)
@require_POST
def remove(request: SignedInRequest, pk: int) -> HttpResponse:
    """It keeps whom it has."""
    mine = Schedule.objects.changeable_by(request.user)
    row = get_object_or_404(SlackUserGroup.objects.filter(schedule__in=mine), pk=pk)
    row.delete()
    say(request, f"{row} does not follow {row.schedule} any more, and keeps whom it has.")
    return redirect("slack_groups", row.schedule_id)
