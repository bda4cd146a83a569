"""Every URL that machines post to. All are views of REST framework (``view.InboundView``)."""

from django.urls import include, path

MODULES = (
    "healthchecks",
    "post_alert",
    "events_api",
    "pagerduty_v2",
    "pagerduty_v1",
    "pagerduty_on_calls",
    "alertmanager",
    "chat",
    "goalert",
    "mail_webhook",
    "grafana_oncall",
    "on_call_files",
    "opsgenie.urls",
    "slack_webhook",
    "victorops",
)
urlpatterns = [path("", include(f"integrations.endpoints.{module}")) for module in MODULES]
