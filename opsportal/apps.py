from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate

from opsportal.lib.django_internals import refuse_odd_charsets


class PortalConfig(AppConfig):
    name = "opsportal"
    verbose_name = "Portal"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in  # noqa: PLC0415

        from opsportal import checks  # noqa: F401, PLC0415
        from opsportal.accounts import sessions  # noqa: PLC0415
        from opsportal.audit.tracked import track  # noqa: PLC0415
        from opsportal.runtime import encryption_key  # noqa: PLC0415
        from opsportal.runtime.outage import outage  # noqa: PLC0415

        connection_created.connect(encryption_key.check_connection)
        connection_created.connect(outage.end)
        post_migrate.connect(encryption_key.keep_canary, sender=self)
        refuse_odd_charsets()
        track()
        user_logged_in.connect(sessions.stamp)
