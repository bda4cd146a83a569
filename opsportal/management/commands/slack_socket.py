"""``manage.py slack_socket``: hears what people do in Slack where Slack cannot reach us."""

from typing import Any

from django.core.management.base import BaseCommand

from escalation.slack.socket_loop import SocketLoop
from opsportal.lib.database_roles import use_role


class Command(BaseCommand):
    help = "Socket Mode: keeps a line to each Slack workspace that has an app-level token."

    def handle(self, *args: Any, **options: Any) -> None:
        use_role("slack_socket")
        SocketLoop().run()
