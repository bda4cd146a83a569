"""Builds the message of a notification from its rows, at the moment of sending."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from incidents.models import Incident, User
from incidents.models.people import has_responding_role, is_informed_only
from notifications import action_links
from notifications.actions.message_templates import in_own_words
from notifications.actions.paged_people import paged_people
from notifications.choices import NotificationEvent
from notifications.message.message import (
    ASKING,
    Action,
    IncidentSummary,
    Message,
    PagedPerson,
    compose,
)
from notifications.message.words import action_word
from notifications.models import Notification
from notifications.response_options import ALL, allowed
from notifications.status_pages.addresses import unsubscribe_url
from opsportal.lib.encryption import decrypt
from opsportal.lib.languages import language_of, written_in
from opsportal.lib.sentences import translated

PRIVATE = gettext_noop("A private incident")


def summary_of(
    incident: Incident, row: Notification, *, may_act: bool, allowed: frozenset[str] = ALL
) -> IncidentSummary:
    """The summary of its incident that a notification holds; its reader acts where they may, by
    the answers that are ``allowed`` by its channel."""
    actions = _actions(incident, row, allowed) if may_act else ()
    summary = replace(describe(incident), actions=actions, allowed=allowed)
    if _is_hidden(incident, row):
        return replace(
            summary, title=_(PRIVATE), summary="", assignee="", assignee_id=None, bridge=""
        )
    return summary


def describe(incident: Incident) -> IncidentSummary:
    """The summary for somebody who may see the incident."""
    return IncidentSummary(
        number=incident.pk,
        title=incident.title,
        status=incident.status,
        urgency=incident.urgency,
        severity=incident.severity,
        priority=incident.priority,
        url=f"{settings.SITE_URL}{incident.get_absolute_url()}",
        opened_at=incident.opened_at,
        service_id=incident.service_id,
        service=incident.service.name,
        assignee_id=incident.assignee_id,
        assignee=str(incident.assignee or ""),
        summary=incident.description,
        bridge=incident.conference_bridge,
        is_test=incident.is_test,
        paging_round=incident.paging_round,
        merged_into=incident.merged_into_id,
    )


def _is_hidden(incident: Incident, row: Notification) -> bool:
    """Whether it is private, and not for who reads the notification: in a shared channel others do,
    and an announcement may go to somebody who does not see it."""
    if not incident.is_private:
        return False
    if row.user is None:
        return True
    mine = Incident.objects.visible_to(row.user).filter(pk=incident.pk)
    return row.is_announcement and not mine.exists()


def _own_words(row: Notification) -> tuple[str, str]:
    """The subject and the text of a workflow, which may quote the incident; ("", "") for none."""
    if "text" not in row.facts or (row.incident and _is_hidden(row.incident, row)):
        return "", ""
    return row.facts["subject"], row.facts["text"]


def _actions(incident: Incident, row: Notification, allowed: frozenset[str]) -> tuple[Action, ...]:
    """What its reader may do without a login."""
    made = [
        Action(
            verb,
            action_word(verb),
            action_links.action_url(
                incident.pk, row.user_id, verb, delivery_id=str(row.delivery_id)
            ),
        )
        for verb in ("acknowledge", "resolve")
        if verb in allowed
    ]
    return tuple(made)


def _acting(rows: Sequence[Notification]) -> set[int]:
    """The ids of those rows, all for one reader, that ask a person who may act.

    None for who is a Stakeholder by now; and for who has lost the role that responds, none that
    they were sent as long as they had it.
    """
    reader = rows[0].user_id
    if rows[0].event not in ASKING:
        return set()
    if reader is None:  # Of a team's address whoever answers acts; of other rooms nobody is known.
        return {row.pk for row in rows if "team_contact" in row.facts}
    rights = User.objects.filter(pk=reader).values_list(has_responding_role(), is_informed_only())
    responds, is_stakeholder = rights.first() or (False, True)
    if is_stakeholder:
        return set()
    return {row.pk for row in rows if responds or not row.facts.get("had_role")}


def _url(rows: Sequence[Notification]) -> str:
    """Where one incident, several, or none can be seen; of a test, where its reader says that it
    came."""
    if _proves(rows[0]):
        delivery = str(rows[0].delivery_id)
        return action_links.action_url(
            0, rows[0].user_id, action_links.REACHED, delivery_id=delivery
        )
    if rows[0].subscriber:  # Who reads no page of the portal, but one that may be elsewhere.
        return str(rows[0].facts["notice"]["url"])
    if not rows[0].incident_id:
        return f"{settings.SITE_URL}{rows[0].facts.get('notice', {}).get('url', '')}"
    return f"{settings.SITE_URL}{reverse('incidents')}" if len(rows) > 1 else ""


def _paged(rows: Sequence[Notification]) -> tuple[PagedPerson, ...]:
    """Who was paged for the one incident that a shared channel is told of, and may read of."""
    first = rows[0]
    if first.shared_channel_id is None or first.incident is None or len(rows) > 1:
        return ()
    return () if _is_hidden(first.incident, first) else paged_people(first.incident, first.channel)


def _for_subscriber(message: Message, row: Notification) -> Message:
    """What it says besides to a subscriber of a status page; the request to confirm a subscription
    has nothing yet to end. However many there are, none of them is told that it came late."""
    if row.subscriber is None:
        return message
    is_first = row.facts.get("is_first")
    return replace(
        message,
        published_by=row.subscriber.page.name,
        unsubscribe_url="" if is_first else unsubscribe_url(row.subscriber),
        document=row.facts.get("document"),
        delayed_by_s=0,
    )


def _proves(row: Notification) -> bool:
    """Whether it is a test of a person's contact method."""
    return row.event == NotificationEvent.TEST and row.contact_method_id is not None


def build_message(
    rows: Sequence[Notification], *, now: datetime, may_repeat: bool, in_reply_to: str = ""
) -> Message:
    """One message for several notifications to one address, in the language of its reader; the
    first names the delivery."""
    first = rows[0]
    language = language_of(*_languages(first))
    zone = first.user.zone if first.user else ZoneInfo("UTC")
    with written_in(language):
        draft = _for_subscriber(_draft(rows, now), first)
        draft = replace(draft, language=language, may_repeat=may_repeat, in_reply_to=in_reply_to)
        return in_own_words(compose(draft, zone=zone), first.channel)


def _draft(rows: Sequence[Notification], now: datetime) -> Message:
    first = rows[0]
    due_at = min(row.due_at for row in rows)
    acting = _acting(rows)
    own_title, own_text = _own_words(first)
    answers = allowed([row.incident.pk for row in rows if row.incident], first.channel)
    notice = first.facts.get("notice", {})
    return Message(
        event=NotificationEvent(first.event),
        recipient=str(first.user or first.shared_channel or ""),
        delivery_id=str(first.delivery_id),
        sent_at=now,
        incidents=tuple(
            summary_of(
                row.incident, row, may_act=row.pk in acting, allowed=answers[row.incident.pk]
            )
            for row in rows
            if row.incident
        ),
        title=translated(notice.get("title", "")),
        text=translated(notice.get("text", "")),
        url=_url(rows),
        proves=_proves(first),
        is_redelivery="is_redelivery" in first.facts,
        delayed_by_s=max(0, int((now - due_at).total_seconds())),
        code=decrypt(first.facts["code"]) if first.facts.get("code") else "",
        reason=translated(first.reason),
        own_title=own_title,
        own_text=own_text,
        paged=_paged(rows),
    )


def _languages(row: Notification) -> tuple[str, ...]:
    """Which language its reader has chosen."""
    if row.user:
        return (row.user.language,)
    return (row.shared_channel.language,) if row.shared_channel else ()
