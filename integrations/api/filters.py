"""What lists of integrations and messages can be narrowed to."""

import django_filters as filters
from django.db.models import QuerySet

from incidents.filter_types import NumberInFilter, StrictFilterSet, TimeFilter
from integrations.catalog import find
from integrations.models import InboundMessage, Integration


class IntegrationFilter(StrictFilterSet):
    template = filters.CharFilter(
        method="by_template", label="A template by id or name, or a type such as UPTIME_KUMA."
    )
    service = NumberInFilter(label="Services, by id, separated by commas.")
    policy = NumberInFilter(label="Policies, by id.")

    class Meta:
        model = Integration
        fields = ["name", "is_enabled", "kind", "public_id"]

    def by_template(
        self, queryset: QuerySet[Integration], name: str, value: str
    ) -> QuerySet[Integration]:
        known = find(value)
        return queryset.filter(template=known.slug if known else value)


class MessageFilter(StrictFilterSet):
    status = filters.MultipleChoiceFilter(choices=InboundMessage.Status.choices)
    action = filters.MultipleChoiceFilter(choices=InboundMessage.Action.choices)
    integration = NumberInFilter(label="Integrations, by id, separated by commas.")
    service = NumberInFilter(label="Services, by id.")
    incident = NumberInFilter(label="Incidents, by number.")
    alert = NumberInFilter(label="Alerts, by id.")
    received_after = TimeFilter(field_name="received_at", lookup_expr="gte")
    received_before = TimeFilter(field_name="received_at", lookup_expr="lt")

    class Meta:
        model = InboundMessage
        fields = ["is_test", "source", "source_id"]
