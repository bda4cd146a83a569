"""What is answered, in words."""

from collections.abc import Sequence

from django.conf import settings

from incidents.models import Incident
from integrations.chat.account_link import Claim, address_of
from integrations.chat.markup import SLACK, Voice
from integrations.chat.request import Asked

MOST = 10
TITLE = 150
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


def help_text(voice: Voice) -> str:
    """Every command."""
    prefix = "/incident " if voice.provider == SLACK else ""
    rows = [
        f"{voice.code(prefix + command)} {voice.text(meaning)}" for command, meaning in COMMANDS
    ]
    return voice.line.join(rows)


def stranger(voice: Voice, claim: Claim) -> str:
    """To somebody whom we do not know."""
    link = voice.link(address_of(claim), f"Link your {claim.label} account")
    return f"I do not know who you are here. {link} (good for 15 minutes), then try again."


def incident_line(voice: Voice, incident: Incident) -> str:
    """One incident: its number, which leads to it, its title, and how it stands."""
    title = incident.title if len(incident.title) <= TITLE else f"{incident.title[:TITLE]}…"
    state = incident.get_status_display().lower()
    owner = f" by {incident.assignee}" if incident.assignee and not incident.is_resolved else ""
    facts = voice.text(f"{state}{owner}, {incident.severity}, {incident.service}")
    return f"{number(voice, incident)} {voice.text(title)} ({facts})"


def number(voice: Voice, incident: Incident) -> str:
    """The number of an incident as a link to it: ``#17``."""
    return voice.link(link_to(incident)[0], f"#{incident.pk}")


def link_to(incident: Incident) -> tuple[str, str]:
    """Its address, and what stands on a button that leads there."""
    return settings.SITE_URL + incident.get_absolute_url(), f"Open #{incident.pk}"


def opened(voice: Voice, asked: Asked, incident: Incident, result: str) -> str:
    """To the channel."""
    title = voice.text(incident.title[:TITLE])
    words = OPENED.get(result, "is known")
    return (
        f"{number(voice, incident)} {words}: {title}{voice.line}Opened by {voice.text(asked.who)}."
    )


def listing(voice: Voice, incidents: Sequence[Incident], count: int) -> str:
    """The newest incidents, and how many there are in all."""
    if not count:
        return "Nothing is open."
    rows = [incident_line(voice, incident) for incident in incidents]
    more = count - len(rows)
    if more > 0:
        link = voice.link(f"{settings.SITE_URL}/incidents/", "the portal")
        rows.append(f"and {more} more in {link}")
    return voice.line.join(rows)
