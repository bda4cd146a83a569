"""The shared channels that are notified of the incidents of a service."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from incidents.models import Service
from incidents.views.base import SignedInRequest, requires
from notifications.actions import settings
from notifications.forms import NoticeForm


@requires("incidents.change_service")
@require_POST
def set_service_notification_settings(request: SignedInRequest, pk: int) -> HttpResponse:
    service = get_object_or_404(Service.objects.visible_to(request.user), pk=pk)
    form = NoticeForm(request.POST)
    if form.is_valid():
        settings.set_notification_settings(service, **form.cleaned_data)
        messages.success(request, f"The notifications of {service} are changed.")
    else:
        messages.error(request, "There is no such channel.")
    return redirect(f"{service.get_absolute_url()}?tab=settings#notifications")
