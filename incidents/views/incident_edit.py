"""The incident of an address, for who may act on it."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from incidents import responders
from incidents.models import Incident
from incidents.views.base import SignedInRequest


def respondable(request: SignedInRequest, pk: int) -> Incident:
    """The incident of an address, for who may act on it: 404 or 403 for others."""
    row = get_object_or_404(Incident.objects.visible_to(request.user).for_list(), pk=pk)
    if reason := responders.why_not(request.user, row):
        raise PermissionDenied(reason)
    return row
