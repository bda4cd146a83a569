"""How the REST API answers, and how its reference is written; settings, without Django."""

from typing import Any

REST_FRAMEWORK: dict[str, Any] = {
    # The first one says in WWW-Authenticate how to come in; a session does as well.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "incidents.authentication.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "incidents.permissions.MayOpenPortal",
        "incidents.permissions.HasScope",
        "incidents.permissions.HasEntitlement",
    ],
    "DEFAULT_PARSER_CLASSES": ["opsportal.api.parsers.JsonParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "opsportal.api.pagination.CursorPages",
    "DEFAULT_FILTER_BACKENDS": [
        "opsportal.api.filter_backends.Filter",
        "opsportal.api.filter_backends.Search",
        "opsportal.api.filter_backends.Ordering",
    ],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "opsportal.api.errors.handle",
    # There is one format: ``format`` is a parameter that nobody knows.
    "URL_FORMAT_OVERRIDE": None,
}

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "OpsPortal",
    "DESCRIPTION": "Everything that the portal shows and does, for scripts. See docs/api.md.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "GET_LIB_DOC_EXCLUDES": "opsportal.api.schema.base_classes",
    "SORT_OPERATIONS": False,
    # Served from the portal itself: no address outside is asked for anything.
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"docExpansion": "none", "filter": True},
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "opsportal.api.schema.with_errors",
        "opsportal.api.schema.with_idempotency_keys",
        "integrations.endpoints.schema.with_security_schemes",
        "opsportal.api.schema.with_sorted_methods",
    ],
    "ENUM_NAME_OVERRIDES": {
        "IncidentStatusEnum": "incidents.models.Incident.Status",
        "MessageStatusEnum": "integrations.models.InboundMessage.Status",
        "TestAudienceEnum": "integrations.models.InboundMessage.TestAudience",
        "SeverityEnum": "incidents.models.Severity",
        "UrgencyEnum": "incidents.models.Urgency",
        "PlainUrgencyRuleEnum": "incidents.models.service.PLAIN_RULES",
        "PriorityEnum": "incidents.models.Incident.Priority",
        "DayEnum": "opsportal.lib.weekly_hours.DAYS",
        "TeamRoleEnum": "incidents.models.TeamRole",
        "NotificationStateEnum": "notifications.models.Notification.State",
        "FeedKindEnum": "escalation.choices.FeedKind",
        "RunStateEnum": "escalation.models.Run.State",
        "StatusReportKindEnum": "notifications.choices.ReportKind",
        "StatusReportStateEnum": "notifications.choices.ReportState",
        "StatusReportImpactEnum": "notifications.choices.ReportImpact",
        "ComponentStatusEnum": "notifications.choices.ComponentStatus",
        "TemplateKindEnum": "notifications.choices.TemplateKind",
        "MessageLanguageEnum": "opsportal.lib.languages.Language",
    },
}
