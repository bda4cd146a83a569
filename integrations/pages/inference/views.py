"""Rule inference: learn rules from two example messages, a firing and a resolved one."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.db.models import BinaryField, F, Func
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render

from incidents.views.base import UNPROCESSABLE, SignedInRequest
from integrations.inbound.redaction import secrets_of
from integrations.inference import propose, validate
from integrations.inference.embedded_json import decode_embedded
from integrations.models import InboundMessage, InboundMessageQuerySet, Integration
from integrations.pages.access import administers
from integrations.pages.inference import page as forms
from integrations.pages.inference.highlight import highlight
from integrations.pages.log.highlight import plain
from integrations.setup import inference
from integrations.setup.inference import InferenceError, rules_of_choice
from opsportal.lib import pages

MAX_RECENT = 12
# Characters of a message in the list: secrets are masked before the text is cut.
MAX_READ_CHARS, MAX_SHOWN_CHARS = 400, 140
MAX_EVENTS = 5


@administers
def learn_from_examples(request: SignedInRequest, pk: int) -> HttpResponse:
    """One page: the two messages, the proposed rules, and what these make of the messages."""
    rows = Integration.objects.visible_to(request.user).select_related("service")
    integration = get_object_or_404(rows, pk=pk)
    if request.method == "GET" and pages.is_partial(request):
        return render(request, "integrations/inference/_recent.html", _recent(integration))
    given = request.POST if request.method == "POST" else request.GET
    texts = {name: _text(integration, given, name) for name in forms.BODIES}
    context = _context(integration, texts, given)
    if request.POST.get("do") == "save" and "choice" in context:
        return _save(request, integration, context)
    if pages.is_partial(request):
        return render(request, "integrations/inference/_result.html", context)
    return _page(request, context)


def _save(
    request: SignedInRequest, integration: Integration, context: dict[str, Any]
) -> HttpResponse:
    firing, resolved = (context["bodies"][name]["tree"] for name in forms.BODIES)
    try:
        saved = inference.save_inferred_rules(integration.pk, firing, resolved, context["choice"])
    except InferenceError:
        return _page(request, {**context, "is_refused": True}, UNPROCESSABLE)
    messages.success(
        request, "Saved: the first message opens an alert, and the second closes it. Test it here."
    )
    if "samples" not in saved.rules:
        messages.warning(request, "The two messages are too large to be kept as samples.")
    return redirect(saved)


def _page(request: SignedInRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    answer = pages.render_page(request, "integrations/inference/page.html", context, status=status)
    answer["Cache-Control"] = "no-store"  # It shows the URL, which is the secret.
    return answer


def _text(integration: Integration, given: QueryDict, name: str) -> str:
    """The text of a body: the message that was picked, or what was pasted."""
    picked = pages.parse_id(given.get(f"pick_{name}"))
    if picked is not None:
        row = _messages(integration).filter(pk=picked).first()
        if row is not None:
            return forms.text_of(row, secrets_of(integration))
    return given.get(name, "")[: forms.MAX_BODY_CHARS]


def _messages(integration: Integration) -> InboundMessageQuerySet:
    """All messages on its URL, newest first."""
    same = Integration.objects.beside(Integration.objects.filter(pk=integration.pk))
    return InboundMessage.objects.filter(integration__in=same.values("pk")).order_by("-pk")


def _recent(integration: Integration) -> dict[str, Any]:
    """The newest messages, each with the start of its body."""
    start = Func(F("body"), 1, MAX_READ_CHARS, function="substring", output_field=BinaryField())
    found = list(_messages(integration).without_payload().annotate(start=start)[:MAX_RECENT])
    secrets = secrets_of(integration)
    recent = [(row, plain(bytes(row.start), secrets)[:MAX_SHOWN_CHARS]) for row in found]
    return {"integration": integration, "recent": recent}


def _context(integration: Integration, texts: dict[str, str], given: QueryDict) -> dict[str, Any]:
    bodies = {name: forms.read_body(texts[name]) for name in forms.BODIES}
    context: dict[str, Any] = {
        "title": f"Learn from examples: {integration.name}",
        "bodies": bodies,
        "replaces": integration.rules.get("source") == integration.name,
        **_recent(integration),
    }
    if all(body["tree"] is not None for body in bodies.values()):
        firing, resolved = (bodies[name]["tree"] for name in forms.BODIES)
        context |= _inferred(integration, firing, resolved, given)
    return context


def _inferred(
    integration: Integration, firing: Any, resolved: Any, given: QueryDict
) -> dict[str, Any]:
    """The proposed rules, or those that the form chooses, and what they make of both messages."""
    is_new = given.get("do") == "find" or any(f"pick_{name}" in given for name in forms.BODIES)
    each = None if is_new or "each" not in given else given.get("each")
    proposal = propose(firing, resolved, each)
    choice = proposal.choice
    if not is_new and "key" in given and given.get("each_was") == each:
        choice = replace(forms.choice_of(given, proposal), unwrap=proposal.unwrap)
    verdict = validate(rules_of_choice(integration, choice), firing, resolved)
    secrets = secrets_of(integration)
    highlighted = [
        highlight(decode_embedded(body, choice.unwrap), choice, secrets)
        for body in (firing, resolved)
    ]
    return {
        "choice": choice,
        "proposal": proposal,
        "fields": forms.fields_of(
            choice, proposal, dict(verdict.problems), {} if is_new else given
        ),
        "verdict": verdict,
        "sides": [
            {"name": "Firing", "body": highlighted[0], "events": verdict.firing[:MAX_EVENTS]},
            {"name": "Resolved", "body": highlighted[1], "events": verdict.resolved[:MAX_EVENTS]},
        ],
    }
