"""Who may open which page."""

from functools import wraps

from django.contrib.auth.decorators import permission_required
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from integrations.models import ADMINISTER, Integration
from opsportal.lib import pages


def administers(view):
    """Signed in, and entitled to create, change and delete integrations; else 403."""
    return pages.signed_in()(permission_required(ADMINISTER, raise_exception=True)(view))


def changes_one(view):
    """A POST about one integration, which the view gets in place of its number."""

    @wraps(view)
    def inner(request, pk):
        rows = Integration.objects.visible_to(request.user)
        return view(request, get_object_or_404(rows.select_related("service"), pk=pk))

    return administers(require_POST(inner))
