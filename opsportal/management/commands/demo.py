from typing import Any

from django.core.management.base import BaseCommand

from opsportal.demo import content


class Command(BaseCommand):
    help = "Fills a portal that has no user yet with people, services and incidents to look at."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(content.seed())
