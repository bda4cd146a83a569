"""The page behind the link with which somebody answers a request for cover."""

from datetime import datetime
from functools import partial
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from escalation.actions import cover_answers, cover_requests
from escalation.answer_links import AnswerLink
from escalation.models import CoverRequest
from escalation.on_call.cover_facts import open_spans, spans_of_person
from escalation.on_call.schedule_explanations import spell
from escalation.on_call.schedule_facts import instant_of, time_of, timeline_of
from escalation.on_call.shift_rows import shifts_of
from escalation.pages.schedules.answer_page import answer_page, behind_link
from escalation.pages.schedules.forms import SpanForm
from escalation.rights.cover_rights import may_answer
from escalation.schedules.hours import count_nights
from incidents.errors import DomainError
from incidents.models import User
from opsportal.lib import pages

TEMPLATE = "schedules/cover_answer.html"


class AnswerForm(SpanForm):
    """All of it, or from when until when; and what the asker takes in return."""

    answer = forms.ChoiceField(choices=[("all", "all"), ("part", "part"), ("no", "no")])
    in_return = forms.CharField(required=False)

    def __init__(self, *args: Any, reader: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = reader.zone
        if self.data.get("answer") != "part":
            del self.fields["starts"], self.fields["ends"]

    def clean(self) -> dict[str, Any]:
        return super().clean() if "starts" in self.fields else self.cleaned_data


@behind_link("cover", TEMPLATE)
def answer(request: HttpRequest, link: AnswerLink) -> HttpResponse:
    """What is asked for, and the buttons that answer; the link says who answers."""
    now = timezone.now()
    rows = CoverRequest.objects.select_related("schedule__team", "asker", "taken_by")
    row = rows.filter(pk=link.row_id).first()
    user = User.objects.pageable().filter(pk=link.user_id).first()
    if row is None:
        return _page(request, "invalid", status=404, reason="There is no such request any more.")
    if user is None or not may_answer(row, user):
        return _page(request, "invalid", status=403, reason="You cannot take it any more.")
    if request.method == "POST":
        return _answer(request, row, user, now)
    return _show(request, row, user, now)


def _answer(request: HttpRequest, row: CoverRequest, user: User, now: datetime) -> HttpResponse:
    form = AnswerForm(request.POST, reader=user)
    if not form.is_valid():
        texts = [str(text) for errors in form.errors.values() for text in errors]
        return _show(request, row, user, now, status=422, reason=" ".join(texts))
    found = form.cleaned_data
    try:
        if found["answer"] == "no":
            cover_requests.decline(row.pk, user)
            return _page(request, "declined", request_row=row, user=user)
        span = form.span if found["answer"] == "part" else None
        offer = _offer(found["in_return"])
        made = cover_answers.accept(row.pk, user, span=span, in_return=offer)
    except DomainError as refusal:
        row.refresh_from_db()
        text = str(refusal).partition(": ")[2] or str(refusal)
        return _show(request, row, user, now, status=409, reason=text)
    return _page(request, "done", request_row=made, user=user)


def _offer(text: str) -> tuple[int, int] | None:
    start, _, end = text.partition("-")
    first, last = pages.parse_id(start), pages.parse_id(end)
    return (first, last) if first and last else None


def _show(
    request: HttpRequest,
    row: CoverRequest,
    user: User,
    now: datetime,
    *,
    status: int = 200,
    reason: str = "",
) -> HttpResponse:
    left = open_spans(row, now)
    start, end = (left[0][0], left[-1][1]) if left else (0, 0)
    context: dict[str, Any] = {
        "request_row": row,
        "user": user,
        "zone": user.zone,
        "reason": reason,
        "spans": [(time_of(a), time_of(b)) for a, b in left],
        "first": time_of(start),
        "last": time_of(end),
        "hours": round(sum(b - a for a, b in left) / 3600, 1),
        "nights": sum(count_nights(a, b, user.zone) for a, b in left),
        "conflicts": conflicts_of(user, row, time_of(start), time_of(end)) if left else [],
        "offers": _offers_to(row, user, now),
        "why": "" if left else cover_requests.why_not_open(row),
    }
    return _page(request, "ask" if left else "over", status=status, **context)


def conflicts_of(user: User, row: CoverRequest, start: datetime, end: datetime) -> list[str]:
    """What the person is on call for then already, and when they are away, in sentences."""
    found = [
        f"You are on call for {shift.schedule} then, {spell(shift.start, user.zone)} to"
        f" {spell(shift.end, user.zone)}."
        for shift in shifts_of(user, start, end)
    ]
    away = user.absences.live_between(start, end).filter(cancelled_at=None)
    return found + [f"You are out of office until {spell(one.ends_at, user.zone)}." for one in away]


def _offers_to(row: CoverRequest, user: User, now: datetime) -> list[dict[str, Any]]:
    """The shifts of the reader of which the asker would take one in return."""
    offers = [(a, b) for a, b in row.get_offers() if a > instant_of(now)]
    if not offers:
        return []
    pieces = timeline_of(
        row.schedule, time_of(offers[0][0]), time_of(max(end for _, end in offers))
    )
    mine = spans_of_person(pieces, user.pk)
    return [
        {"value": f"{a}-{b}", "start": time_of(a), "end": time_of(b)}
        for a, b in offers
        if any(start < b and end > a for start, end in mine)
    ]


_page = partial(answer_page, template=TEMPLATE)
