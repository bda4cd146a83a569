"""Every address of the REST API, on one screen."""

from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from escalation.api.incidents import IncidentViewSet
from escalation.api.policies import PlayViewSet, PolicyViewSet
from escalation.api.schedules import AbsenceViewSet, OverrideViewSet, ScheduleViewSet
from incidents.api.bridges import ConferenceBridgeViewSet
from incidents.api.changes import ChangeViewSet
from incidents.api.incidents import AlertViewSet
from incidents.api.keys import KeyViewSet
from incidents.api.people import RoleViewSet, TeamViewSet
from integrations.api.chat import ChatIdentityViewSet
from integrations.api.integrations import IntegrationViewSet
from integrations.api.mail import MailAccountViewSet
from integrations.api.messages import MessageViewSet
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
from opsportal.api import schema
from opsportal.api.docs import DocsView, SchemaView
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
router.register("plays", PlayViewSet, "api-play")
router.register("schedules", ScheduleViewSet, "api-schedule")
router.register("overrides", OverrideViewSet, "api-override")
router.register("absences", AbsenceViewSet, "api-absence")
router.register("users", UserViewSet, "api-user")
router.register("roles", RoleViewSet, "api-role")
router.register("teams", TeamViewSet, "api-team")
router.register("conference-bridges", ConferenceBridgeViewSet, "api-bridge")
router.register("contact-methods", ContactMethodViewSet, "api-contact-method")
router.register("notification-rules", RuleViewSet, "api-rule")
router.register("shared-channels", SharedChannelViewSet, "api-shared-channel")
router.register("api-keys", KeyViewSet, "api-key")

SINGLES = {"catch-all": "api-catch-all", "me": "api-me", "retention": "api-retention"}
lists = {prefix: f"{name}-list" for prefix, _, name in router.registry}
v1 = [
    path("", RootView.as_view(api_root_dict=lists | SINGLES)),
    *router.urls,
    path("catch-all/", CatchAllView.as_view(), name="api-catch-all"),
    path("retention/", RetentionView.as_view(), name="api-retention"),
    path("me/", MeView.as_view(), name="api-me"),
    re_path("", missing),
]
urlpatterns = [
    path("api/v1/", include(v1)),
    path("api/schema/", SchemaView.as_view(), name="api-schema"),
    path("api/docs/", DocsView.as_view(url_name="api-schema"), name="api-docs"),
]
