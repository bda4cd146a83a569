"""How lists of tickets and deliveries are narrowed."""

import django_filters as filters

from incidents.filter_types import StrictFilterSet
from notifications.models import OutboundDelivery, OutboundService, Ticket


class TicketFilter(StrictFilterSet):
    """``outbound_service`` is not the service of the incident."""

    outbound_service = filters.ModelChoiceFilter(
        field_name="service", queryset=OutboundService.objects.all()
    )

    class Meta:
        model = Ticket
        fields = ["incident", "outbound_service", "state", "key"]


class DeliveryFilter(StrictFilterSet):
    """The same of deliveries."""

    outbound_service = filters.ModelChoiceFilter(
        field_name="service", queryset=OutboundService.objects.all()
    )

    class Meta:
        model = OutboundDelivery
        fields = ["incident", "outbound_service", "state", "operation"]
