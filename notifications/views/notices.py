"""Which shared channels hear of a service."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from incidents.models import Service
from notifications.actions import settings
from notifications.forms import NoticeForm
from opsportal.lib import pages


@pages.signed_in()
@permission_required("incidents.change_service", raise_exception=True)
@require_POST
def set_service_notification_settings(request, pk):
    service = get_object_or_404(Service.objects.visible_to(request.user), pk=pk)
    form = NoticeForm(request.POST)
    if form.is_valid():
        settings.set_notification_settings(service, **form.cleaned_data)
        messages.success(request, f"The shared channels of {service} are changed.")
    else:
        messages.error(request, "There is no such shared channel.")
    return redirect(f"{service.get_absolute_url()}?tab=settings")
