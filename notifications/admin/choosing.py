"""The page before a form: which channel shall it be?"""

from collections.abc import Mapping
from typing import Any

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode


def choose_channel(
    model_admin: ModelAdmin, request: HttpRequest, channels: Mapping[str, Any]
) -> HttpResponse:
    """Cards, one for each channel, that lead to its form."""
    if not model_admin.has_add_permission(request):
        raise PermissionDenied
    kept = {name: value for name, value in request.GET.dict().items() if name != "channel"}
    if len(channels) == 1:
        return redirect(f"{request.path}?{urlencode({**kept, 'channel': next(iter(channels))})}")
    cards = [
        {
            "label": channel.label,
            "about": _about(channel),
            "query": urlencode({**kept, "channel": key}),
        }
        for key, channel in channels.items()
    ]
    context = {
        **model_admin.admin_site.each_context(request),
        "title": f"Add {model_admin.opts.verbose_name}: which channel?",
        "opts": model_admin.opts,
        "cards": cards,
    }
    return render(request, "notifications/admin_choose_channel.html", context)


def _about(channel: Any) -> str:
    return (channel.__class__.__doc__ or "").partition("\n")[0]
