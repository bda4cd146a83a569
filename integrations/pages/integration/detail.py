"""The saved page of an integration: its URL first, then everything about it."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from incidents.views.base import SignedInRequest
from integrations.catalog import Sample, Template, all_templates
from integrations.errors import RulesError, UnrecognizedPayload
from integrations.inference import LEARNING_TEMPLATES
from integrations.models import ADMINISTER, InboundMessage, InboundMessageQuerySet, Integration
from integrations.pages.chat.forms import ChatAppForm, ChatSecretForm
from integrations.pages.heartbeats import views
from integrations.pages.integration import security_forms
from integrations.pages.integration.adopt_form import AdoptForm
from integrations.pages.integration.forms import FREE_FIELDS, BasicForm, FieldMappingForm, RulesForm
from integrations.pages.integration.forwarding_form import ForwardingForm
from integrations.pages.integration.identity import lacks_identity
from integrations.pages.integration.shadowing import siblings_of
from integrations.pages.log.highlight import highlight, pretty
from integrations.pages.log.traffic import Traffic, last_hour
from integrations.pages.mail.forms import forms_of as mail_forms_of
from integrations.pages.rule_editor.context import panels_of
from integrations.routing.routing import CLOSE_UNIDENTIFIED_AFTER
from integrations.setup.replay import preview
from integrations.setup.rotation import keys_of
from integrations.setup.samples import samples_of
from integrations.setup.vendor_steps import fill, steps
from opsportal.lib import pages

MAX_RECENT = 8
MAX_PREVIEWS = 6


@pages.signed_in()
def integration(request: SignedInRequest, pk: int) -> HttpResponse:
    """The page; without the entitlement to administer it shows no URL, key or form."""
    rows = Integration.objects.visible_to(request.user)
    row = get_object_or_404(rows.select_related("service", "policy", "play"), pk=pk)
    if row.kind == Integration.Kind.HEARTBEAT:
        return views.show(request, row, basics=basics_of(row))
    return show(request, row)


def show(
    request: SignedInRequest, row: Integration, *, status: int = 200, **changed: Any
) -> HttpResponse:
    """The page; ``changed`` replaces context: forms with errors, or a secret shown once."""
    template = all_templates().get(row.template)
    context: dict[str, Any] = {
        "title": row.name,
        "integration": row,
        "template": template,
        "may_change": request.user.has_perm(ADMINISTER),
        "recent": _recent(row),
        "hour": last_hour([row.pk], timezone.now()).get(row.pk, Traffic()),
    }
    if context["may_change"]:
        context |= _for_admins(row, template)
        context["forwarding_form"] = ForwardingForm(integration=row, viewer=request.user)
        context["is_forwarding"] = row.forward_until and row.forward_until > timezone.now()
        if "editor" not in changed:
            context |= panels_of(row, request.GET)
    answer = pages.render_page(
        request, "integrations/integration_detail.html", context | changed, status=status
    )
    answer["Cache-Control"] = "no-store"  # It shows the URL, which is the secret.
    return answer


def _for_admins(row: Integration, template: Template | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "typed_url": settings.SITE_URL
        + reverse("typed", args=[row.template])
        + f"?integrationId={row.public_id}",
        **siblings_of(row),
        "lacks_identity": lacks_identity(row),
        "close_unidentified_minutes": CLOSE_UNIDENTIFIED_AFTER // timedelta(minutes=1),
        "adopt_form": AdoptForm(integration_id=row.pk),
        "basic_form": BasicForm(initial=basics_of(row)),
        "rules_form": RulesForm.of(row),
        **security_forms.forms_of(row, template.signature if template else ""),
        "fields_form": FieldMappingForm.of(row) if row.template == FREE_FIELDS else None,
        "previews": previews(row),
        "keys": keys_of(row),
        "may_teach": row.template in LEARNING_TEMPLATES,
    }
    if row.kind == Integration.Kind.EMAIL:
        found |= mail_forms_of(row)
    if row.kind == Integration.Kind.CHAT:
        found["chat_form"] = ChatSecretForm(row.template)
        found["app_form"] = ChatAppForm(initial={"app_id": row.chat_app_id})
    if template:
        found["steps"] = steps(template, row)
        found["custom_body"] = fill(template.custom_body, row)
    return found


def previews(row: Integration, rules: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """The events of its open and close samples, by ``rules`` or its own."""
    samples = [s for s in samples_of(row) if s.name.startswith(("open", "close"))]
    # The plain pair first, then the odd ones.
    samples.sort(key=lambda sample: (sample.name not in ("open", "close"), sample.name.count("-")))
    return [
        {
            "name": sample.name,
            "body": highlight(pretty(sample.body)),
            **explained(rules or row, sample.body, sample.headers),
        }
        for sample in sorted(samples[:MAX_PREVIEWS], key=_open_first)
    ]


def explained(
    rules: Integration | dict[str, Any], body: Any, headers: dict[str, str]
) -> dict[str, Any]:
    """``events`` with their fields, or the ``problem`` for which there are none."""
    try:
        return {"events": preview(rules, body, headers), "problem": ""}
    except RulesError as error:
        return {"events": [], "problem": f"The rules cannot work: {error}"}
    except UnrecognizedPayload as error:
        return {"events": [], "problem": str(error)}


def basics_of(row: Integration) -> dict[str, Any]:
    """The Basic Settings as they are."""
    names = ("name", "service", "policy", "play", "sequence", "conference_bridge", "is_enabled")
    found = {name: getattr(row, name) for name in names}
    mode = "play" if row.play_id else "policy"
    teams, users = list(row.teams.all()), list(row.users.all())
    return {**found, "mode": mode, "teams": teams, "users": users}


def _open_first(sample: Sample) -> tuple[str, bool]:
    kind, _, rest = sample.name.partition("-")
    return rest, kind != "open"


def _recent(row: Integration) -> InboundMessageQuerySet:
    rows = InboundMessage.objects.filter(integration=row).order_by("-pk").without_payload()
    return rows[:MAX_RECENT]
