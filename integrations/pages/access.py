"""Access to the pages of integrations."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from incidents.views.base import SignedInRequest, View, requires
from integrations.models import ADMINISTER, Integration

IntegrationView = Callable[[SignedInRequest, Integration], HttpResponse]

# Decorates a page: signed in, and entitled to create, change and delete integrations; else 403.
administers: Callable[[View], View] = requires(ADMINISTER)


def changes_one(view: IntegrationView) -> View:
    """A POST about one integration; the view gets the row in place of its number, or 404."""

    @wraps(view)
    def inner(request: SignedInRequest, pk: int) -> HttpResponse:
        rows = Integration.objects.visible_to(request.user)
        return view(request, get_object_or_404(rows.select_related("service"), pk=pk))

    return administers(require_POST(inner))
