"""The page behind the link with which whoever takes over confirms it."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from escalation.actions import confirmations, hand_overs
from escalation.answer_links import AnswerLink
from escalation.models import HandOverConfirmation
from escalation.pages.schedules.answer_page import answer_page, behind_link

TEMPLATE = "schedules/hand_over_answer.html"


@behind_link(confirmations.PAGE, TEMPLATE)
def answer(request: HttpRequest, link: AnswerLink) -> HttpResponse:
    """Whose shift it is now, the note, and the button that confirms; the link says who does."""
    rows = HandOverConfirmation.objects.select_related("hand_over__schedule", "user")
    asked = rows.filter(hand_over=link.row_id, user=link.user_id, user__is_active=True).first()
    if asked is None:
        reason = "You are not asked to confirm this hand-over any more."
        return _page(request, "invalid", status=404, reason=reason)
    row, user = asked.hand_over, asked.user
    if request.method == "POST":
        confirmations.confirm(row, user, now=timezone.now())
    is_done = request.method == "POST" or asked.confirmed_at is not None
    names = hand_overs.names_of(row.outgoing)
    return _page(
        request,
        "done" if is_done else "ask",
        row=row,
        user=user,
        zone=user.zone,
        outgoing=" + ".join(names[one] for one in row.outgoing),
    )


_page = partial(answer_page, template=TEMPLATE)
