"""Log-in, log-out, passwords and sessions, on django-allauth."""

from typing import Any

from allauth.account import views
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.http import base36_to_int, int_to_base36, urlsafe_base64_decode
from django.views.decorators.http import require_POST, require_safe
from django.views.generic.base import ContextMixin

from incidents.actions.login_throttle import TooManyAttempts
from incidents.admin.base import user_of
from incidents.views.base import SignedInRequest
from opsportal.lib import pages

TOO_MANY = 429


class InLayout(ContextMixin):
    """What the layout needs beside what django-allauth's views give their templates."""

    request: HttpRequest

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**admin.site.each_context(self.request), **super().get_context_data(**kwargs)}


class LoginView(InLayout, views.LoginView):
    """The log-in of the pages, and of the admin."""

    template_name = "admin/login.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = request.user
        if user.is_authenticated and user.is_staff:
            return HttpResponseRedirect(self.get_authenticated_redirect_url())
        return super().get(request, *args, **kwargs)

    def form_invalid(self, form: Any) -> HttpResponse:
        codes = {error.code for error in form.non_field_errors().as_data()}
        status = TOO_MANY if TooManyAttempts.code in codes else 200
        return self.render_to_response(self.get_context_data(form=form), status=status)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "next": self.get_next_url() or ""}


class LogoutView(InLayout, views.LogoutView):
    template_name = "accounts/logout.html"


class ResetView(InLayout, views.PasswordResetView):
    template_name = "accounts/reset.html"


class ResetSentView(InLayout, views.PasswordResetDoneView):
    template_name = "accounts/reset_sent.html"


class SetPasswordView(InLayout, views.PasswordResetFromKeyView):
    """Behind the links of invitations and resets: each works once."""

    template_name = "accounts/set_password.html"


class PasswordSetView(InLayout, views.PasswordResetFromKeyDoneView):
    template_name = "accounts/password_set.html"


@method_decorator(pages.signed_in(), name="dispatch")
class ChangePasswordView(views.PasswordChangeView):
    template_name = "accounts/change_password.html"
    success_url = reverse_lazy("me")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not user_of(request).has_usable_password():
            messages.warning(request, "You have no password here that could be changed.")
            return redirect("me")
        return super().dispatch(request, *args, **kwargs)

    def get_form(self, form_class: Any = None) -> Any:
        form = super().get_form(form_class)
        form.request = self.request
        return form

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "title": "Change password"}

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        status = 422 if context["form"].errors else 200
        return pages.render_page(self.request, self.template_name, context, status=status)


@require_safe
def former_link(request: HttpRequest, uidb64: str, token: str) -> HttpResponse:
    """Invitations that were mailed before their address changed."""
    try:
        uid = int_to_base36(int(urlsafe_base64_decode(uidb64)))
        base36_to_int(uid)
    except ValueError:
        uid = "0"
    return redirect("account_reset_password_from_key", uidb36=uid, key=token)


@pages.signed_in()
@require_safe
def sessions(request: SignedInRequest) -> HttpResponse:
    """Where one is logged in."""
    rows = UserSession.objects.purge_and_list(request.user)
    rows.sort(key=lambda row: row.last_seen_at, reverse=True)
    context = {"title": "Sessions", "sessions": rows, "has_others": len(rows) > 1}
    return pages.render_page(request, "accounts/sessions.html", context)


@pages.signed_in()
@require_POST
def end_session(request: SignedInRequest, pk: int) -> HttpResponse:
    """End one's own session; the present one ends as a log-out does."""
    row = get_object_or_404(UserSession, pk=pk, user=request.user)
    if row.is_current():
        return LogoutView.as_view()(request)
    row.end()
    messages.success(request, "The session is ended.")
    return redirect("sessions")


@pages.signed_in()
@require_POST
def end_other_sessions(request: SignedInRequest) -> HttpResponse:
    """End all of one's sessions but the present one."""
    for row in UserSession.objects.filter(user=request.user):
        if not row.is_current():
            row.end()
    messages.success(request, "All other sessions are ended.")
    return redirect("sessions")
