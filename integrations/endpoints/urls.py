"""Where machines post to."""

from django.urls import include, path

from integrations import ingress

urlpatterns = [
    path("", include("integrations.routes.heartbeats")),
    path("POSTAlert/<str:token>/", ingress.post_alert),
    path("POSTAlert/<str:token>", ingress.post_alert),
    path("POSTAlert/<str:token>/<path:name>", ingress.post_alert, name="post_alert"),
    path("api/integrations/<slug:slug>", ingress.typed, name="typed"),
    path("api/integrations/<slug:slug>/", ingress.typed),
    path("api/events", ingress.events, name="events"),
    path("api/events/", ingress.events),
    path("v2/enqueue", ingress.enqueue, name="enqueue"),
    path("v2/enqueue/", ingress.enqueue),
    path("", include("integrations.routes.alertmanager_api")),
    path("", include("integrations.routes.chat")),
    path("", include("integrations.routes.goalert")),
    path("", include("integrations.routes.mail")),
    path("", include("integrations.routes.oncall")),
    path("", include("integrations.routes.opsgenie")),
    path("", include("integrations.routes.opsgenie_heartbeats")),
    path("", include("integrations.routes.pagerduty_changes")),
    path("", include("integrations.routes.pagerduty_v1")),
    path("", include("integrations.routes.slack_hook")),
    path("", include("integrations.routes.victorops")),
]
