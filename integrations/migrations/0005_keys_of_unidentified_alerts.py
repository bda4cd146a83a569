"""Open alerts without a source name, id or dedup key get the key that their end will have.

All such alerts of a service and source had one key; now their subject is part of it. Those whose
end will not find them close after a day without another message, as new ones do.
"""

import hashlib
import json
import re
from datetime import timedelta

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone

TIME = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?)?"
    r"|\b\d\d?:\d\d:\d\d(?:[.,]\d+)?\b"
)
UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE)


def digest(parts: list[str]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def rekey(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    alerts = apps.get_model("incidents", "Alert").objects.filter(closed_at=None)
    expiry = timezone.now() + timedelta(days=1)
    for alert in alerts.filter(source_name="", source_id="", dedup_key="").iterator():
        if alert.key != digest([alert.source, "", ""]):
            continue
        about = " ".join(UUID.sub("", TIME.sub("", alert.title)).split())
        alert.key = digest(["identity", f"{alert.source}/{digest(['subject', about])}"])
        alert.expires_at = alert.expires_at or expiry
        if not alerts.filter(service_id=alert.service_id, key=alert.key).exists():
            alert.save(update_fields=["key", "expires_at"])


class Migration(migrations.Migration):
    dependencies = [('integrations', '0004_retired_keys'), ("incidents", "0001_initial")]

    operations = [migrations.RunPython(rekey, migrations.RunPython.noop)]
