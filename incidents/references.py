"""Fields of the API that point at other rows, hold free JSON, or name unreadable secrets."""

from typing import Any

from django.db.models import Model, QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

MAX_DEPTH = 40


@extend_schema_field(
    {"oneOf": [{"type": "integer"}, {"type": "string"}], "description": "An id, or a name."}
)
class Reference(serializers.RelatedField[Model, Any, Any]):
    """Another row, by its id or, for people who type, by its name; answered as an id.

    Only rows that the asking person may see can be pointed at.
    """

    default_error_messages = {
        "does_not_exist": "There is no {what} “{value}” that you may see.",
        "incorrect_type": "Write an id or a name.",
        "ambiguous": "Several {what} are called “{value}”. Write an id.",
    }

    def __init__(
        self, model: type[Model] | None = None, *, by: str = "name", **kwargs: Any
    ) -> None:
        self.model, self.by = model, by
        if model and not kwargs.get("read_only"):
            kwargs.setdefault("queryset", model._default_manager.all())
        super().__init__(**kwargs)

    def get_queryset(self) -> QuerySet[Any]:
        rows: Any = super().get_queryset()
        if hasattr(rows, "visible_to") and "request" in self.context:
            rows = rows.visible_to(self.context["request"].user)
        found: QuerySet[Any] = rows
        return found

    def use_pk_only_optimization(self) -> bool:
        return True

    def to_internal_value(self, data: Any) -> Model:
        if isinstance(data, bool) or not isinstance(data, int | str):
            self.fail("incorrect_type")
        rows = self.get_queryset()
        text = str(data).strip().replace("\x00", "")
        found: Model | None = None
        if isinstance(data, str):
            named = list(rows.filter(**{f"{self.by}__iexact": text})[:2])
            if len(named) > 1:
                plural = rows.model._meta.verbose_name_plural
                self.fail("ambiguous", what=plural, value=text[:100])
            found = named[0] if named else None
        if found is None and text.isascii() and text.isdecimal() and len(text) < 19:
            found = rows.filter(pk=int(text)).first()
        if found is None:
            self.fail("does_not_exist", what=rows.model._meta.verbose_name, value=text[:100])
        return found

    def to_representation(self, value: Any) -> Any:
        return value.pk


class Strict(serializers.Serializer[Any]):
    """Refuses fields that it does not know: a wait that is misspelt must not become no wait."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = sorted(set(map(str, data)) - set(self.fields)) if isinstance(data, dict) else []
        if unknown:
            words = f"There is no such field. Known: {', '.join(self.fields)}."
            raise serializers.ValidationError({name[:100]: [words] for name in unknown})
        return super().to_internal_value(data)


class StrictModel(Strict, serializers.ModelSerializer[Any]):
    """A row of a table, strictly."""


class Part(Strict):
    """A row of a list that is written as a whole: complete even where the rest is a PATCH."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if self.parent is None or data in (serializers.empty, None):
            return super().run_validation(data)
        alone = type(self)(data=data, context=self.context)
        alone.is_valid(raise_exception=True)
        return alone.validated_data


@extend_schema_field(OpenApiTypes.OBJECT)
class JsonObject(serializers.JSONField):
    """A JSON object that PostgreSQL can keep: of sane depth, and without NUL characters."""

    default_error_messages = {
        "object": "Write a JSON object.",
        "depth": f"This is nested deeper than {MAX_DEPTH} levels.",
        "null_characters": "Null characters are not allowed.",
    }

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("object")
        self._look_at(data, 0)
        return data

    def _look_at(self, value: Any, depth: int) -> None:
        if depth > MAX_DEPTH:
            self.fail("depth")
        if isinstance(value, str) and "\x00" in value:
            self.fail("null_characters")
        if isinstance(value, dict):
            for key, inner in value.items():
                self._look_at(key, depth + 1)
                self._look_at(inner, depth + 1)
        elif isinstance(value, list):
            for inner in value:
                self._look_at(inner, depth + 1)


class UnreadableSecretsField(serializers.ListField):
    """Which secrets of a row were encrypted with a key that is not known here."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            read_only=True,
            child=serializers.CharField(),
            help_text="Encrypted with another SECRET_KEY: they are kept, and have to be set anew.",
            **kwargs,
        )
