"""Mail accounts."""

from typing import Any

from django.db.models import QuerySet

from incidents.api.viewsets import ConfigRows
from integrations.api.serializers.mail import MailAccountSerializer
from integrations.mail import store
from integrations.models import ADMINISTER, MailAccount


class MailAccountViewSet(ConfigRows):
    """Mailboxes elsewhere that are polled by IMAP for new mails."""

    queryset = MailAccount.objects.none()
    serializer_class = MailAccountSerializer
    filterset_fields = ["name", "is_enabled"]
    search_fields = ["name", "host", "username"]
    ordering_fields = ["name", "id"]
    ordering = "name"
    entitlements = {"": ADMINISTER}

    def get_queryset(self) -> QuerySet[Any]:
        rows = MailAccount.objects.all()
        return rows if self.me.has_perm(ADMINISTER) else rows.none()

    def save(self, row: Any, fields: dict[str, Any]) -> Any:
        account = row or MailAccount()
        for name, value in fields.items():
            setattr(account, name, value)
        return store.save_account(account)

    def perform_destroy(self, instance: Any) -> None:
        store.delete_account(instance.pk)
