"""How drf-spectacular writes the reference of the API; settings, without Django."""

from typing import Any

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
        "TeamRoleEnum": "incidents.models.TeamRole",
        "NotificationStateEnum": "notifications.models.Notification.State",
        "RunStateEnum": "escalation.models.Run.State",
    },
}
