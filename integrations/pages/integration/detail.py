"""The saved page of an integration: its URL first, then everything about it."""

from django.conf import settings
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from integrations.catalog import all_templates
from integrations.errors import RulesError, UnrecognizedPayload
from integrations.inference import LEARNING_TEMPLATES
from integrations.models import ADMINISTER, InboundMessage, Integration
from integrations.pages.chat.forms import ChatAppForm, ChatSecretForm
from integrations.pages.heartbeats import views
from integrations.pages.integration import security_forms
from integrations.pages.integration.adopt_form import AdoptForm
from integrations.pages.integration.forms import FREE_FIELDS, BasicForm, FieldMappingForm, RulesForm
from integrations.pages.integration.shadowing import siblings_of
from integrations.pages.log.highlight import highlight, pretty
from integrations.pages.log.traffic import Traffic, last_hour
from integrations.pages.mail.forms import forms_of as mail_forms_of
from integrations.pages.rule_editor.context import panels_of
from integrations.setup.replay import preview
from integrations.setup.samples import samples_of
from integrations.setup.vendor_steps import fill, steps
from opsportal.lib import pages

RECENT = 8


@pages.signed_in()
def integration(request, pk):
    """The page; who does not administer integrations sees no URL, key or form."""
    rows = Integration.objects.visible_to(request.user)
    row = get_object_or_404(rows.select_related("service", "policy", "play"), pk=pk)
    if row.kind == Integration.Kind.HEARTBEAT:
        return views.show(request, row, basics=basics_of(row))
    return show(request, row)


def show(request, row, *, status=200, **changed):
    """The page; ``changed`` are forms with errors, or what is shown only once."""
    template = all_templates().get(row.template)
    context = {
        "title": row.name,
        "integration": row,
        "template": template,
        "may_change": request.user.has_perm(ADMINISTER),
        "recent": _recent(row),
        "hour": last_hour([row.pk], timezone.now()).get(row.pk, Traffic()),
    }
    if context["may_change"]:
        context |= _for_admins(row, template)
        if "advanced" not in changed:
            context |= panels_of(row, request.GET)
    answer = pages.page(
        request, "integrations/integration_detail.html", context | changed, status=status
    )
    answer["Cache-Control"] = "no-store"  # It shows the URL, which is the secret.
    return answer


def _for_admins(row, template):
    found = {
        "typed_url": settings.SITE_URL
        + reverse("typed", args=[row.template])
        + f"?integrationId={row.public_id}",
        **siblings_of(row),
        "adopt_form": AdoptForm(integration_id=row.pk),
        "basic_form": BasicForm(initial=basics_of(row)),
        "rules_form": RulesForm.of(row),
        **security_forms.forms_of(row, template.signature if template else ""),
        "fields_form": FieldMappingForm.of(row) if row.template == FREE_FIELDS else None,
        "previews": previews(row, template),
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


def previews(row, template, rules=None):
    """What the mapping makes of the open and the close samples, by these or its own rules."""
    samples = [s for s in samples_of(row) if s.name.startswith(("open", "close"))]
    # The plain pair first, then the odd ones.
    samples.sort(key=lambda sample: (sample.name not in ("open", "close"), sample.name.count("-")))
    return [
        {
            "name": sample.name,
            "body": highlight(pretty(sample.body)),
            **explained(rules or row, sample.body, sample.headers),
        }
        for sample in sorted(samples[:6], key=_open_first)
    ]


def explained(rules, body, headers):
    """The events with their fields, or why there are none."""
    try:
        return {"events": preview(rules, body, headers), "problem": ""}
    except RulesError as error:
        return {"events": [], "problem": f"The rules cannot work: {error}"}
    except UnrecognizedPayload as error:
        return {"events": [], "problem": str(error)}


def basics_of(row):
    """The Basic Settings as they are."""
    names = ("name", "service", "policy", "play", "sequence", "conference_bridge", "is_enabled")
    found = {name: getattr(row, name) for name in names}
    mode = "play" if row.play_id else "policy"
    teams, users = list(row.teams.all()), list(row.users.all())
    return {**found, "mode": mode, "teams": teams, "users": users}


def _open_first(sample):
    kind, _, rest = sample.name.partition("-")
    return rest, kind != "open"


def _recent(row):
    rows = InboundMessage.objects.filter(integration=row).order_by("-pk").without_payload()
    return rows[:RECENT]
