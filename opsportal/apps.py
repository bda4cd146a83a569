from django.apps import AppConfig

from opsportal.lib.django_internals import refuse_odd_charsets


class PortalConfig(AppConfig):
    name = "opsportal"
    verbose_name = "Portal"

    def ready(self) -> None:
        from opsportal import checks  # noqa: F401, PLC0415

        refuse_odd_charsets()
