"""``page``: a service, or a person, by a new incident or for one that is there."""

import re
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from escalation.actions import add_responders, start
from escalation.slack.asked import MAY_NOT_OPEN, VIA, Asked
from escalation.slack.outcome import opened, was_told
from incidents.models import Service, User
from incidents.responders import require_may_act
from notifications.actions.chat_people import person_of
from notifications.message.slack_text import escape, plain

MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>")
OF_INCIDENT = re.compile(r"#?(\d{1,15})(?:\s+(.*))?", re.DOTALL)
MAX_TITLE = 300
MAX_NAMED = 5


def page(asked: Asked, rest: str) -> str:
    """Page whoever is named first; a sentence about what came of it, in Slack's markup.

    Raises DomainError where the portal refuses it.
    """
    mention = MENTION.match(rest)
    if mention is None:
        return _page_service(asked, plain(rest))
    person = person_of(asked.account.channel, mention[1])
    if person is None:
        return _(
            "Nobody in OpsPortal has verified the Slack ID {id} as theirs, so nobody is paged."
        ).format(id=mention[1])
    text = plain(rest[mention.end() :]).strip(" :,")
    known = OF_INCIDENT.fullmatch(text)
    if known:
        return _ask_to_help(asked, person, int(known[1]), known[2] or "")
    return _page_person(asked, person, text)


def _ask_to_help(asked: Asked, person: User, number: int, message: str) -> str:
    incident = asked.incident(number)
    if incident is None:
        return _("There is no incident #{number} that you may see.").format(number=number)
    require_may_act(asked.person, incident)

    def ask() -> str:
        by: dict[str, Any] = {"by": asked.person, "via": VIA}
        add_responders.ask(number, users=[person], message=message, **by)
        if not was_told(incident):
            said = _("{name} cannot be reached, and is not asked to help with #{number}.")
        else:
            said = _("{name} is asked to help with #{number}.")
        return said.format(name=person, number=number)

    return escape(asked.once(ask))


def _page_service(asked: Asked, text: str) -> str:
    if not asked.may_open:
        return _(MAY_NOT_OPEN)
    service, title = _split(text, asked.services())
    if service is None:
        return _(
            "Begin with a person, such as `@Jane`, or with the name of a service of yours, "
            "such as: `{command} page Web shop: checkout is down`."
        ).format(command=asked.request.name)
    if not title:
        wrong = _("Write what is wrong with {service} as well.")
        return wrong.format(service=escape(str(service)))

    def open_incident() -> str:
        return opened(start.open_incident(service, title[:MAX_TITLE], by=asked.person, via=VIA))

    return asked.once(open_incident)


def _page_person(asked: Asked, person: User, text: str) -> str:
    if not asked.may_open:
        return _(MAY_NOT_OPEN)
    mine = asked.services()
    service, title = _split(text, mine)
    if service is None:
        theirs = set(person.teams.values_list("pk", flat=True))
        found = [one for one in mine if one.team_id in theirs]
        if len(found) != 1:
            return _which_service(asked, person, found)
        service, title = found[0], text
    if not title:
        why = _("Write what {name} is paged for as well.")
        return why.format(name=escape(str(person)))
    chosen = service

    def open_incident() -> str:
        people, by = [person], asked.person
        return opened(start.open_for_people(chosen, title[:MAX_TITLE], people, by=by, via=VIA))

    return asked.once(open_incident)


def _split(text: str, services: Iterable[Service]) -> tuple[Service | None, str]:
    """The service that a text begins with, the longest name first, and the rest."""
    for service in sorted(services, key=lambda one: -len(one.name)):
        head, rest = text[: len(service.name)], text[len(service.name) :]
        if head.lower() == service.name.lower() and (not rest or not rest[0].isalnum()):
            return service, rest.strip(" :,\n")
    return None, text


def _which_service(asked: Asked, person: User, found: list[Service]) -> str:
    names = ", ".join(str(one) for one in found[:MAX_NAMED])
    which = _("{name} answers for: {names}.").format(name=person, names=names) if names else ""
    asks = _(
        "Of which service is it? Write its name first: {command} page @{name} <service>: what is "
        "wrong."
    ).format(command=asked.request.name, name=person)
    return escape(f"{asks} {which}".strip())
