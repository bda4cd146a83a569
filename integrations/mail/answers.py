"""People answer mails about incidents: ``ack`` or ``resolve`` in the first line.

The address that is answered says to whom the mail went, so that it is they who act; what stands in
From is not believed. It opens nothing, and is stored in no log of messages.
"""

from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from integrations.decoding.mime import parse
from integrations.errors import UnreadableBody
from integrations.mail.auto_replies import is_of_a_person
from integrations.mail.incoming import IncomingMail
from notifications.actions.replies import answer_told
from notifications.models import Notification
from notifications.receipts import Reply
from notifications.reply_addresses import ReplyAddress, read_reply_address

QUOTED = (">", "|")


def is_for_answers(address: str) -> bool:
    """Whether mails to this address are answers: one that the portal has made."""
    return read_reply_address(address) is not None


def take(mail: IncomingMail, address: str) -> bool:
    """Do what an answer asks for, once; whether the address is one for answers.

    What a machine has written, such as that somebody is away, does nothing.
    """
    found = read_reply_address(address)
    if found is None:
        return False
    told, text = _told(found), _text_of(mail)
    if told is not None and text is not None:
        identity = f"{mail.to_request(address).digest}.{found.delivery}"
        reply = Reply(address="", text=text, event_id=identity, in_reply_to=found.delivery)
        answer_told(told, reply)
    return True


def _told(found: ReplyAddress) -> Notification | None:
    """What the answered mail told, for as long as its links are good."""
    since = timezone.now() - timedelta(days=settings.ACTION_LINK_DAYS)
    rows = Notification.objects.filter(
        Q(delivery_id__range=found.deliveries)
        | Q(merged_into__delivery_id__range=found.deliveries),
        Q(user__isnull=False) | Q(facts__has_key="team_contact"),
        channel="email",
        incident=found.incident_id,
        created_at__gt=since,
    )
    return rows.first()


def _text_of(mail: IncomingMail) -> str | None:
    """The first line that a person has written, '' where there is none; None of no answer."""
    try:
        fields = parse(mail.raw)
    except UnreadableBody:
        return None
    if not is_of_a_person(fields, mail.sender):
        return None
    return first_line(fields["text"])


def first_line(text: str) -> str:
    """The first line that is neither quoted nor leads to what is; '' where there is none."""
    lines = (line.strip() for line in text.splitlines())
    own = (line for line in lines if line and not line.startswith(QUOTED))
    return next((line for line in own if not line.endswith(":")), "")
