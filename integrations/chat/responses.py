"""Texts of replies."""

from collections.abc import Sequence

from django.conf import settings

from incidents.choices import TimelineVerb
from incidents.models import Incident
from integrations.chat.account_link import Claim, address_of
from integrations.chat.command import ChatCommand
from integrations.chat.markup import SLACK, Markup

MAX_LISTED = 10
MAX_TITLE_CHARS = 150
COMMANDS = (
    ("open The shop is down", "opens an incident and tells people; “open” may be left out"),
    ("list", "the incidents that are not resolved"),
    ("status #1042", "how it stands"),
    ("ack #1042", "you take it"),
    ("resolve #1042 disk replaced", "it is over, with a note"),
    ("help", "this list"),
)
OPENED = {
    "opened": "is open, and people are being told",
    "delayed": "is open; people are told later, as the integration says",
    "suppressed": "is open; nobody is told while the maintenance lasts",
    "appended": "is open already",
}


NOBODY = "is open, but nobody could be told: nobody of its policy can be reached"


def help_text(markup: Markup) -> str:
    """Every command."""
    prefix = "/incident " if markup.provider == SLACK else ""
    rows = [
        f"{markup.code(prefix + command)} {markup.text(meaning)}" for command, meaning in COMMANDS
    ]
    return markup.line.join(rows)


def unlinked_user(markup: Markup, claim: Claim) -> str:
    """To a user of the chat who is linked to nobody."""
    link = markup.link(address_of(claim), f"Link your {claim.label} account")
    return f"I do not know who you are here. {link} (good for 15 minutes), then try again."


def incident_line(markup: Markup, incident: Incident) -> str:
    """One incident: its number, which leads to it, its title, and how it stands."""
    title = (
        incident.title
        if len(incident.title) <= MAX_TITLE_CHARS
        else f"{incident.title[:MAX_TITLE_CHARS]}…"
    )
    state = incident.get_status_display().lower()
    owner = f" by {incident.assignee}" if incident.assignee and not incident.is_resolved else ""
    facts = markup.text(f"{state}{owner}, {incident.severity}, {incident.service}")
    return f"{number(markup, incident)} {markup.text(title)} ({facts})"


def number(markup: Markup, incident: Incident) -> str:
    """The number of an incident as a link to it: ``#17``."""
    return markup.link(link_to(incident)[0], f"#{incident.pk}")


def link_to(incident: Incident) -> tuple[str, str]:
    """Its address, and what stands on a button that leads there."""
    return settings.SITE_URL + incident.get_absolute_url(), f"Open #{incident.pk}"


def opened(markup: Markup, command: ChatCommand, incident: Incident, result: str) -> str:
    """To the channel."""
    title = markup.text(incident.title[:MAX_TITLE_CHARS])
    words = OPENED.get(result, "is known")
    if result == "opened" and not incident.timeline.filter(verb=TimelineVerb.PAGED).exists():
        words = "is open, and nobody is told yet" if _waits(incident) else NOBODY
    opener = f"Opened by {markup.text(command.who)}."
    return f"{number(markup, incident)} {words}: {title}{markup.line}{opener}"


def _waits(incident: Incident) -> bool:
    """Whether a step is still to come, and none was in vain."""
    return not incident.timeline.filter(verb=TimelineVerb.NO_RECIPIENT).exists()


def listing(markup: Markup, incidents: Sequence[Incident], count: int) -> str:
    """The newest incidents, and how many there are in all."""
    if not count:
        return "Nothing is open."
    rows = [incident_line(markup, incident) for incident in incidents]
    more = count - len(rows)
    if more > 0:
        link = markup.link(f"{settings.SITE_URL}/incidents/", "the portal")
        rows.append(f"and {more} more in {link}")
    return markup.line.join(rows)
