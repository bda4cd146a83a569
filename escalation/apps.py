from django.apps import AppConfig


class EscalationConfig(AppConfig):
    name = "escalation"
    verbose_name = "Escalation"

    def ready(self) -> None:
        from escalation import incident_hooks, receivers  # noqa: F401, PLC0415
        from escalation.slack import requests  # noqa: F401, PLC0415
        from escalation.workflows import outcomes, triggers  # noqa: F401, PLC0415
