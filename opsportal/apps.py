from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "opsportal"
    verbose_name = "Portal"

    def ready(self) -> None:
        from opsportal import checks  # noqa: F401, PLC0415
