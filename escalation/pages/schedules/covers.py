"""Asking for cover, and what the asker and the managers do with that."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from escalation.actions import cover_answers, cover_requests
from escalation.actions.cover_requests import CoverDraft
from escalation.actions.overrides import MAX_AHEAD, Span
from escalation.answer_links import answer_path
from escalation.models import CoverRequest, Schedule
from escalation.on_call.cover_facts import SWAP_AHEAD, proposals, ring_of
from escalation.on_call.ledger import by_burden
from escalation.on_call.schedule_explanations import spell
from escalation.on_call.schedule_facts import instant_of, time_of, timeline_of
from escalation.pages.schedules.dates import time_from
from escalation.pages.schedules.forms import SpanForm
from escalation.rights.cover_rights import UNDO_UNTIL, may_ask_for, may_undo, may_withdraw
from incidents.models import User
from incidents.models.people import RESPOND
from incidents.views.base import (
    SignedInRequest,
    form_page,
    process_form,
    requires,
    run_and_redirect,
    say,
)
from opsportal.lib import pages


class CoverForm(SpanForm):
    """From when until when, whom to ask, what to say, and what to take in return."""

    asked = forms.ModelMultipleChoiceField(
        User.objects.none(),
        label="Ask",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Nobody ticked: all of them. Who has done fewest nights and week-ends in the"
        " last twelve weeks comes first.",
    )
    message = forms.CharField(label="Message", max_length=500, required=False)
    gives_back = forms.MultipleChoiceField(
        label="In return I take one of these",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Shifts of about the same length within six weeks. Whoever takes yours chooses.",
    )

    def __init__(
        self, *args: Any, schedule: Schedule, asker: User, reader: User, span: Span, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.zone = reader.zone
        self.fields["starts"].help_text = f"Times are those of {reader.time_zone}."
        now = timezone.now()
        ring = User.objects.pageable().filter(pk__in=ring_of(schedule, asker.pk, now))
        ordered = by_burden(schedule, list(ring), now)
        asked: Any = self.fields["asked"]
        asked.queryset = ring
        asked.choices = [(user.pk, str(user)) for user in ordered]
        offers: Any = self.fields["gives_back"]
        offers.choices = _offers(schedule, {user.pk: user for user in ordered}, span, reader)
        if not offers.choices:
            del self.fields["gives_back"]

    @property
    def draft(self) -> CoverDraft:
        """What was written."""
        found = self.cleaned_data
        pairs = [text.split("-") for text in found.get("gives_back", ())]
        return CoverDraft(
            span=self.span,
            asked=list(found["asked"]),
            message=found["message"],
            gives_back=[(int(start), int(end)) for start, end in pairs],
        )


def _offers(
    schedule: Schedule, people: dict[int, User], span: Span, reader: User
) -> list[tuple[str, str]]:
    now = timezone.now()
    pieces = timeline_of(schedule, now, now + SWAP_AHEAD)
    taken = instant_of(span.starts_at), instant_of(span.ends_at)
    found = proposals(pieces, people, taken[1] - taken[0], taken)
    return [
        (
            f"{start}-{end}",
            f"{people[user]}: {spell(time_of(start), reader.zone)} to"
            f" {spell(time_of(end), reader.zone)}",
        )
        for user, (start, end) in found
    ]


@requires(RESPOND)
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask for cover: for oneself, or as a manager for somebody (``?for=``)."""
    row = get_object_or_404(Schedule.objects.visible_to(request.user), pk=pk)
    asker = request.user
    if number := pages.parse_id(request.GET.get("for")):
        asker = get_object_or_404(User.objects.active(), pk=number)
    if not may_ask_for(row, asker, request.user):
        raise PermissionDenied
    span = _asked_span(request)
    zone = request.user.zone
    initial = {
        "starts": span.starts_at.astimezone(zone).replace(tzinfo=None),
        "ends": span.ends_at.astimezone(zone).replace(tzinfo=None),
    }
    extra: dict[str, Any] = {"schedule": row, "asker": asker, "reader": request.user, "span": span}
    form = CoverForm(request.POST or None, initial=initial, **extra)

    def act() -> HttpResponse:
        made = cover_requests.ask_for_cover(row, asker, form.draft, by=request.user)
        count = made.invitations.count()
        who = "You stay" if asker == request.user else f"{asker} stays"
        people = "1 person is" if count == 1 else f"{count} people are"
        say(request, f"{people} asked. {who} on call until somebody takes it.")
        return redirect("my_shifts" if asker == request.user else row)

    context = {"title": "Ask for cover", "schedule": row, "asker": asker, "form": form}
    return process_form(form, act, form_page(request, "schedules/cover_ask.html", context))


def _asked_span(request: HttpRequest) -> Span:
    """The shift that the address names, from now on where it has begun; else four hours."""
    now = timezone.now()
    start, end = (time_from(request.GET.get(name), now + MAX_AHEAD) for name in ("at", "until"))
    starts_at = max(now, start or now)
    ends_at = end or starts_at + timedelta(hours=4)
    starts_at = starts_at.replace(microsecond=0)
    return Span(starts_at, max(ends_at, starts_at + timedelta(minutes=1)))


def acting(
    may: Callable[..., bool], act: Callable[[CoverRequest, User], str]
) -> Callable[..., HttpResponse]:
    """A button of the asker, of a manager, or of whoever has taken it."""

    @requires(RESPOND)
    @require_POST
    def view(request: SignedInRequest, pk: int) -> HttpResponse:
        row = get_object_or_404(CoverRequest.objects.visible_to(request.user), pk=pk)
        if not may(row, request.user):
            raise PermissionDenied
        target = pages.return_url(request, "my_shifts")
        return run_and_redirect(request, lambda: act(row, request.user), target)

    return view


def _withdraw(row: CoverRequest, user: User) -> str:
    cover_requests.withdraw(row.pk, by=user)
    return "Nobody is asked any more."


def _undo(row: CoverRequest, user: User) -> str:
    cover_answers.undo(row.pk, by=user)
    return f"It is undone: {row.asker} is on call."


withdraw = acting(may_withdraw, _withdraw)
undo = acting(lambda row, user: may_undo(row, user, timezone.now()), _undo)


def requests_for(user: User, now: datetime) -> dict[str, Any]:
    """What My shifts shows: what one has asked for, what one is asked, and what one has taken."""
    rows = CoverRequest.objects.filter(ends_at__gt=now).select_related(
        "schedule", "asker", "taken_by"
    )
    asked = rows.open().filter(invitations__user=user, invitations__declined_at=None)
    taken = rows.filter(
        overrides__made_by=user, overrides__cancelled_at=None, overrides__ends_at__gt=now
    )
    covered = list(taken.exclude(asker=user).distinct())
    named = {row.schedule_id for row in covered}
    managed = Schedule.objects.changeable_by(user).filter(pk__in=named)
    changeable = set(managed.values_list("pk", flat=True)) if named else set()
    return {
        "covers_mine": rows.filter(asker=user),
        "covers_asked": [(row, answer_path("cover", row.pk, user.pk, now=now)) for row in asked],
        "covers_taken": [
            (row, row.schedule_id in changeable or now <= row.starts_at - UNDO_UNTIL)
            for row in covered
        ],
    }
