"""The page before a form: which channel shall it be?"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode


def choose_channel(
    model_admin: ModelAdmin,
    request: HttpRequest,
    channels: Mapping[str, Any],
    *,
    title: str,
    parameter: str = "channel",
    crumbs: Sequence[tuple[str, str]] = (),
) -> HttpResponse:
    """Cards, one for each channel or provider, that lead to its form by a parameter; ``crumbs``
    are the label and address of each page above."""
    if not model_admin.has_add_permission(request):
        raise PermissionDenied
    kept = {name: value for name, value in request.GET.dict().items() if name != parameter}
    if len(channels) == 1:
        return redirect(f"{request.path}?{urlencode({**kept, parameter: next(iter(channels))})}")
    cards = [
        {
            "label": channel.label,
            "about": _about(channel),
            "query": urlencode({**kept, parameter: key}),
        }
        for key, channel in channels.items()
    ]
    context = {
        **model_admin.admin_site.each_context(request),
        "title": title,
        "opts": model_admin.opts,
        "cards": cards,
        "crumbs": crumbs,
    }
    return render(request, "notifications/admin_choose_channel.html", context)


def _about(channel: Any) -> str:
    return getattr(channel, "about", "") or (channel.__class__.__doc__ or "").partition("\n")[0]
