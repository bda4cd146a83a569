"""Services that are operated no more: their history stays, and nothing new is opened for them."""

from django.db import transaction
from django.utils import timezone

from incidents.errors import HasOpenIncidents, ServiceArchived
from incidents.models import Incident, Service


def require_active(service: Service) -> None:
    """Raises ServiceArchived, also where it was archived since it was read, until the end of the
    transaction."""
    rows = Service.objects.active().select_for_update(no_key=True, of=("self",))
    if not rows.filter(pk=service.pk).exists():
        raise ServiceArchived(f"The service {service} is archived.")


@transaction.atomic
def archive(service_id: int) -> Service:
    """Archive it. Doing it twice changes nothing. Raises HasOpenIncidents."""
    service = _locked(service_id)
    if service.archived_at is None:
        if Incident.objects.unresolved().filter(service=service).exists():
            raise HasOpenIncidents(f"Resolve the incidents of {service} that are still open first.")
        service.archived_at = timezone.now()
        service.save(update_fields=["archived_at"])
    return service


@transaction.atomic
def unarchive(service_id: int) -> Service:
    """Take it back into use. Doing it twice changes nothing."""
    service = _locked(service_id)
    service.archived_at = None
    service.save(update_fields=["archived_at"])
    return service


def _locked(service_id: int) -> Service:
    return Service.objects.select_for_update(no_key=True).get(pk=service_id)
