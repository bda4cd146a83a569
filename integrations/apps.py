from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "integrations"
    verbose_name = "Integrations"

    def ready(self) -> None:
        from integrations import checks  # noqa: F401, PLC0415
        from integrations.maintenance import hand_overs  # noqa: F401, PLC0415
        from integrations.setup import policy_uses  # noqa: F401, PLC0415
