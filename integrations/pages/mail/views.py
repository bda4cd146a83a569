"""Pages of the channel Email: a new integration, and how its mails are read."""

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect

from incidents.actions import settings as incident_settings
from incidents.models import Service
from integrations.catalog import all_templates, find
from integrations.mail import extraction
from integrations.models import Integration
from integrations.pages.access import administers, changes_one
from integrations.pages.integration.detail import show
from integrations.pages.integration.forms import BasicForm
from integrations.pages.mail.forms import GENERIC, ExtractionForm, MailboxForm, open_ways
from integrations.setup import edit, integrations
from opsportal.lib import pages

UNPROCESSABLE = 422


@administers
def new_email(request, template=GENERIC):
    """Ask for the mailbox, the Basic Settings and how mails are read; SUBMIT makes it."""
    known = find(template)
    if known is None or known.kind != Integration.Kind.EMAIL:
        raise Http404
    data = request.POST or None
    form, mailbox = BasicForm(data, initial=_initial(known)), MailboxForm(data)
    reads = ExtractionForm(data) if known.slug == GENERIC else None
    asked = [one for one in (form, mailbox, reads) if one is not None]
    if request.method == "POST" and all([one.is_valid() for one in asked]):  # noqa: C419
        integration = _create(known, form, mailbox, reads, request.user)
        messages.success(request, f"{integration.name} is ready. Send mails to its address.")
        return redirect(integration)
    context = {
        "title": "New Email integration",
        "template": known,
        "templates": [t for t in all_templates().values() if t.kind == Integration.Kind.EMAIL],
        "form": form,
        "mailbox_form": mailbox,
        "extraction_form": reads,
        "mail_ways": open_ways(),
        "mail_domain": settings.INBOUND_MAIL_DOMAIN,
    }
    status = UNPROCESSABLE if request.method == "POST" else 200
    return pages.page(request, "integrations/email_new.html", context, status=status)


@changes_one
def change_mail(request, integration):
    """Another mailbox, another way to read."""
    if integration.kind != Integration.Kind.EMAIL:
        raise Http404
    mailbox = MailboxForm(request.POST)
    reads = ExtractionForm(request.POST) if extraction.read(integration.rules) else None
    asked = [one for one in (mailbox, reads) if one is not None]
    if not all([one.is_valid() for one in asked]):  # noqa: C419
        return show(
            request,
            integration,
            mailbox_form=mailbox,
            extraction_form=reads,
            status=UNPROCESSABLE,
        )
    with transaction.atomic():
        edit.change_basics(integration.pk, **mailbox.cleaned_data)
        if reads:
            rules = extraction.written(integration.rules, reads.extraction)
            integrations.change_rules(integration.pk, rules)
    messages.success(request, "Saved. It holds from the next mail on.")
    return redirect(integration)


def _initial(template):
    services = Service.objects.all()[:2]
    only = services[0] if len(services) == 1 else None
    return {"name": template.name, "service": only if services else "new"}


@transaction.atomic
def _create(template, form, mailbox, reads, user):
    found = dict(form.cleaned_data)
    name = found.pop("new_service")
    service = found.pop("service") or incident_settings.save_service(Service(name=name))
    found.pop("mode")
    return integrations.create_integration(
        template.slug,
        service=service,
        by=user,
        rules=extraction.written(template.rules, reads.extraction) if reads else None,
        **mailbox.cleaned_data,
        **found,
    )
