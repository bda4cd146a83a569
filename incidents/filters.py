"""What lists of incidents and alerts can be narrowed to."""

import django_filters as filters
from django.db.models import Q, QuerySet
from rest_framework.exceptions import ValidationError

from incidents.choices import SlaState
from incidents.custom_fields import clean_tags, merge_values
from incidents.errors import InvalidRequest
from incidents.filter_types import BooleanFilter, NumberInFilter, StrictFilterSet, TimeFilter
from incidents.models import Alert, Incident, Service, Severity, Urgency


class TeamFilter(NumberInFilter):
    """Incidents of the services of these teams, and those that were given to them."""

    def filter(self, qs: QuerySet[Incident], value: list[int] | None) -> QuerySet[Incident]:
        return qs.filter(Q(service__team__in=value) | Q(team__in=value)) if value else qs


class TopicFilter(NumberInFilter):
    """Incidents that are about any of these topics, each once."""

    def filter(self, qs: QuerySet[Incident], value: list[int] | None) -> QuerySet[Incident]:
        published = Incident.topics.through.objects.filter(topic__in=value or ())
        return qs.filter(pk__in=published.values("incident")) if value else qs


class IncidentFilter(StrictFilterSet):
    """Several values of one filter, as ``status=open&status=acknowledged``, mean any of them."""

    id = NumberInFilter(label="Numbers, separated by commas.")
    status = filters.MultipleChoiceFilter(choices=Incident.Status.choices)
    is_resolved = BooleanFilter(method="by_resolved")
    urgency = filters.ChoiceFilter(choices=Urgency.choices)
    severity = filters.MultipleChoiceFilter(choices=Severity.choices)
    priority = filters.MultipleChoiceFilter(choices=Incident.Priority.choices)
    sla_state = filters.MultipleChoiceFilter(choices=SlaState.choices[1:])
    service = NumberInFilter(label="Services, by id, separated by commas.")
    team = TeamFilter(
        field_name="service__team",
        label="Teams of the service or given it, by id.",
    )
    assignee = filters.CharFilter(
        method="by_assignee", label="A person by id or e-mail address, or me, none or anybody."
    )
    tag = filters.CharFilter(method="by_tag", label="Tags, separated by commas: all of them.")
    topic = TopicFilter(field_name="topics", label="Topics, by id, separated by commas.")
    custom_field = filters.CharFilter(
        method="by_custom_field", label="The key of a custom field and its value: region:EU."
    )
    watching = BooleanFilter(method="by_watching", label="Those that you watch.")
    opened_after = TimeFilter(field_name="opened_at", lookup_expr="gte")
    opened_before = TimeFilter(field_name="opened_at", lookup_expr="lt")
    changed_after = TimeFilter(field_name="changed_at", lookup_expr="gte")

    class Meta:
        model = Incident
        fields = ["source", "is_test", "is_private"]

    def by_resolved(
        self, queryset: QuerySet[Incident], name: str, value: bool
    ) -> QuerySet[Incident]:
        resolved = Q(status=Incident.Status.RESOLVED)
        return queryset.filter(resolved if value else ~resolved)

    def by_tag(self, queryset: QuerySet[Incident], name: str, value: str) -> QuerySet[Incident]:
        return queryset.filter(tags__contains=clean_tags(value.split(",")))

    def by_custom_field(
        self, queryset: QuerySet[Incident], name: str, value: str
    ) -> QuerySet[Incident]:
        """Raises ValidationError for an unknown field, and a value that it cannot hold."""
        key, _, text = value.partition(":")
        try:
            wanted = merge_values({}, {key: text})
        except InvalidRequest as error:
            raise ValidationError({name: [str(error).partition(": ")[2]]}) from error
        return queryset.filter(custom_fields__contains=wanted)

    def by_watching(
        self, queryset: QuerySet[Incident], name: str, value: bool
    ) -> QuerySet[Incident]:
        watched = Q(pk__in=self.request.user.watched_incidents.values("incident"))
        return queryset.filter(watched if value else ~watched)

    def by_assignee(
        self, queryset: QuerySet[Incident], name: str, value: str
    ) -> QuerySet[Incident]:
        named = {
            "me": Q(assignee=self.request.user),
            "none": Q(assignee=None),
            "anybody": Q(assignee__isnull=False),
        }
        if value in named:
            return queryset.filter(named[value])
        if value.isascii() and value.isdecimal() and len(value) < 19:
            return queryset.filter(assignee=int(value))
        if "@" in value:
            return queryset.filter(assignee__email__iexact=value)
        raise ValidationError({name: ["Write an id, an e-mail address, me, none or anybody."]})


class AlertFilter(StrictFilterSet):
    incident = NumberInFilter(label="Incidents, by number.")
    service = NumberInFilter(label="Services, by id.")
    is_open = BooleanFilter(field_name="closed_at", lookup_expr="isnull")
    severity = filters.MultipleChoiceFilter(choices=Severity.choices)
    opened_after = TimeFilter(field_name="opened_at", lookup_expr="gte")
    opened_before = TimeFilter(field_name="opened_at", lookup_expr="lt")

    class Meta:
        model = Alert
        fields = ["source", "source_name", "dedup_key"]


class ServiceFilter(StrictFilterSet):
    """Left out, ``archived`` is ``exclude``."""

    archived = filters.ChoiceFilter(
        choices=[("exclude", "Exclude"), ("only", "Only"), ("include", "Include")],
        method="by_archived",
        label="exclude (as where it is left out), only or include: services that are archived.",
    )

    class Meta:
        model = Service
        fields = ["name", "team"]

    def by_archived(self, queryset: QuerySet[Service], name: str, value: str) -> QuerySet[Service]:
        if value == "include":
            return queryset
        return queryset.filter(archived_at__isnull=value == "exclude")
