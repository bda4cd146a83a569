"""Forms of policies and plays: durations as text, targets in one field."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.functional import cached_property
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from escalation import target_search
from escalation.actions.policy_documents import DEFAULT_WAIT_S
from escalation.models import Policy, Step, Tier
from escalation.step_channels import format_channels, label_of, parse_channels
from escalation.target_codes import code_of, target_from_code
from incidents.admin.ordering import OrderedForm, OrderedFormSet
from incidents.responders import stakeholder_problem
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
            return self.to_python(data) != initial
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
            return self.to_python(data) != (initial or [])
        except forms.ValidationError:
            return True


class StepForm(OrderedForm):
    """One step in one row."""

    wait_seconds = DurationField(
        label="Wait",
        initial=DEFAULT_WAIT_S,
        help_text="Before this step: 30 s, 5 min, 1 h; 5 alone is 5 min. The first counts from "
        "the start.",
    )
    tells = TargetsField(label="Notify", help_text="All recipients are paged at once.")
    retries = forms.IntegerField(
        label="Retries",
        initial=0,
        min_value=0,
        max_value=100,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="How many times the same recipients are paged again.",
    )
    retry_seconds = DurationField(label="Every", initial=300, help_text="Between two retries.")
    step_channels = CentralField(
        label="Notify using",
        required=False,
        help_text="Empty: each person's own rules. Or channels for everybody, in order; type "
        "another wait, such as: email after 7.",
    )

    class Meta:
        model = Step
        fields = ["wait_seconds", "retries", "retry_seconds", "step_channels", "position"]

    def __init__(self, *args: Any, names: dict[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        targets = self.instance.targets.all() if self.instance.pk else []
        words = self.initial["tells"] = [code_of(target) for target in targets]
        if self.is_bound:
            words = self.data.getlist(self.add_prefix("tells"))  # type: ignore[attr-defined]
        field, names = self.fields["tells"], names or {}
        field.choices = [(word, names[word]) for word in words if word in names]  # type: ignore

    def clean_tells(self) -> list[str]:
        words = self.cleaned_data["tells"]
        people = [target.user for target in map(target_from_code, words) if target.user_id]
        if problem := stakeholder_problem(person for person in people if person):
            raise forms.ValidationError(problem)
        return list(words)


class FirstAtOnce(OrderedFormSet):
    """Parts that wait, of which the first of a new whole is taken at once."""

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        found: dict[str, Any] = super().get_form_kwargs(index)
        if index == 0 and self.instance.pk is None:
            found["initial"] = {"wait_seconds": 0}
        return found


class StepFormSet(FirstAtOnce):
    """The steps of a policy, with the names of all their targets looked up once."""

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return {**super().get_form_kwargs(index), "names": self.names}

    @cached_property
    def names(self) -> dict[str, str]:
        rows = self.queryset if self.instance.pk else []
        words = {code_of(target) for step in rows for target in step.targets.all()}
        for key in (key for key in self.data or {} if key.endswith("-tells")):
            words |= set(self.data.getlist(key))
        return target_search.labels(words)


class TierForm(OrderedForm):
    wait_seconds = DurationField(
        label="Wait",
        initial=DEFAULT_WAIT_S,
        help_text="From the tier before: 30 s, 5 min, 1 h; 5 alone is 5 min.",
    )

    class Meta:
        model = Tier
        fields = ["wait_seconds", "users", "teams", "position"]

    def clean_users(self) -> Any:
        people = self.cleaned_data["users"]
        if problem := stakeholder_problem(people):
            raise forms.ValidationError(problem)
        return people

    def clean(self) -> dict[str, Any]:
        super().clean()
        found = self.cleaned_data
        nobody = not found.get("users") and not found.get("teams")
        if nobody and not found.get("DELETE") and not self.errors:
            raise forms.ValidationError("Choose people or teams: this tier pages nobody.")
        return found


class PolicyForm(forms.ModelForm):
    pause_seconds = DurationField(
        label="Pause after the last step",
        initial=300,
        help_text="Before the policy repeats, and at its end before the catch-all is paged.",
    )

    class Meta:
        model = Policy
        fields = [
            "name",
            "description",
            "team",
            "repeats",
            "pause_seconds",
            "stops_when",
            "acknowledgement_expires_minutes",
        ]
