"""One's own calendars of shifts."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from escalation.actions import feeds
from escalation.models import Feed
from escalation.serializers.feeds import FeedSerializer, NewFeedSerializer
from incidents.api.viewsets import Rows
from incidents.serializers.incidents import EmptySerializer


class FeedViewSet(mixins.CreateModelMixin, mixins.DestroyModelMixin, Rows):
    """Calendars of shifts, to subscribe to. To delete one revokes its address."""

    queryset = Feed.objects.none()
    serializer_class = FeedSerializer
    filterset_fields = ["schedule", "kind"]
    ordering_fields = ["id"]
    ordering = "-id"
    scope = "schedules"
    entitlements = {"": feeds.SEE}

    def get_queryset(self) -> QuerySet[Any]:
        return Feed.objects.visible_to(self.me)

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        return NewFeedSerializer if self.action in ("create", "replace") else FeedSerializer

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A new calendar. ``schedule`` null: all one's shifts; its address is shown only now."""
        fields = self.input(FeedSerializer)
        return self._shown(*feeds.add_feed(self.me, fields["schedule"], fields["kind"]))

    @extend_schema(request=EmptySerializer, responses={201: NewFeedSerializer})
    @action(detail=True, methods=["post"])
    def replace(self, request: Request, pk: str) -> Response:
        """The same calendar at a new address; the old one opens nothing any more."""
        self.input(EmptySerializer)
        return self._shown(*feeds.replace_feed(self.get_object()))

    def perform_destroy(self, instance: Any) -> None:
        feeds.revoke_feed(instance)

    def _shown(self, feed: Feed, address: str) -> Response:
        return Response({**self.get_serializer(feed).data, "address": address}, status=201)
