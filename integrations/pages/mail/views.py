"""Pages of the channel Email: a new integration, and how its mails are read."""

from datetime import timedelta
from functools import partial

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect

from incidents.views.base import SignedInRequest, form_page, process_form
from integrations.catalog import all_templates, find
from integrations.mail import extraction
from integrations.models import Integration
from integrations.pages.access import administers, changes_one
from integrations.pages.integration.detail import show
from integrations.pages.integration.forms import BasicForm
from integrations.pages.integration.new import create_from, first_service
from integrations.pages.mail.forms import (
    GENERIC,
    ExtractionForm,
    MailboxForm,
    OldMailboxForm,
    receivers,
)
from integrations.setup import edit, integrations


@administers
def new_email(request: SignedInRequest, template: str = GENERIC) -> HttpResponse:
    """The mailbox, the Basic Settings and how mails are read; SUBMIT creates it."""
    known = find(template)
    if known is None or known.kind != Integration.Kind.EMAIL:
        raise Http404
    data = request.POST or None
    form = BasicForm(data, initial={"name": known.name, "service": first_service()})
    mailbox = MailboxForm(data)
    reads = ExtractionForm(data) if known.slug == GENERIC else None

    def create() -> HttpResponse:
        rules = extraction.written(known.rules, reads.extraction) if reads else None
        own = {"rules": rules, **mailbox.cleaned_data}
        integration = create_from(form, known, request.user, **own)
        messages.success(request, f"{integration.name} is ready. Send mails to its address.")
        return redirect(integration)

    context = {
        "title": "New Email integration",
        "template": known,
        "templates": [t for t in all_templates().values() if t.kind == Integration.Kind.EMAIL],
        "form": form,
        "mailbox_form": mailbox,
        "extraction_form": reads,
        "mail_receivers": receivers(),
        "mail_domain": settings.INBOUND_MAIL_DOMAIN,
    }
    asked = [form, mailbox, *([reads] if reads else [])]
    return process_form(asked, create, form_page(request, "integrations/email_new.html", context))


@changes_one
def change_mail(request: SignedInRequest, integration: Integration) -> HttpResponse:
    """Change the mailbox, and how its mails are read."""
    if integration.kind != Integration.Kind.EMAIL:
        raise Http404
    mailbox, overlap = MailboxForm(request.POST), OldMailboxForm(request.POST)
    reads = ExtractionForm(request.POST) if extraction.read(integration.rules) else None

    @transaction.atomic
    def save() -> HttpResponse:
        kept = overlap.cleaned_data["overlap"] or timedelta()
        edit.change_basics(integration.pk, mailbox_overlap=kept, **mailbox.cleaned_data)
        if reads:
            rules = extraction.written(integration.rules, reads.extraction)
            integrations.change_rules(integration.pk, rules)
        messages.success(request, "Saved. It applies from the next mail on.")
        return redirect(integration)

    again = partial(
        show,
        request,
        integration,
        mailbox_form=mailbox,
        overlap_form=overlap,
        extraction_form=reads,
    )
    return process_form([mailbox, overlap, *([reads] if reads else [])], save, again)
