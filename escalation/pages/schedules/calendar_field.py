"""The field for the address of a calendar."""

from typing import Any

from django import forms

WEBCAL = "webcal://"


class CalendarAddressField(forms.CharField):
    """An address of iCalendar; ``webcal://`` is a name for ``https://``."""

    widget = forms.URLInput(attrs={"placeholder": "https://…"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=2000, **kwargs)

    def clean(self, value: Any) -> str:
        url = str(super().clean(value))
        return f"https://{url[len(WEBCAL) :]}" if url.lower().startswith(WEBCAL) else url
