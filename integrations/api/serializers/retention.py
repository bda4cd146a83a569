"""How long what came in is kept, as the API shows and takes it."""

from rest_framework import serializers

from integrations.models import Retention


class RetentionSerializer(serializers.ModelSerializer):
    """Ages in days; 0 keeps for ever."""

    class Meta:
        model = Retention
        fields = ["message_days", "body_days", "alert_days"]
