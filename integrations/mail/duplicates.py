"""Mails that arrive twice: by SMTP retries, a mailbox that is read again, or two transports."""

from collections.abc import Iterable

from integrations.models import InboundMessage

ROUTE = "mail"
Status = InboundMessage.Status


def repeats(rows: Iterable[InboundMessage]) -> dict[int, int]:
    """For each mail that was here before, by its Message-ID and mailbox, which message that was."""
    mails = [row for row in rows if row.route == ROUTE and not row.replay_of_id]
    if not mails:
        return {}
    kept = InboundMessage.objects.filter(
        route=ROUTE, body_digest__in={row.body_digest for row in mails}
    ).exclude(status__in=[Status.FAILED, Status.REJECTED])
    first: dict[tuple[str, str], int] = {}
    mailboxes: dict[int, str] = {}
    for pk, digest, mailbox in kept.order_by("pk").values_list(
        "pk", "body_digest", "integration__mailbox"
    ):
        mailboxes[pk] = mailbox
        first.setdefault((digest, mailbox), pk)
    found = {
        row.pk: first[row.body_digest, mailboxes[row.pk]] for row in mails if row.pk in mailboxes
    }
    return {pk: earlier for pk, earlier in found.items() if earlier < pk}
