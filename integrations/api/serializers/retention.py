"""How long what came in is kept, as the API shows and takes it."""

from incidents.references import StrictModel
from integrations.models import Retention


class RetentionSerializer(StrictModel):
    """Ages in days; 0 keeps for ever."""

    class Meta:
        model = Retention
        fields = ["message_days", "body_days", "alert_days", "audit_days"]
