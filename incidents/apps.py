from django.apps import AppConfig

from incidents.told_sentences import SENTENCES
from opsportal.lib.sentences import add_sentences


class IncidentsConfig(AppConfig):
    name = "incidents"
    verbose_name = "Incidents"

    def ready(self) -> None:
        add_sentences(SENTENCES)
