"""Addresses of log-in, passwords and sessions. Those of django-allauth that are not here, such as
the sign-up, do not exist."""

from django.urls import path, re_path, reverse_lazy
from django.views.generic import RedirectView

from opsportal.accounts import views

LOGIN = RedirectView.as_view(url=reverse_lazy("admin:login"), query_string=True)
CHANGE = RedirectView.as_view(url=reverse_lazy("account_change_password"))

urlpatterns = [
    # The admin's own pages for the same lead here.
    path("admin/login/", views.LoginView.as_view()),
    path("admin/logout/", views.LogoutView.as_view()),
    path("admin/password_change/", CHANGE),
    path("login/", LOGIN, name="account_login"),
    path("logout/", views.LogoutView.as_view(), name="account_logout"),
    path("reset-password/", views.ResetView.as_view(), name="account_reset_password"),
    path("reset-password/sent/", views.ResetSentView.as_view(), name="account_reset_password_done"),
    path(
        "set-password/done/",
        views.PasswordSetView.as_view(),
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^set-password/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.SetPasswordView.as_view(),
        name="account_reset_password_from_key",
    ),
    path("set-password/<uidb64>/<token>/", views.former_link),
    path("me/password/", views.ChangePasswordView.as_view(), name="account_change_password"),
    path("me/sessions/", views.sessions, name="sessions"),
    path("me/sessions/end-others/", views.end_other_sessions, name="sessions_end_others"),
    path("me/sessions/<int:pk>/end/", views.end_session, name="session_end"),
]
