"""What the app of a Slack workspace is asked for, by kind; whoever is not known is told why."""

from collections.abc import Callable, Mapping
from typing import Any

from escalation.slack import commands, dialogs, previews, views
from escalation.slack.asked import Asked
from notifications import chat_requests
from notifications.actions.chat_people import person_of, why_nobody
from notifications.actions.slack_workspaces import SLACK
from notifications.choices import ChatRequestKind
from notifications.provider_accounts import ProviderAccount
from notifications.receipts import ChatRequest
from opsportal.lib.languages import written_in
from opsportal.lib.sentences import translated

Kind = ChatRequestKind
Answer = Mapping[str, Any]


def answer(account: ProviderAccount, request: ChatRequest) -> Answer:
    """What Slack is answered, in the language of whoever asks: {} for nothing."""
    person = person_of(SLACK, request.address)
    with written_in(person.language if person else ""):
        if person is None:
            return _to_stranger(account, request)
        return ANSWERS[request.kind](Asked(account, request, person))


def _to_stranger(account: ProviderAccount, request: ChatRequest) -> Answer:
    """Why nothing is done, where the person asked for something and not only posted a link."""
    text = translated(why_nobody(SLACK, request.address))
    if request.kind == Kind.COMMAND:
        return {"response_type": "ephemeral", "text": text}
    if request.kind == Kind.SUBMISSION:
        return {"response_action": "update", "view": views.sentence("OpsPortal", text)}
    if request.kind in (Kind.DIALOG, Kind.SHORTCUT):
        return dialogs.show(account, request, views.sentence("OpsPortal", text))
    return views.options([]) if request.kind == Kind.SUGGESTION else {}


ANSWERS: dict[Kind, Callable[[Asked], Answer]] = {
    Kind.COMMAND: commands.answer,
    Kind.SHORTCUT: dialogs.of_shortcut,
    Kind.DIALOG: dialogs.of_incident,
    Kind.SUBMISSION: dialogs.submitted,
    Kind.SUGGESTION: dialogs.suggested,
    Kind.LINKS: previews.unfurl,
}
chat_requests.HANDLERS[SLACK] = answer
