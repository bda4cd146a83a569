"""Filters of lists that refuse a value which they cannot read, in place of passing it over."""

import re
from copy import deepcopy
from typing import Any, ClassVar

import django_filters as filters
from django import forms
from django.db import models
from django_filters.fields import IsoDateTimeField
from django_filters.rest_framework import FilterSet

# A plus in a query is read as a space: 10:00:00 02:00.
LOST_PLUS = re.compile(r"(\d:\d\d(?:[.,]\d+)?) (?=\d\d(?::?\d\d)?$)")
BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


class _BooleanField(forms.CharField):
    def clean(self, value: Any) -> bool | None:
        text = str(super().clean(value)).lower()
        if text and text not in BOOLEANS:
            raise forms.ValidationError("Write true or false.")
        return BOOLEANS.get(text)


class BooleanFilter(filters.BooleanFilter):
    """true or false, in any case, or 1 or 0; anything else is refused."""

    field_class = _BooleanField


class _TimeField(IsoDateTimeField):
    def to_python(self, value: Any) -> Any:
        return super().to_python(LOST_PLUS.sub(r"\1+", value) if isinstance(value, str) else value)


class TimeFilter(filters.IsoDateTimeFilter):
    """An ISO 8601 time. A plus that was not escaped, ``10:00:00+02:00``, is read as a plus."""

    field_class = _TimeField


class NumberInFilter(filters.BaseInFilter, filters.NumberFilter):
    """Numbers, separated by commas: any of them."""


class StrictFilterSet(FilterSet):
    """What filters of columns become, too, where a view or ``Meta`` only names them."""

    FILTER_DEFAULTS: ClassVar[dict[Any, Any]] = {
        **deepcopy(FilterSet.FILTER_DEFAULTS),
        models.BooleanField: {"filter_class": BooleanFilter},
        models.DateTimeField: {"filter_class": TimeFilter},
    }
