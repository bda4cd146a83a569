"""Where machines post to."""

from django.urls import path

from integrations import ingress

urlpatterns = [
    path("POSTAlert/<str:token>/", ingress.post_alert),
    path("POSTAlert/<str:token>", ingress.post_alert),
    path("POSTAlert/<str:token>/<path:name>", ingress.post_alert, name="post_alert"),
    path("api/integrations/<slug:slug>", ingress.typed, name="typed"),
    path("api/integrations/<slug:slug>/", ingress.typed),
    path("api/events", ingress.events, name="events"),
    path("api/events/", ingress.events),
    path("v2/enqueue", ingress.enqueue, name="enqueue"),
    path("v2/enqueue/", ingress.enqueue),
]
