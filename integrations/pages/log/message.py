"""One message of the log: as received, what mapping found, its results; and replay."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from incidents.errors import DomainError
from incidents.models import Incident
from incidents.views.base import SignedInRequest
from integrations.catalog.detection import GENERIC, Guess, detect
from integrations.decoding.mime import RFC822
from integrations.engine.opening import received_of, rules_of
from integrations.engine.trace import trace_of
from integrations.errors import RulesError, UnreadableBody, UnrecognizedPayload
from integrations.inbound.redaction import redact_headers, redact_tree, secrets_of
from integrations.mapping.rules import Received
from integrations.models import ADMINISTER, EventResult, InboundMessage
from integrations.pages.access import administers
from integrations.pages.log.highlight import highlight, plain, pretty
from integrations.setup import replay as integration_replay
from opsportal.lib import pages

MAX_EVENTS = 50
MAX_DETECTED_BYTES = 100_000  # Each of the likely templates reads all of it.


@pages.signed_in()
def message(request: SignedInRequest, pk: int) -> HttpResponse:
    return _show(request, _message(request, pk))


@administers
@require_POST
def replay(request: SignedInRequest, pk: int) -> HttpResponse:
    """Dry run: show what today's rules would do. Real: a new message that points at this one."""
    old = _message(request, pk)
    try:
        if request.POST.get("do") != "real":
            return _show(request, old, dry=integration_replay.dry_run(old.pk))
        new = integration_replay.replay(old.pk)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect(old)
    text = "Message {} was replayed: this is the new one."
    messages.success(request, format_html(text, old.pk))
    return redirect(new)


def _message(request: SignedInRequest, pk: int) -> InboundMessage:
    rows = InboundMessage.objects.visible_to(request.user)
    return get_object_or_404(
        rows.select_related("integration", "service", "replay_of", "forward"), pk=pk
    )


def _show(
    request: SignedInRequest, row: InboundMessage, *, dry: list[EventResult] | None = None
) -> HttpResponse:
    secrets = secrets_of(row.integration)
    received, problem = _received(row)
    results = row.event_results
    named = [one.incident_id for one in [*results, *(dry or [])]]
    numbers = {number for number in [*named, row.incident_id] if number is not None}
    visible = Incident.objects.visible_to(request.user).filter(pk__in=numbers)
    context = {
        "title": f"Message {row.pk}",
        "message": row,
        "results": results,
        "dry": dry,
        "incidents": visible.in_bulk(),
        "headers": redact_headers(row.headers, secrets),
        "query": redact_headers(dict(parse_qsl(row.query, keep_blank_values=True)), secrets),
        "body": _body(row, received, secrets),
        "mail": redact_tree(received.body, secrets)
        if received and row.content_type == RFC822
        else None,
        "size": len(row.body),
        "explained": _explained(row, received, problem),
        "likely": _likely(row, received),
        "trace": trace_of(row, request.user),
        "forward": getattr(row, "forward", None),
        "may_replay": request.user.has_perm(ADMINISTER),
    }
    return pages.render_page(request, "integrations/message_detail.html", context)


def _received(row: InboundMessage) -> tuple[Received | None, str]:
    """The decoded message, or why it cannot be decoded."""
    try:
        return received_of(row), ""
    except UnreadableBody as error:
        return None, str(error)


def _body(row: InboundMessage, received: Received | None, secrets: Sequence[str]) -> str:
    if received is None:
        return plain(bytes(row.body), secrets)
    return highlight(pretty(received.body, secrets))


def _likely(row: InboundMessage, received: Received | None) -> Guess | None:
    """The template of another tool that reads a message which failed here."""
    if received is None or row.status != InboundMessage.Status.FAILED or row.integration is None:
        return None
    if len(row.body) > MAX_DETECTED_BYTES:
        return None
    for guess in detect(received, limit=1):
        is_other = guess.template.slug != row.integration.template
        if guess.variant and is_other and guess.template.category != GENERIC:
            return guess
    return None


def _explained(row: InboundMessage, received: Received | None, problem: str) -> dict[str, Any]:
    """The events that today's rules make of it, and why there are none."""
    if received is None or row.integration is None:
        gone = "" if row.integration else "Its integration is gone, and its rules with it."
        return {"events": [], "problem": problem or gone}
    try:
        rules = rules_of(row.integration)
        # What it closed has passed the filters as the end of an alert.
        is_end = row.action == InboundMessage.Action.CLOSED
        refusal = None if is_end else rules.filter_refusal(received)
        return {"events": rules.explain(received, MAX_EVENTS), "problem": refusal or ""}
    except (RulesError, UnrecognizedPayload) as error:
        return {"events": [], "problem": str(error)}
