"""The URLs of Opsgenie's API."""

from django.urls import re_path

from integrations.endpoints.opsgenie.heartbeats import HeartbeatView, PingView
from integrations.endpoints.opsgenie.on_calls import (
    AllOnCallsView,
    NextOnCallsView,
    OnCallsView,
    TimelineView,
)
from integrations.endpoints.opsgenie.read import CountView, RequestView
from integrations.endpoints.opsgenie.write import ACTIONS, ActionView, AlertsView, AlertView
from integrations.endpoints.routing import routes

urlpatterns = [
    re_path(r"^v2/alerts/?$", AlertsView.as_view(), name="opsgenie_alerts"),
    re_path(r"^v2/alerts/count/?$", CountView.as_view()),
    re_path(r"^v2/alerts/requests/(?P<request_id>[^/]+)/?$", RequestView.as_view()),
    re_path(rf"^v2/alerts/(?P<identifier>.+)/(?P<action>{ACTIONS})/?$", ActionView.as_view()),
    re_path(r"^v2/alerts/(?P<identifier>.+?)/?$", AlertView.as_view()),
    *routes("v2/schedules/on-calls", AllOnCallsView),
    *routes("v2/schedules/<str:identifier>/on-calls", OnCallsView),
    *routes("v2/schedules/<str:identifier>/next-on-calls", NextOnCallsView),
    *routes("v2/schedules/<str:identifier>/timeline", TimelineView),
    *routes("v2/heartbeats/<str:name>/ping", PingView),
    *routes("v2/heartbeats/<str:name>", HeartbeatView),
]
