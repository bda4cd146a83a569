"""The slash command: ``/opsportal oncall``, ``incident 1042``, ``ack 1042``, ``page …``."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from escalation.models import Schedule
from escalation.on_call.lookup import OnCall, on_calls_at
from escalation.on_call.schedule_explanations import spell
from escalation.slack.asked import Asked
from escalation.slack.outcome import refusal_of
from escalation.slack.paging import page
from incidents.errors import DomainError
from incidents.models import User
from notifications.actions import replies
from notifications.actions.build_message import describe
from notifications.choices import NotificationEvent
from notifications.message.message import Message, compose
from notifications.message.slack_text import escape, plain
from notifications.providers import _slack_blocks
from notifications.replies import VERBS
from notifications.response_options import allowed
from opsportal.lib.sentences import translated

MAX_SCHEDULES = 15
NUMBER = re.compile(r"#?(\d{1,15})")
Answer = str | Mapping[str, Any]
HELP = (
    ("oncall", gettext_noop("who is on call in each schedule")),
    ("oncall Payments", gettext_noop("who is on call in one, and who is next")),
    ("incident 1042", gettext_noop("how it stands, with buttons")),
    ("ack 1042", gettext_noop("you take it")),
    ("resolve 1042", gettext_noop("it is over for everybody")),
    ("escalate 1042", gettext_noop("the next step is taken now")),
    ("snooze 1042 60", gettext_noop("it is on hold for 60 minutes")),
    (
        "page Web shop: checkout is down",
        gettext_noop("opens an incident of the service, which pages"),
    ),
    ("page @Jane 1042", gettext_noop("asks Jane to help with it")),
    ("page @Jane checkout is down", gettext_noop("opens an incident that pages Jane alone")),
    ("help", gettext_noop("this list")),
)


def answer(asked: Asked) -> Mapping[str, Any]:
    """What the command is answered, which its giver alone sees."""
    first, _space, rest = asked.request.text.strip().partition(" ")
    handler = COMMANDS.get(first.lower(), _of_incident)
    try:
        found = handler(asked, rest.strip())
    except DomainError as refusal:
        found = escape(refusal_of(refusal)[1])
    content = {"text": found} if isinstance(found, str) else found
    return {"response_type": "ephemeral", **content}


def _help(asked: Asked, rest: str) -> str:
    command = asked.request.name
    rows = [f"`{command} {escape(words)}` {_(meaning)}" for words, meaning in HELP]
    return "\n".join(rows)


def _on_call(asked: Asked, rest: str) -> str:
    rows = Schedule.objects.visible_to(asked.person).order_by("name")
    name = plain(rest)
    found = list(rows.filter(name__iexact=name) or rows.filter(name__icontains=name))
    if not found:
        if not name:
            return _("There is no schedule yet.")
        unknown = _("No schedule is called “{name}”. `{command} oncall` lists all.")
        return unknown.format(name=escape(name), command=asked.request.name)
    on_calls = on_calls_at(found[:MAX_SCHEDULES], timezone.now())
    is_one = len(found) == 1
    lines = [_line(one, *on_calls[one.pk], asked.person, with_next=is_one) for one in found[:15]]
    more = len(found) - len(lines)
    rest_of = _("and {count} more: name one of them").format(count=more)
    return "\n".join(lines + ([rest_of] if more > 0 else []))


def _line(
    schedule: Schedule, now: OnCall, after: OnCall | None, reader: User, *, with_next: bool
) -> str:
    text = f"*{escape(str(schedule))}*: {_names(now)}"
    if after is None:
        return text
    until = translated(spell(now.end, reader.zone))
    if not with_next:
        return _("{text} until {time}").format(text=text, time=until)
    said = _("{text} until {time}, then {names}")
    return said.format(text=text, time=until, names=_names(after))


def _names(on_call: OnCall) -> str:
    return escape(", ".join(map(str, on_call.people)) or _("nobody"))


def _incident(asked: Asked, rest: str) -> Answer:
    found = NUMBER.fullmatch(rest)
    if found is None:
        example = _("Write its number, such as `{command} incident 1042`.")
        return example.format(command=asked.request.name)
    incident = asked.incident(int(found[1]))
    if incident is None:
        return _("There is no incident #{number} that you may see.").format(number=found[1])
    offered = allowed([incident.pk], asked.account.channel)[incident.pk]
    draft = Message(
        event=NotificationEvent.UPDATED if incident.is_resolved else NotificationEvent.TRIGGERED,
        recipient=str(asked.person),
        delivery_id="",
        sent_at=timezone.now(),
        incidents=(replace(describe(incident), allowed=offered),),
    )
    message = compose(draft, zone=asked.person.zone)
    return _slack_blocks.content_of(message, is_interactive=True, is_shared=True)


def _of_incident(asked: Asked, rest: str) -> str:
    """What can be answered to any message: acknowledge, resolve, snooze and so on."""
    words = plain(asked.request.text.strip()).replace("#", "")
    if words.split(" ")[0].lower() not in VERBS:
        unknown = _("This is no command. `{command} help` lists them.")
        return unknown.format(command=asked.request.name)
    reply = replace(asked.reply, text=words)
    return escape(replies.answer(asked.account.channel, asked.account.key, reply))


COMMANDS: dict[str, Callable[[Asked, str], Answer]] = {
    "": _help,
    "help": _help,
    "oncall": _on_call,
    "on-call": _on_call,
    "who": _on_call,
    "incident": _incident,
    "show": _incident,
    "status": _incident,
    "page": page,
}
