"""Forms of policies and plays: durations as text, targets in one field."""

from typing import Any

from django import forms
from django.utils.functional import cached_property
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
)

from escalation.actions.policy_documents import DEFAULT_WAIT_S
from escalation.admin import condition_words, target_search
from escalation.admin.form_fields import CentralField, ConditionsField, DurationField, TargetsField
from escalation.models import Policy, Step, Tier
from escalation.models.policies import MAX_ACKNOWLEDGEMENTS
from escalation.policies.target_codes import code_of, target_from_code
from incidents.admin.ordering import OrderedForm, OrderedFormSet
from incidents.forms import offer_choices
from incidents.responders import stakeholder_problem
from incidents.row_fields import SlaTargetsField
from notifications.choices import Answer, ChannelKind


class StepForm(OrderedForm):
    """One step in one row."""

    wait_seconds = DurationField(
        label="Wait",
        initial=DEFAULT_WAIT_S,
        help_text="Before this step: 30 s, 5 min, 1 h; 5 alone is 5 min. The first counts from "
        "the start.",
    )
    tells = TargetsField(label="Notify", help_text="All recipients are paged at once.")
    when = ConditionsField(
        label="Only when",
        required=False,
        help_text="All of these, or the step is skipped. Type hours, such as: mon-fri 8-18.",
    )
    member_wait_seconds = DurationField(
        label="One by one",
        required=False,
        initial=0,
        help_text="Empty: all people of a team or schedule at once. Else one after another.",
    )
    retries = forms.IntegerField(
        label="Retries",
        initial=0,
        min_value=0,
        max_value=100,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="How many times the same recipients are paged again.",
    )
    retry_seconds = DurationField(label="Every", initial=300, help_text="Between two retries.")
    required_acknowledgements = forms.IntegerField(
        label="Acknowledgements",
        required=False,
        initial=1,
        min_value=1,
        max_value=MAX_ACKNOWLEDGEMENTS,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="How many people have to acknowledge once this step was taken.",
    )
    step_channels = CentralField(
        label="Notify using",
        required=False,
        help_text="Empty: each person's own rules. Or channels for everybody, in order; type "
        "another wait, such as: email after 7.",
    )

    class Meta:
        model = Step
        fields = [
            "wait_seconds",
            "when",
            "member_wait_seconds",
            "retries",
            "retry_seconds",
            "required_acknowledgements",
            "step_channels",
            "position",
        ]

    def __init__(self, *args: Any, names: dict[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        targets = self.instance.targets.all() if self.instance.pk else []
        self.initial["tells"] = [code_of(target) for target in targets]
        self.initial["member_wait_seconds"] = self.instance.member_wait_seconds or None
        waits = [condition_words.WAIT] if self.instance.waits_for_hours else []
        self.initial["when"] = [*map(condition_words.word_of, self.instance.when), *waits]
        words, names = self["tells"].value(), names or {}
        offer_choices(self, tells=[(word, names[word]) for word in words if word in names])

    def clean_tells(self) -> list[str]:
        words = self.cleaned_data["tells"]
        people = [target.user for target in map(target_from_code, words) if target.user_id]
        if problem := stakeholder_problem(person for person in people if person):
            raise forms.ValidationError(problem)
        return list(words)

    def clean_when(self) -> list[dict[str, str]]:
        words = self.cleaned_data["when"]
        self.instance.waits_for_hours = condition_words.WAIT in words
        return [condition_words.row_from_word(w) for w in words if w != condition_words.WAIT]

    def clean_required_acknowledgements(self) -> int:
        return self.cleaned_data["required_acknowledgements"] or 1

    def clean_member_wait_seconds(self) -> int:
        return self.cleaned_data["member_wait_seconds"] or 0


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


class BarredField(forms.MultipleChoiceField):
    """The kinds of channels that do not offer an answer."""

    widget = UnfoldAdminCheckboxSelectMultipleWidget

    def __init__(self, answer: Answer) -> None:
        super().__init__(choices=ChannelKind, required=False, label=f"{answer.label}: not by")


class PolicyForm(forms.ModelForm):
    barred_acknowledge = BarredField(Answer.ACKNOWLEDGE)
    barred_assign = BarredField(Answer.ASSIGN)
    barred_escalate = BarredField(Answer.ESCALATE)
    barred_resolve = BarredField(Answer.RESOLVE)
    barred_snooze = BarredField(Answer.SNOOZE)
    sla_targets = SlaTargetsField(label="SLA targets", widget=UnfoldAdminTextareaWidget)
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
            "priority",
            "is_enabled",
            "quick_launch",
            "repeats",
            "pause_seconds",
            "stops_when",
            "acknowledgement_expires_minutes",
            "low_urgency_expires",
            "activity_postpones_expiry",
            "low_waits_for_hours",
            "sla_targets",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for verb, kinds in self.instance.response_buttons.items():
            barred = [kind for kind in ChannelKind if kind not in kinds]
            self.fields[f"barred_{verb}"].initial = barred

    def clean(self) -> dict[str, Any]:
        """What is ticked is what is not offered: nothing is kept of an answer without a tick."""
        found = super().clean() or {}
        barred = {verb: found.get(f"barred_{verb}") or [] for verb in Answer}
        self.instance.response_buttons = {
            verb.value: [kind.value for kind in ChannelKind if kind not in kinds]
            for verb, kinds in barred.items()
            if kinds
        }
        return found
