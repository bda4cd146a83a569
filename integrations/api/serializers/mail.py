"""Mail accounts, as the API shows and takes them."""

from typing import Any

from rest_framework import serializers

from incidents.errors import InvalidRequest
from incidents.references import StrictModel, UnreadableSecretsField
from integrations.mail import addresses
from integrations.models import MailAccount
from opsportal.lib.encryption import UNREADABLE_TEXT, readable


class MailAccountSerializer(StrictModel):
    """A mailbox that is polled by IMAP. The password is never shown; left out, it stays."""

    password = serializers.CharField(write_only=True, max_length=500, required=False)
    has_password = serializers.SerializerMethodField()
    unreadable_secrets = UnreadableSecretsField()

    class Meta:
        model = MailAccount
        fields = [
            "id",
            "name",
            "host",
            "port",
            "security",
            "username",
            "password",
            "has_password",
            "unreadable_secrets",
            "folder",
            "mailbox",
            "every_seconds",
            "is_enabled",
            "last_polled_at",
            "last_error",
        ]
        read_only_fields = ["last_polled_at", "last_error"]
        extra_kwargs = {"every_seconds": {"min_value": 10}}

    def validate_mailbox(self, text: str) -> str:
        try:
            return addresses.checked(text) if text else ""
        except InvalidRequest as error:
            raise serializers.ValidationError(str(error)) from error

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if self.instance is None and not attrs.get("password"):
            raise serializers.ValidationError({"password": ["This field is required."]})
        return attrs

    def get_has_password(self, account: MailAccount) -> bool:
        return bool(readable(account, "password", UNREADABLE_TEXT))
