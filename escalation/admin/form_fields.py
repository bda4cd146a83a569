"""Fields of the forms of policies and plays: durations as text, and lists that search."""

from typing import Any

from django import forms
from django.urls import reverse
from unfold.widgets import UnfoldAdminTextInputWidget

from escalation.admin import condition_words
from escalation.admin.step_channels import format_channels, label_of, parse_channels
from opsportal.lib.durations import format_exact_duration, parse_duration


class DurationField(forms.CharField):
    """Seconds, written as 30 s, 5 min or 1 h; a number alone is minutes, and is shown so."""

    widget = UnfoldAdminTextInputWidget

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "data-duration": ""}

    def prepare_value(self, value: Any) -> Any:
        return format_exact_duration(value) if isinstance(value, int) else value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        try:
            return parse_duration(text) if text else None
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != initial)
        except forms.ValidationError:
            return True


class SearchWidget(forms.SelectMultiple):
    """A select that searches on the server: only what is chosen is in the page."""

    url_name = ""
    placeholder = ""

    class Media:
        js = (
            "admin/js/vendor/jquery/jquery.min.js",
            "admin/js/vendor/select2/select2.full.min.js",
            "admin/js/jquery.init.js",
            "admin/js/autocomplete.js",
        )
        css = {"screen": ("admin/css/vendor/select2/select2.min.css", "admin/css/autocomplete.css")}

    def build_attrs(
        self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        return {
            **super().build_attrs(base_attrs, extra_attrs),
            "class": "admin-autocomplete",
            "data-ajax--cache": "true",
            "data-ajax--delay": "150",
            "data-ajax--type": "GET",
            "data-ajax--url": reverse(self.url_name),
            "data-theme": "admin-autocomplete",
            "data-placeholder": self.placeholder,
        }


class TargetsWidget(SearchWidget):
    """Whom a step pages."""

    url_name = "admin:escalation_policy_targets"
    placeholder = "Search people, teams, channels"


class ChannelsWidget(SearchWidget):
    """By which channels a step pages, each with its wait, as words of `step_channels`."""

    url_name = "admin:escalation_policy_channels"
    placeholder = "Each person's own rules"

    def optgroups(self, name: str, value: Any, attrs: dict[str, Any] | None = None) -> Any:
        self.choices = [(word, label_of(word)) for word in value if word]
        return super().optgroups(name, value, attrs)


class TargetsField(forms.MultipleChoiceField):
    """The targets of a step, as codes of `target_codes`."""

    widget = TargetsWidget
    default_error_messages = {
        "required": "Choose at least one, or the step pages nobody.",
        "invalid_choice": "A recipient does not exist any more.",
    }


class CentralField(forms.Field):
    """The step channels, picked from a list: they replace the notification rules of people."""

    widget = ChannelsWidget

    def prepare_value(self, value: Any) -> Any:
        rows = value if isinstance(value, list) else []
        return [row if isinstance(row, str) else format_channels([row]) for row in rows]

    def to_python(self, value: Any) -> Any:
        try:
            return parse_channels(", ".join(value or []))
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != (initial or []))
        except forms.ValidationError:
            return True


class ConditionsWidget(SearchWidget):
    """When a step is taken, as words of `condition_words`."""

    url_name = "admin:escalation_policy_conditions"
    placeholder = "Always"

    def optgroups(self, name: str, value: Any, attrs: dict[str, Any] | None = None) -> Any:
        self.choices = [(word, condition_words.label_of(word)) for word in value if word]
        return super().optgroups(name, value, attrs)


class ConditionsField(forms.Field):
    """The conditions of a step, picked from a list."""

    widget = ConditionsWidget

    def to_python(self, value: Any) -> list[str]:
        """The words, each once, as they are written when they are read again."""
        try:
            return [_checked(word) for word in dict.fromkeys(value or [])]
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(initial or []) != list(data or [])


def _checked(word: str) -> str:
    if word == condition_words.WAIT:
        return word
    return condition_words.word_of(condition_words.row_from_word(word))
