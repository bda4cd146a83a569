"""``manage.py chat_poller``: asks chats for answers, where they do not reach the portal."""

from typing import Any

from django.core.management.base import BaseCommand

from opsportal.lib.database_roles import use_role
from opsportal.runtime.chat_poller import ChatPoller


class Command(BaseCommand):
    help = "Asks providers that are set up so, such as Telegram, for what people answered."

    def handle(self, *args: Any, **options: Any) -> None:
        use_role("chat_poller")
        ChatPoller().run()
