from django.apps import AppConfig

from escalation.told_sentences import SENTENCES
from opsportal.lib.sentences import add_sentences


class EscalationConfig(AppConfig):
    name = "escalation"
    verbose_name = "Escalation"

    def ready(self) -> None:
        from escalation import incident_hooks, receivers  # noqa: F401, PLC0415
        from escalation.slack import requests  # noqa: F401, PLC0415
        from escalation.workflows import outcomes, triggers  # noqa: F401, PLC0415

        add_sentences(SENTENCES)
