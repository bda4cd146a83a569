"""Forms of the saved page and of a new integration."""

import json
from collections.abc import Callable
from typing import Any, Self

import orjson
from django import forms
from django.contrib.auth import get_user_model
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from escalation.models import Play, Policy
from incidents.models import Service, Team
from integrations.errors import RulesError
from integrations.mapping import rules as mapping
from integrations.mapping.field_mapping import to_field_mapping
from integrations.models import Integration
from integrations.pages.integration.bridge_form import BridgeForm
from integrations.routing import routing

NEW = "new"
FREE_FIELDS = "generic-webhook"  # the template whose rules are a few named fields
POLICY, PLAY = "policy", "play"
MAX_RULES_CHARS = 200_000
OWN_POLICY = "The policy of the service"


class Ticks(forms.CheckboxSelectMultiple):
    """Check boxes in a scrolling box, with a search above more than eight."""

    template_name = "integrations/_ticks.html"

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        # By the project's engine: that of the forms does not look into the templates folder.
        return render_to_string(self.template_name, self.get_context(name, value, attrs))


class ServiceField(forms.ChoiceField):
    """A service, or ``new``; its value is the row, or None for a new one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=self._choices, **kwargs)

    def _choices(self) -> list[tuple[str, str]]:
        rows = [(str(pk), name) for pk, name in Service.objects.active().values_list("pk", "name")]
        start = [("", "Choose a service")] if rows else []
        return [*start, *rows, (NEW, "+ New service")]

    def prepare_value(self, value: Any) -> Any:
        return value.pk if isinstance(value, Service) else value

    def clean(self, value: Any) -> Any:
        found = super().clean(value)
        return Service.objects.get(pk=found) if found != NEW else None


class BasicForm(BridgeForm):
    """The Basic Settings."""

    name = forms.CharField(label="Integration Name", max_length=150)
    service = ServiceField(label="Service", help_text="What its alerts are about.")
    new_service = forms.CharField(
        label="Name of the new service",
        required=False,
        max_length=150,
        help_text="Such as Checkout, or Database. Its team and its policy are set on its page.",
    )
    mode = forms.ChoiceField(
        choices=[(POLICY, "Escalation Policy"), (PLAY, "Response Play")],
        initial=POLICY,
        widget=forms.RadioSelect,
    )
    policy = forms.ModelChoiceField(
        Policy.objects.all(),
        label="Escalation Policy",
        required=False,
        empty_label=OWN_POLICY,
        help_text="Who is paged, step by step.",
    )
    play = forms.ModelChoiceField(
        Play.objects.all(),
        label="Response Play",
        required=False,
        empty_label="Choose a play",
        help_text="Pages everybody of a tier at once, whatever their role.",
    )
    teams = forms.ModelMultipleChoiceField(
        Team.objects.all(),
        label="Recipient Group(s)",
        required=False,
        widget=Ticks,
        help_text="Paged in addition to the policy, at its first step.",
    )
    users = forms.ModelMultipleChoiceField(
        get_user_model().objects.active(),
        label="Recipient User(s)",
        required=False,
        widget=Ticks,
        help_text="Paged in addition to the policy, at its first step.",
    )
    sequence = forms.IntegerField(
        label="Integration Sequence",
        initial=0,
        min_value=0,
        max_value=1000,
        help_text="Of several on one URL the lowest sequence that accepts a message gets it.",
    )
    is_enabled = forms.BooleanField(
        label="Enabled",
        required=False,
        initial=True,
        help_text="Unchecked: messages are rejected (403); the configuration is kept.",
    )

    def clean_new_service(self) -> str:
        name = self.cleaned_data["new_service"].strip()
        if self.data.get("service") != NEW:
            return ""
        if not name:
            raise forms.ValidationError("Enter a name.")
        if Service.objects.filter(name__iexact=name).exists():
            raise forms.ValidationError("A service of this name exists: choose it above.")
        return name

    def clean(self) -> Any:
        super().clean()
        found = self.cleaned_data
        if found.get("mode") == PLAY:
            found["policy"] = None
            if not found.get("play"):
                self.add_error("play", "Choose a response play.")
        else:
            found["play"] = None
            self._need_a_policy(found)
        return found

    def _need_a_policy(self, found: dict[str, Any]) -> None:
        """An error at ``policy`` unless it or the service names one."""
        if found.get("policy") or "service" not in found or "policy" in self.errors:
            return
        service = found["service"]
        if service is None or not hasattr(service, "default_policy"):
            words = (
                "a new service has no policy of its own"
                if service is None
                else (f"{service} has no policy of its own")
            )
            self.add_error("policy", f"Choose one: {words}.")


class FieldMappingForm(forms.Form):
    """The generic webhook: which fields mean what."""

    # The names are those of the API, so that a person finds them in both.
    summaryField = forms.CharField(
        label="summaryField", required=False, help_text="Default: summary, title, message or name."
    )
    severityField = forms.CharField(
        label="severityField", required=False, help_text="Default: severity, level or priority."
    )
    dedupKeyField = forms.CharField(
        label="dedupKeyField",
        required=False,
        help_text="Messages with the same value are one alert. Default: dedup_key, id or alert_id.",
    )
    actionField = forms.CharField(
        label="actionField",
        required=False,
        help_text="Whether it opens or closes the alert. Default: status, action or state.",
    )
    triggerValues = forms.CharField(
        label="triggerValues", required=False, help_text="Several with commas. Default: all others."
    )
    resolveValues = forms.CharField(
        label="resolveValues",
        required=False,
        help_text="Several with commas. Default: resolved, ok, closed and the like.",
    )

    @classmethod
    def of(cls, integration: Integration) -> Self:
        """As the rules say now, where they still have this shape."""
        found = to_field_mapping(integration.rules)
        return cls(initial={name: ", ".join(values) for name, values in found.items()})

    def clean(self) -> Any:
        texts = self.cleaned_data
        found = {name: _list_of(text) for name, text in texts.items() if text}
        try:
            mapping.compile(mapping.from_field_mapping(found))
        except RulesError as error:
            for where, problem in error.problems:
                self.add_error(where if where in self.fields else None, f"{where}: {problem}")
        return found


class RulesForm(forms.Form):
    """Rules and routing as JSON; errors name their place."""

    rules = forms.CharField(
        label="Rules for Opening and Closing an Alert",
        max_length=MAX_RULES_CHARS,
        widget=forms.Textarea(
            attrs={"rows": 24, "class": "o-mono", "spellcheck": "false", "wrap": "off"}
        ),
    )

    routing = forms.CharField(
        label="Delay, grouping, overrides, dynamic groups",
        required=False,
        max_length=MAX_RULES_CHARS,
        widget=forms.Textarea(
            attrs={"rows": 8, "class": "o-mono", "spellcheck": "false", "wrap": "off"}
        ),
    )

    @classmethod
    def of(cls, integration: Integration) -> Self:
        """Both documents as they are."""
        return cls(
            initial={
                name: json.dumps(getattr(integration, name), indent=2, ensure_ascii=False)
                for name in ("rules", "routing")
            }
        )

    def clean_rules(self) -> dict[str, Any]:
        return _document(self.cleaned_data["rules"], mapping.compile)

    def clean_routing(self) -> dict[str, Any] | None:
        """None where it was not sent: then it stays."""
        written = self.cleaned_data["routing"].strip()
        if "routing" not in self.data:
            return None
        return _document(written or "{}", routing.compile)


def _document(written: str, compiled: Callable[[Any], Any]) -> dict[str, Any]:
    try:
        found = orjson.loads(written)
    except orjson.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise forms.ValidationError(f"The JSON is broken at {place}: {error.msg}.") from error
    try:
        compiled(found)
    except RulesError as error:
        raise forms.ValidationError(
            [f"{where}: {problem}" for where, problem in error.problems]
        ) from error
    return found


def _list_of(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
