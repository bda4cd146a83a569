"""``manage.py scheduler``: the cluster `timers` alone. Any number may run; one of them leads."""

from typing import Any

from django.core.management.base import BaseCommand

from opsportal.runtime import services


class Command(BaseCommand):
    help = "Finds what is due and takes the escalation steps, as Django-Q's cluster `timers`."

    def handle(self, *args: Any, **options: Any) -> None:
        services.scheduler()
