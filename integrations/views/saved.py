"""The saved page of an integration: its URL first, then everything about it."""

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from incidents import frame
from integrations.catalog import all_templates
from integrations.errors import RulesError, UnrecognizedPayload
from integrations.forms import (
    FREE_FIELDS,
    BasicForm,
    FieldMappingForm,
    RateForm,
    RulesForm,
    SignatureForm,
)
from integrations.models import ADMINISTER, InboundMessage, Integration
from integrations.setup_steps import fill, steps
from integrations.showing import highlight, pretty
from integrations.traffic import Traffic, last_hour
from integrations.verbs import preview

RECENT = 8


@frame.signed_in()
def integration(request, pk):
    """The page; who does not administer integrations sees no URL, key or form."""
    rows = Integration.objects.visible_to(request.user)
    return show(request, get_object_or_404(rows.select_related("service", "policy", "play"), pk=pk))


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
    answer = frame.page(
        request, "integrations/integration_detail.html", context | changed, status=status
    )
    answer["Cache-Control"] = "no-store"  # It shows the URL, which is the secret.
    return answer


def _for_admins(row, template):
    found = {
        "typed_url": row.url.partition("/POSTAlert/")[0]
        + reverse("typed", args=[row.template])
        + f"?integrationId={row.public_id}",
        "siblings": Integration.objects.filter(token_digest=row.token_digest).exclude(pk=row.pk),
        "basic_form": BasicForm(initial=basics_of(row)),
        "rules_form": RulesForm.of(row),
        "signature_form": SignatureForm(initial={"provider": _provider(row, template)}),
        "rate_form": RateForm(initial={"rate_limit": row.rate_limit}),
        "fields_form": FieldMappingForm.of(row) if row.template == FREE_FIELDS else None,
        "previews": previews(row, template),
    }
    if template:
        found["steps"] = steps(template, row)
        found["custom_body"] = fill(template.custom_body, row)
    return found


def previews(row, template, rules=None):
    """What the mapping makes of the open and the close samples, by these or its own rules."""
    samples = (
        [s for s in template.samples if s.name.startswith(("open", "close"))] if template else []
    )
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
    names = ("name", "service", "policy", "play", "sequence", "bridge", "is_enabled")
    found = {name: getattr(row, name) for name in names}
    mode = "play" if row.play_id else "policy"
    teams, users = list(row.teams.all()), list(row.users.all())
    return {**found, "mode": mode, "teams": teams, "users": users}


def _open_first(sample):
    kind, _, rest = sample.name.partition("-")
    return rest, kind != "open"


def _provider(row, template):
    return row.signature_provider or (template.signature if template else "") or "generic"


def _recent(row):
    rows = InboundMessage.objects.filter(integration=row).order_by("-pk").without_payload()
    return rows[:RECENT]
