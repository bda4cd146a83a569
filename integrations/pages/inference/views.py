"""Teach an integration with two messages: one that fires, one that says that it is over."""

from dataclasses import replace

from django.contrib import messages
from django.db.models import BinaryField, F, Func
from django.shortcuts import get_object_or_404, redirect, render

from integrations.inbound.redaction import secrets_of
from integrations.inference import propose, validate
from integrations.inference.embedded_json import decode_embedded
from integrations.models import InboundMessage, Integration
from integrations.pages.access import administers
from integrations.pages.inference import page as forms
from integrations.pages.inference.highlight import paint
from integrations.pages.log.highlight import plain
from integrations.setup import inference
from integrations.setup.inference import InferenceError, rules_of_choice
from opsportal.lib import pages

CAUGHT = 12
PEEK, SHOWN = 400, 140  # What is covered must be covered before it is cut.
UNPROCESSABLE = 422


@administers
def teach(request, pk):
    """Step by step on one page: the two messages, what they seem to mean, the verdict."""
    rows = Integration.objects.visible_to(request.user).select_related("service")
    integration = get_object_or_404(rows, pk=pk)
    if request.method == "GET" and pages.is_partial(request):
        return render(request, "integrations/teach/_caught.html", _caught(integration, request.GET))
    given = request.POST if request.method == "POST" else request.GET
    texts = {name: _text(integration, given, name) for name in forms.BODIES}
    context = _context(integration, texts, given)
    if request.POST.get("do") == "save" and "choice" in context:
        return _save(request, integration, context)
    if pages.is_partial(request):
        return render(request, "integrations/teach/_result.html", context)
    return _page(request, context)


def _save(request, integration, context):
    firing, resolved = (context["bodies"][name]["tree"] for name in forms.BODIES)
    try:
        saved = inference.save_inferred_rules(integration.pk, firing, resolved, context["choice"])
    except InferenceError:
        return _page(request, {**context, "is_refused": True}, UNPROCESSABLE)
    messages.success(
        request, "Taught: the first message opens an alert, and the second closes it. Test it here."
    )
    if "samples" not in saved.rules:
        messages.warning(request, "The two messages are too large to be kept as samples.")
    return redirect(saved)


def _page(request, context, status=200):
    answer = pages.page(request, "integrations/teach/teach.html", context, status=status)
    answer["Cache-Control"] = "no-store"  # It shows the URL, which is the secret.
    return answer


def _text(integration, given, name):
    """The text of a body: that of a message that was picked, or what was pasted."""
    picked = given.get(f"pick_{name}", "")
    if picked.isdecimal():
        row = _messages(integration).filter(pk=int(picked[:18])).first()
        if row is not None:
            return forms.text_of(row, secrets_of(integration))
    return given.get(name, "")[: forms.LONGEST]


def _messages(integration):
    """All that came to this URL."""
    same = Integration.objects.beside(Integration.objects.filter(pk=integration.pk))
    return InboundMessage.objects.filter(integration__in=same.values("pk")).order_by("-pk")


def _caught(integration, given):
    start = Func(F("body"), 1, PEEK, function="substring", output_field=BinaryField())
    found = list(_messages(integration).without_payload().annotate(start=start)[:CAUGHT])
    for row in found:
        row.peek = plain(bytes(row.start), secrets_of(integration))[:SHOWN]
    return {"integration": integration, "caught": found}


def _context(integration, texts, given):
    bodies = {name: forms.read_body(texts[name]) for name in forms.BODIES}
    context = {
        "title": f"Teach {integration.name}",
        "bodies": bodies,
        "replaces": integration.rules.get("source") == integration.name,
        **_caught(integration, given),
    }
    if all(body["tree"] is not None for body in bodies.values()):
        firing, resolved = (bodies[name]["tree"] for name in forms.BODIES)
        context |= _understood(integration, firing, resolved, given)
    return context


def _understood(integration, firing, resolved, given):
    """What the two seem to mean, or what a person says that they mean, and what comes of it."""
    is_new = given.get("do") == "find" or any(f"pick_{name}" in given for name in forms.BODIES)
    each = None if is_new or "each" not in given else given["each"]
    proposal = propose(firing, resolved, each)
    choice = proposal.choice
    if not is_new and "key" in given and given.get("each_was") == each:
        choice = replace(forms.choice_of(given, proposal), unwrap=proposal.unwrap)
    verdict = validate(rules_of_choice(integration, choice), firing, resolved)
    secrets = secrets_of(integration)
    painted = [
        paint(decode_embedded(body, choice.unwrap), choice, secrets) for body in (firing, resolved)
    ]
    return {
        "choice": choice,
        "proposal": proposal,
        "fields": forms.fields_of(
            choice, proposal, dict(verdict.problems), {} if is_new else given
        ),
        "verdict": verdict,
        "sides": [
            {"name": "Firing", "body": painted[0], "events": verdict.firing[:5]},
            {"name": "Resolved", "body": painted[1], "events": verdict.resolved[:5]},
        ],
    }
