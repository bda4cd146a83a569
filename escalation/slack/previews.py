"""Links to incidents that somebody posts in Slack are shown with what they are about.

Everybody in the channel reads it: the title, the status and the service, of what is not private,
and only where whoever posts the link may see the incident.
"""

import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from escalation.slack.asked import Asked
from escalation.slack.outcome import url_of
from incidents.models import Incident
from notifications.actions import slack_app
from notifications.message.slack_text import escape, link
from notifications.message.words import status_word
from opsportal.lib.languages import written_in

PATH = re.compile(r"/incidents/(\d{1,15})/?")
MAX_TITLE = 200


def unfurl(asked: Asked) -> dict[str, Any]:
    """Have a worker show them; what is nothing for everybody stays a link."""
    shown = {url: found for url in asked.request.links if (found := _preview(asked, url))}
    if shown:
        body = {**asked.request.place, "unfurls": shown}
        slack_app.call_later(asked.account, "chat.unfurl", body)
    return {}


def _preview(asked: Asked, url: str) -> dict[str, Any]:
    number = _number_in(url)
    incident = asked.incident(number) if number else None
    if incident is None or incident.is_private or incident.test_recipient_id:
        return {}
    with written_in(""):  # Everybody in the channel reads it.
        facts = escape(_facts(incident))
    text = f"*{link(url_of(incident), _title(incident))}*\n{facts}"
    return {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": text}}]}


def _number_in(url: str) -> int | None:
    """The number of the incident whose page it is, of this portal."""
    ours, given = urlsplit(settings.SITE_URL), urlsplit(url)
    if (given.scheme, given.netloc.lower()) != (ours.scheme, ours.netloc.lower()):
        return None
    if not given.path.startswith(ours.path):
        return None
    found = PATH.fullmatch(given.path[len(ours.path.rstrip("/")) :])
    return int(found[1]) if found else None


def _title(incident: Incident) -> str:
    return f"#{incident.pk} {incident.title[:MAX_TITLE]}"


def _facts(incident: Incident) -> str:
    return f"{status_word(incident.status).capitalize()} · {incident.service}"
