"""Times and spans as parameters of an address."""

from datetime import datetime, timedelta

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

MAX_SPAN = timedelta(days=400)
AT = OpenApiParameter("at", str, description="An ISO time. Left out: now.")
FROM = OpenApiParameter("from", str, description="An ISO time. Left out: now.")
TO = OpenApiParameter(
    "to", str, description="An ISO time, at most 400 days later. Left out: a week."
)


def read_time(request: Request, name: str, default: datetime) -> datetime:
    """The time of a parameter. Raises ValidationError at its name."""
    text = request.query_params.get(name)
    if not text:
        return default
    found: datetime = serializers.DateTimeField().run_validation(text.replace(" ", "+"))
    if not 1980 <= found.year <= 2100:
        raise ValidationError({name: ["Choose a year from 1980 to 2100."]})
    return found


def span_of(request: Request) -> tuple[datetime, datetime]:
    """``from`` and ``to``. Raises ValidationError at their names."""
    start = read_time(request, "from", timezone.now())
    end = read_time(request, "to", start + timedelta(days=7))
    if not timedelta(seconds=1) <= end - start <= MAX_SPAN:
        raise ValidationError({"to": ["At least a second and at most 400 days after from."]})
    return start, end
