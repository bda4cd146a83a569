"""The page of the button Test: whom to notify is asked before a sample is sent."""

from functools import partial

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods

from incidents.choices import TimelineVerb
from incidents.models import Incident
from incidents.report import TEST_TTL
from incidents.views.base import SignedInRequest, form_page, process_form
from integrations.models import InboundMessage, Integration
from integrations.pages.access import administers
from integrations.setup import replay
from integrations.setup.samples import samples_of
from opsportal.lib.durations import format_duration

Status, Audience = InboundMessage.Status, InboundMessage.TestAudience
CLOSES_AFTER = format_duration(TEST_TTL.total_seconds())


class TestForm(forms.Form):
    """Which sample, and whom it notifies."""

    sample = forms.ChoiceField(label="Sample")
    audience = forms.ChoiceField(choices=Audience.choices)

    def __init__(self, *args: object, integration: Integration, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        names = [sample.name for sample in samples_of(integration)]
        names.sort(key=lambda name: (not name.startswith("open"), name.count("-"), name))
        self.fields["sample"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]


@administers
@require_http_methods(["GET", "HEAD", "POST"])
def test(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask whom to notify, then post the sample to the endpoint and link its message in the log."""
    rows = Integration.objects.visible_to(request.user)
    integration = get_object_or_404(rows.select_related("service"), pk=pk)
    form = TestForm(request.POST or None, integration=integration)

    def send() -> HttpResponse:
        message = replay.send_sample(
            integration.pk,
            form.cleaned_data["sample"],
            audience=form.cleaned_data["audience"],
            by=request.user,
        )
        _tell(request, message)
        return redirect(integration)

    context = {
        "title": f"Test: {integration.name}",
        "integration": integration,
        "form": form,
        "closes_after": CLOSES_AFTER,
        "back": reverse("integration", args=[integration.pk]),
    }
    show = form_page(request, "integrations/integration_test.html", context)
    return process_form(form, send, partial(show))


def _tell(request: HttpRequest, message: InboundMessage) -> None:
    """What became of the sample, and no more than that."""
    link = format_html('<a href="{}">Click here</a>', message.get_absolute_url())
    status = " ".join(filter(None, [message.get_status_display(), message.action]))
    if message.status in (Status.FAILED, Status.REJECTED):
        text = "The sample was stored and is {}: {} {} to see it in the Inbound Log."
        messages.error(request, format_html(text, status, message.reason, link))
    elif message.status == Status.PENDING:
        text = "The sample is stored, and waits behind other messages. {} to see it."
        messages.info(request, format_html(text, link))
    else:
        text = "Success: the sample was processed and is {}. {} to see it in the Inbound Log."
        messages.success(request, format_html(text, status, link))
        _tell_paging(request, message.incident)


def _tell_paging(request: HttpRequest, incident: Incident | None) -> None:
    """Who is being notified of the incident of the test; whether it arrives shows there."""
    if incident is None or incident.is_resolved:
        return
    link = _link(incident)
    if incident.timeline.filter(verb=TimelineVerb.PAGED).exists():
        text = "{} pages now, and shows whether the messages arrive. It closes by itself after {}."
        messages.info(request, format_html(text, link, CLOSES_AFTER))
    elif incident.timeline.filter(verb=TimelineVerb.NO_RECIPIENT).exists():
        text = "{} reached nobody: whoever it should notify has no address that can be used."
        messages.warning(request, format_html(text, link))
    else:
        text = "{} is open and has notified nobody yet. It closes by itself after {}."
        messages.info(request, format_html(text, link, CLOSES_AFTER))


def _link(incident: Incident) -> SafeString:
    return format_html('<a href="{}">Incident #{}</a>', incident.get_absolute_url(), incident.pk)
