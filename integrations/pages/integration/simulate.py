"""The page of the simulator: this message, at that time, by the real rules; nothing is sent."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from incidents.models import User
from incidents.views.base import SignedInRequest
from incidents.wall_field import WALL, WallField
from integrations.backtest import simulator
from integrations.models import InboundMessage, Integration
from integrations.pages.access import administers
from integrations.pages.rule_editor import sample_message
from integrations.pages.rule_editor.sample_message import MAX_PASTED_CHARS, PASTED
from integrations.setup.samples import samples_of
from opsportal.lib import pages
from opsportal.lib.weekly_hours import to_utc

YEARS = range(1980, 2101)


class SimulateForm(forms.Form):
    """Which message, and when, in the reader's zone."""

    message = forms.ChoiceField(label="Message")
    at = WallField(label="Comes at", required=False)
    pasted = forms.CharField(
        label="Pasted text",
        required=False,
        max_length=MAX_PASTED_CHARS,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="For the message “Pasted text”: JSON, XML or a form, as the tool sends it.",
    )

    def __init__(self, *args: Any, integration: Integration, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone, self.now = viewer.zone, timezone.now()
        groups: dict[str, list[tuple[str, str]]] = {}
        for choice in sample_message.choices(integration):
            groups.setdefault(choice.group, []).append((choice.key, choice.label))
        self.fields["message"].choices = list(groups.items())  # type: ignore[attr-defined]
        self.initial = {
            "message": sample_message.default_key(integration),
            "at": self.now.astimezone(self.zone),
        }

    def clean_at(self) -> Any:
        wall = self.cleaned_data["at"]
        if wall is not None and wall.year not in YEARS:
            raise forms.ValidationError("Choose a year from 1980 to 2100.")
        return wall

    def at_utc(self) -> Any:
        """The instant that was asked for; now, where that is what the form showed."""
        wall = self.cleaned_data.get("at") if self.is_bound else None
        if wall is None or wall.strftime(WALL) == self.initial["at"].strftime(WALL):
            return self.now
        return to_utc(wall, self.zone, is_end=False)


@administers
@require_http_methods(["GET", "HEAD", "POST"])
def simulate(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show what becomes of a message, and with ``do=week`` the worst minutes of the week."""
    rows = Integration.objects.visible_to(request.user)
    integration = get_object_or_404(rows.select_related("service"), pk=pk)
    form = SimulateForm(request.POST or None, integration=integration, viewer=request.user)
    context: dict[str, Any] = {
        "title": f"Simulate: {integration.name}",
        "integration": integration,
        "form": form,
    }
    if form.is_bound and not form.is_valid():
        return pages.render_page(request, "integrations/simulate.html", context, status=422)
    key = form.cleaned_data["message"] if form.is_bound else form.initial["message"]
    pasted = form.cleaned_data["pasted"] if form.is_bound else ""
    message = _message(integration, key, pasted)
    if message is not None:
        at = form.at_utc()
        context["found"] = simulator.simulate(message, at)
        if request.POST.get("do") == "week":
            context["worst"] = simulator.worst_minutes(message, at)
    return pages.render_page(request, "integrations/simulate.html", context)


def _message(integration: Integration, key: str, pasted: str) -> InboundMessage | None:
    """The message that a choice means; None where it is gone, or nothing was pasted."""
    kind, _, name = key.partition(":")
    if kind == "message":
        return simulator.stored_message(integration, pages.parse_id(name) or 0)
    if key == PASTED:
        return simulator.message_of_text(integration, pasted) if pasted.strip() else None
    sample = next((one for one in samples_of(integration) if one.name == name), None)
    return simulator.message_of_sample(integration, sample) if sample else None
