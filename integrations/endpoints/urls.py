"""Where machines post to."""

from django.urls import include, path

from integrations.endpoints import views

urlpatterns = [
    path("", include("integrations.endpoints.healthchecks")),
    path("POSTAlert/<str:token>/", views.post_alert),
    path("POSTAlert/<str:token>", views.post_alert),
    path("POSTAlert/<str:token>/<path:name>", views.post_alert, name="post_alert"),
    path("api/integrations/<slug:slug>", views.typed, name="typed"),
    path("api/integrations/<slug:slug>/", views.typed),
    path("api/events", views.events, name="events"),
    path("api/events/", views.events),
    path("v2/enqueue", views.enqueue, name="enqueue"),
    path("v2/enqueue/", views.enqueue),
    path("", include("integrations.endpoints.alertmanager")),
    path("", include("integrations.endpoints.chat")),
    path("", include("integrations.endpoints.goalert")),
    path("", include("integrations.endpoints.mail_webhook")),
    path("", include("integrations.endpoints.grafana_oncall")),
    path("", include("integrations.endpoints.opsgenie.write")),
    path("", include("integrations.endpoints.opsgenie.heartbeats")),
    path("", include("integrations.endpoints.pagerduty_changes")),
    path("", include("integrations.endpoints.pagerduty_v1")),
    path("", include("integrations.endpoints.slack_webhook")),
    path("", include("integrations.endpoints.victorops")),
]
