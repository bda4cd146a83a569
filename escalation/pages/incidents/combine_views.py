"""The page on which incidents are merged, split and linked."""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from escalation.actions import merging
from escalation.pages.incidents.announcements import describe_paging
from escalation.pages.incidents.combine_forms import LinkForm, MergeForm, SplitForm
from incidents import responders
from incidents.actions import links
from incidents.errors import DomainError
from incidents.models import Incident
from incidents.related_incidents import related_incidents
from incidents.views.base import SignedInRequest
from incidents.views.incident import MAX_ALERTS, responding
from incidents.views.incident_edit import respondable
from opsportal.lib import pages

MAX_OFFERED = 30


@pages.signed_in()
@require_safe
def combine(request: SignedInRequest, pk: int) -> HttpResponse:
    row = respondable(request, pk)
    others = Incident.objects.visible_to(request.user).unresolved().exclude(pk=pk).for_list()
    beside = others.filter(service=row.service_id, is_test=row.is_test)
    context = {
        "title": f"Merge, split, link #{row.pk}",
        "incident": row,
        "others": beside.order_by("-pk")[:MAX_OFFERED],
        "alerts": row.alerts.all()[:MAX_ALERTS],
        "related": related_incidents(row, request.user),
        "link_form": LinkForm(viewer=request.user),
    }
    return pages.render_page(request, "escalation/incident_combine.html", context)


@responding
def merge(request: SignedInRequest, row: Incident) -> str:
    form = MergeForm(request.POST, viewer=request.user)
    _require(form)
    others = form.cleaned_data["incidents"]
    _refuse_bystander(request, others)
    ids = [other.pk for other in others]
    reason = form.cleaned_data["reason"]
    merging.merge(row.pk, ids, reason=reason, by=request.user, via="web")
    named = ", ".join(f"#{pk}" for pk in ids)
    return f"{named} {'is' if len(ids) == 1 else 'are'} a part of #{row.pk} now."


@responding
def undo_merge(request: SignedInRequest, row: Incident) -> str:
    _refuse_bystander(
        request, Incident.objects.filter(absorbed__source=row, absorbed__undone_at=None)
    )
    incident = merging.undo_merge(row.pk, by=request.user, via="web")
    if incident.is_open:
        return describe_paging(incident, f"#{row.pk} stands alone again")
    return f"#{row.pk} stands alone again."


@responding
def split(request: SignedInRequest, row: Incident) -> str:
    form = SplitForm(request.POST, incident=row)
    _require(form)
    said = form.cleaned_data
    new = merging.split(
        row.pk,
        [alert.pk for alert in said["alerts"]],
        title=said["title"],
        pages=said["pages"] == "yes",
        by=request.user,
        via="web",
    )
    if new.is_open:
        return describe_paging(new, f"#{new.pk} is open")
    return f"#{new.pk} is open, and yours."


@responding
def link(request: SignedInRequest, row: Incident) -> str:
    form = LinkForm(request.POST, viewer=request.user)
    _require(form)
    other, kind = form.cleaned_data["incident"], form.cleaned_data["kind"]
    links.link(row.pk, other.pk, kind=kind, by=request.user, via="web")
    return f"#{row.pk} and #{other.pk} are linked."


@responding
def unlink(request: SignedInRequest, row: Incident) -> str:
    form = LinkForm({**request.POST.dict(), "kind": "related"}, viewer=request.user)
    _require(form)
    other = form.cleaned_data["incident"]
    links.unlink(row.pk, other.pk, by=request.user, via="web")
    return f"#{row.pk} and #{other.pk} are not linked any more."


def _refuse_bystander(request: SignedInRequest, incidents: Iterable[Incident]) -> None:
    """Raises PermissionDenied where the reader may not act on one of these."""
    for incident in incidents:
        if reason := responders.why_not(request.user, incident):
            raise PermissionDenied(reason)


def _require(form: MergeForm | SplitForm | LinkForm) -> None:
    """Raises DomainError with the first thing that is wrong with the form."""
    if not form.is_valid():
        raise DomainError(next(iter(form.errors.values()))[0])
