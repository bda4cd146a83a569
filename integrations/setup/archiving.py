"""Archive a service with its integrations."""

from django.db import transaction

from incidents.actions import archiving
from incidents.errors import HasOpenIncidents
from incidents.models import Service
from integrations.models import InboundMessage, Integration
from integrations.setup.integrations import set_enabled


@transaction.atomic
def archive_service(service_id: int) -> Service:
    """Archive it and disable its integrations, which stay so when it is taken back into use.

    Raises HasOpenIncidents.
    """
    service = archiving.archive(service_id)
    if InboundMessage.objects.pending().filter(integration__service=service).exists():
        raise HasOpenIncidents(f"Messages of {service} are still waiting. Try again in a moment.")
    enabled = Integration.objects.filter(service=service, is_enabled=True)
    for integration_id in list(enabled.values_list("pk", flat=True)):
        set_enabled(integration_id, False)
    return service


def unarchive_service(service_id: int) -> Service:
    """Take it back into use; its integrations are enabled one by one, as they are needed."""
    return archiving.unarchive(service_id)
