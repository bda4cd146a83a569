"""What the viewsets of all apps have in common."""

from typing import Any, cast

from django.db.models import QuerySet
from rest_framework import mixins, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from incidents.api.idempotent_post import IdempotentPost
from incidents.api.known_parameters import KnownParameters
from incidents.models import ApiKey, User
from incidents.permissions import via_of


class Rows(
    IdempotentPost,
    KnownParameters,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Any],
):
    """A list and its rows, to read."""

    lookup_value_regex = r"[0-9]{1,18}"
    scope: str

    def shown(self) -> QuerySet[Any]:
        """The rows with what their serializer needs beyond a list's."""
        return self.get_queryset()

    @property
    def me(self) -> User:
        """Who asks: views are open to nobody who is not logged in."""
        return cast(User, self.request.user)

    @property
    def actor(self) -> dict[str, Any]:
        """Who acts and how, as the actions take it."""
        return {"by": self.me, "via": via_of(self.request)}

    def may_read(self, area: str) -> bool:
        """Whether the request may see rows of an area of scopes, such as ``incidents``."""
        key = self.request.auth
        return not isinstance(key, ApiKey) or f"{area}:read" in key.scopes

    def answer(self, row: Any, *, status: int = 200) -> Response:
        """The row as a look at it would show it now; its id alone where one may not look at it.

        A key that writes configuration is shown what it wrote.
        """
        shows = self.scope == "config" or self.may_read(self.scope)
        fresh = self.shown().filter(pk=row.pk).first() if shows else None
        body = self.get_serializer(fresh).data if fresh else {"id": row.pk}
        return Response(body, status=status)

    def input(self, serializer_class: type[BaseSerializer[Any]], data: Any = None) -> Any:
        """The valid body of an action, or the valid ``data``."""
        data = self.request.data if data is None else data
        serializer = serializer_class(data=data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data


class ConfigRows(mixins.DestroyModelMixin, Rows):
    """Rows that people configure. ``write(row, fields)`` makes one, or changes the given one.

    Plain columns are saved by the serializers; whatever has a rule goes through an action.
    """

    scope = "config"

    def write(self, row: Any, fields: dict[str, Any]) -> Any:
        return self.save(row, fields)

    def save(self, row: Any, fields: dict[str, Any]) -> Any:
        """The plain columns. No rule is passed over here: the database holds what must be held."""
        if row is None:
            return self.get_queryset().model.objects.create(**fields)
        for name, value in fields.items():
            setattr(row, name, value)
        row.save(update_fields=list(fields))
        return row

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return self.answer(self.write(None, serializer.validated_data), status=201)

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        row = self.get_object()
        partial = kwargs.get("partial", False)
        serializer = self.get_serializer(row, data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return self.answer(self.write(row, serializer.validated_data))

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.update(request, *args, **{**kwargs, "partial": True})
