"""Every address of the REST API, on one screen."""

from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from escalation.api.call_routes import CallRouteViewSet
from escalation.api.coverage import CoverageViewSet
from escalation.api.covers import CoverRequestViewSet
from escalation.api.drills import DrillViewSet
from escalation.api.feeds import FeedViewSet
from escalation.api.hand_overs import HandOverViewSet
from escalation.api.incident_templates import IncidentTemplateViewSet
from escalation.api.incidents import IncidentViewSet
from escalation.api.on_call import OnCallViewSet
from escalation.api.on_call_settings import OnCallSettingsView
from escalation.api.policies import PlayViewSet, PolicyViewSet, RoundRobinViewSet
from escalation.api.schedules import AbsenceViewSet, OverrideViewSet, ScheduleViewSet
from escalation.api.slack_groups import SlackUserGroupViewSet
from escalation.api.teams import TeamWithScheduleViewSet
from escalation.api.workflows import WorkflowViewSet
from incidents.api.bridges import ConferenceBridgeViewSet
from incidents.api.changes import ChangeViewSet
from incidents.api.custom_fields import CustomFieldViewSet
from incidents.api.incidents import AlertViewSet
from incidents.api.keys import KeyViewSet
from incidents.api.people import RoleViewSet
from incidents.api.topics import TopicViewSet
from integrations.api.chat import ChatIdentityViewSet
from integrations.api.integrations import IntegrationViewSet
from integrations.api.mail import MailAccountViewSet
from integrations.api.messages import MessageViewSet
from integrations.api.opt_outs import OptOutsView
from integrations.api.retention import RetentionView
from integrations.api.services import ServiceViewSet
from integrations.api.templates import TemplateViewSet
from integrations.api.windows import WindowViewSet
from notifications.api.channels import CatchAllView, SharedChannelViewSet
from notifications.api.contacts import (
    ContactMethodViewSet,
    NotificationViewSet,
    RuleViewSet,
    UserViewSet,
)
from notifications.api.me import MeView
from notifications.api.message_templates import MessageTemplateViewSet
from notifications.api.outbound import (
    OutboundDeliveryViewSet,
    OutboundServiceViewSet,
    TicketViewSet,
)
from notifications.api.providers import ProviderViewSet
from notifications.api.status_pages import StatusPageViewSet, StatusReportViewSet
from opsportal.api import schema
from opsportal.api.docs import DocsView, SchemaView
from opsportal.api.history import HistoryViewSet
from opsportal.api.not_found import missing
from opsportal.api.root import RootView

__all__ = ["schema", "urlpatterns"]

router = SimpleRouter()
router.register("services", ServiceViewSet, "api-service")
router.register("integrations", IntegrationViewSet, "api-integration")
router.register("maintenance-windows", WindowViewSet, "api-window")
router.register("mail-accounts", MailAccountViewSet, "api-mail-account")
router.register("chat-identities", ChatIdentityViewSet, "api-chat-identity")
router.register("inbound-messages", MessageViewSet, "api-message")
router.register("templates", TemplateViewSet, "api-template")
router.register("incidents", IncidentViewSet, "api-incident")
router.register("alerts", AlertViewSet, "api-alert")
router.register("changes", ChangeViewSet, "api-change")
router.register("notifications", NotificationViewSet, "api-notification")
router.register("policies", PolicyViewSet, "api-policy")
router.register("workflows", WorkflowViewSet, "api-workflow")
router.register("plays", PlayViewSet, "api-play")
router.register("round-robins", RoundRobinViewSet, "api-round-robin")
router.register("drills", DrillViewSet, "api-drill")
router.register("schedules", ScheduleViewSet, "api-schedule")
router.register("overrides", OverrideViewSet, "api-override")
router.register("absences", AbsenceViewSet, "api-absence")
router.register("cover-requests", CoverRequestViewSet, "api-cover-request")
router.register("coverage", CoverageViewSet, "api-coverage")
router.register("feeds", FeedViewSet, "api-feed")
router.register("hand-overs", HandOverViewSet, "api-hand-over")
router.register("slack-user-groups", SlackUserGroupViewSet, "api-slack-user-group")
router.register("users", UserViewSet, "api-user")
router.register("roles", RoleViewSet, "api-role")
router.register("teams", TeamWithScheduleViewSet, "api-team")
router.register("incident-templates", IncidentTemplateViewSet, "api-incident-template")
router.register("custom-fields", CustomFieldViewSet, "api-custom-field")
router.register("topics", TopicViewSet, "api-topic")
router.register("conference-bridges", ConferenceBridgeViewSet, "api-bridge")
router.register("contact-methods", ContactMethodViewSet, "api-contact-method")
router.register("notification-rules", RuleViewSet, "api-rule")
router.register("providers", ProviderViewSet, "api-provider")
router.register("message-templates", MessageTemplateViewSet, "api-message-template")
router.register("call-routes", CallRouteViewSet, "api-call-route")
router.register("shared-channels", SharedChannelViewSet, "api-shared-channel")
router.register("outbound-services", OutboundServiceViewSet, "api-outbound-service")
router.register("outbound-deliveries", OutboundDeliveryViewSet, "api-outbound-delivery")
router.register("tickets", TicketViewSet, "api-ticket")
router.register("status-pages", StatusPageViewSet, "api-status-page")
router.register("status-reports", StatusReportViewSet, "api-status-report")
router.register("history", HistoryViewSet, "api-history")
router.register("api-keys", KeyViewSet, "api-key")

SINGLES = {
    "catch-all": "api-catch-all",
    "me": "api-me",
    "oncall": "api-oncall",
    "on-call-settings": "api-on-call-settings",
    "opt-outs": "api-opt-outs",
    "retention": "api-retention",
}
lists = {prefix: f"{name}-list" for prefix, _, name in router.registry}
v1 = [
    path("", RootView.as_view(api_root_dict=lists | SINGLES)),
    *router.urls,
    path("catch-all/", CatchAllView.as_view(), name="api-catch-all"),
    path("oncall/", OnCallViewSet.as_view({"get": "list"}), name="api-oncall"),
    path("on-call-settings/", OnCallSettingsView.as_view(), name="api-on-call-settings"),
    path("opt-outs/", OptOutsView.as_view(), name="api-opt-outs"),
    path("retention/", RetentionView.as_view(), name="api-retention"),
    path("me/", MeView.as_view(), name="api-me"),
    re_path("", missing),
]
urlpatterns = [
    path("api/v1/", include(v1)),
    path("api/schema/", SchemaView.as_view(), name="api-schema"),
    path("api/docs/", DocsView.as_view(url_name="api-schema"), name="api-docs"),
]
