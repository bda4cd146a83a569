from django.apps import AppConfig


class EscalationConfig(AppConfig):
    name = "escalation"
    verbose_name = "Escalation"

    def ready(self) -> None:
        from escalation import (  # noqa: PLC0415
            acknowledgements,  # noqa: F401
            receivers,  # noqa: F401
            snooze_choices,  # noqa: F401
            support_holidays,  # noqa: F401
        )
        from escalation.workflows import outcomes, triggers  # noqa: F401, PLC0415
