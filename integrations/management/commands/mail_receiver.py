"""``manage.py mail_receiver``: takes mails by SMTP, and looks into mailboxes by IMAP."""

import asyncio
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations.mail.mail_receiver import MailReceiver
from opsportal.lib.database_roles import use_role


class Command(BaseCommand):
    help = "Takes mails in: an SMTP receiver (INBOUND_SMTP), and mail accounts that are polled."

    def handle(self, *args: Any, **options: Any) -> None:
        use_role("mail_receiver")
        try:
            asyncio.run(self.serve())
        except OSError as error:
            raise CommandError(f"The SMTP receiver cannot listen: {error}") from error

    async def serve(self) -> None:
        await MailReceiver().run()
