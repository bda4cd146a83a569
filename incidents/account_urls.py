"""Where an invited person sets a password; no login is needed, the link is the proof."""

from django.contrib.auth import views
from django.urls import path

urlpatterns = [
    path(
        "set-password/<uidb64>/<token>/",
        views.PasswordResetConfirmView.as_view(),
        name="password_reset_confirm",
    ),
    path(
        "set-password/done/",
        views.PasswordResetCompleteView.as_view(),
        name="password_reset_complete",
    ),
]
