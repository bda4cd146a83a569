"""The addresses of one status page, below /status/<slug>/ or at the root of its own domain."""

from django.urls import path, re_path

from notifications.status_pages.public import subscribing, views

urlpatterns = [
    path("", views.page, name="public_status"),
    path("history/", views.history, name="public_status_history"),
    re_path(r"^incidents/(?P<what>[0-9]{1,18})/$", views.incident, name="public_status_report"),
    re_path(r"^api/v2/(?P<what>[a-z/-]+)\.json$", views.document, name="public_status_json"),
    path("badge.svg", views.badge, name="public_status_badge"),
    path("history.rss", views.rss, name="public_status_rss"),
    path("history.atom", views.atom, name="public_status_atom"),
    path("maintenance.ics", views.calendar, name="public_status_calendar"),
    path("subscribe/", subscribing.subscribe, name="public_status_subscribe"),
    path("confirm/<str:token>/", subscribing.confirm, name="public_status_confirm"),
    path("unsubscribe/<str:token>/", subscribing.unsubscribe, name="public_status_unsubscribe"),
]
