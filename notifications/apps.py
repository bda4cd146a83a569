from django.apps import AppConfig

from notifications.told_sentences import SENTENCES
from opsportal.lib.sentences import add_sentences


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = "Notifications"

    def ready(self) -> None:
        from django_q.signals import post_spawn  # noqa: PLC0415

        from notifications import send_threads  # noqa: PLC0415

        post_spawn.connect(send_threads.prepare_worker)
        add_sentences(SENTENCES)
