"""What the form pages of all apps share: access, form → action → redirect, one action on a row."""

from collections.abc import Callable, Sequence
from functools import partial, wraps
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from incidents.errors import DomainError
from incidents.models import User
from opsportal.lib import pages
from opsportal.lib.encryption import SecretUnreadable

View = Callable[..., HttpResponse]
UNPROCESSABLE = 422


class SignedInRequest(HttpRequest):
    """The request of a page behind :func:`pages.signed_in`, for annotations."""

    user: User


def requires(permission: str) -> Callable[[View], View]:
    """Decorate a page: anonymous users are redirected to the login, others need it or get 403."""

    def decorate(view: View) -> View:
        allowed = permission_required(permission, raise_exception=True)(view)
        return cast(View, pages.signed_in()(allowed))

    return decorate


def requires_of_oneself(entitlement: str) -> Callable[[View], View]:
    """Decorate a page about one's own account: others than its person need nothing of it."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.may_of_oneself(entitlement):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return cast(View, pages.signed_in()(guarded))

    return decorate


def process_form(
    form: forms.BaseForm | Sequence[forms.BaseForm],
    action: Callable[[], HttpResponse],
    show: Callable[..., HttpResponse],
    *,
    refusals: tuple[type[Exception], ...] = (DomainError, SecretUnreadable),
    field: str | None = None,
) -> HttpResponse:
    """Form → action → its redirect, or the form with its errors.

    ``action`` runs when all forms are bound and valid. ``show`` draws the page with a status: 200
    for unbound forms, 422 for errors. A refusal of the action becomes an error of the first form,
    at the field that it names or at ``field``.
    """
    bound = [form] if isinstance(form, forms.BaseForm) else list(form)
    if not bound[0].is_bound:
        return show(status=200)
    # Every form is checked, so that all errors are shown at once.
    if not all([one.is_valid() for one in bound]):  # noqa: C419
        return show(status=UNPROCESSABLE)
    try:
        return action()
    except refusals as refusal:
        add_refusal(bound[0], refusal, field)
    return show(status=UNPROCESSABLE)


def add_refusal(form: forms.BaseForm, refusal: Exception, field: str | None = None) -> None:
    """The refusal at the field that it names (``mailbox: …``), else at ``field`` or above all."""
    name, _, sentence = str(refusal).partition(": ")
    place = name if name in form.fields else field
    text = sentence if place and sentence and name.isidentifier() else str(refusal)
    form.add_error(place, f"{text[:1].upper()}{text[1:]}")


def form_page(
    request: HttpRequest, template: str, context: dict[str, Any]
) -> Callable[..., HttpResponse]:
    """A ``show`` for :func:`process_form`: the template in the layout."""
    return partial(pages.render_page, request, template, context)


class Underway(str):
    """A sentence about what has only begun: it is shown without a tick."""


class Caution(str):
    """A sentence about what was done and did not help: it is shown as a warning."""


LEVELS = {Underway: messages.INFO, Caution: messages.WARNING}


def run_and_redirect(request: HttpRequest, action: Callable[[], str], url: Any) -> HttpResponse:
    """Run the action and redirect. Its sentence, or its refusal, is shown on the next page."""
    try:
        say(request, action())
    except (DomainError, SecretUnreadable) as refusal:
        messages.error(request, str(refusal))
    return redirect(url)


def say(request: HttpRequest, sentence: str) -> None:
    """Show the sentence on the next page: as a success, unless its type says otherwise."""
    messages.add_message(request, LEVELS.get(type(sentence), messages.SUCCESS), str(sentence))
