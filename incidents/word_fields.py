"""Form fields of words, which people write as text."""

from typing import Any

from django import forms


class WordsField(forms.CharField):
    """Words or phrases separated by commas; a tuple of them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "max_length": 1000, **kwargs})

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> Any:
        return tuple(part.strip() for part in super().clean(value).split(",") if part.strip())

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)
