"""The button of a service that archives it, or takes it back into use."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from incidents.errors import DomainError
from incidents.models import Service
from incidents.views.base import SignedInRequest, requires
from integrations.setup import archiving


@requires("incidents.change_service")
@require_POST
def archive_service(request: SignedInRequest, pk: int) -> HttpResponse:
    """``archived`` is 1 or 0."""
    service = get_object_or_404(Service.objects.visible_to(request.user), pk=pk)
    try:
        if request.POST.get("archived") == "1":
            archiving.archive_service(service.pk)
            messages.success(request, "Archived. Its integrations are disabled.")
        else:
            archiving.unarchive_service(service.pk)
            messages.success(request, "In use again. Enable the integrations that you need.")
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect(service)
