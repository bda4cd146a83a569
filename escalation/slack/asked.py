"""One thing that a person asks for in Slack, and who that is."""

from dataclasses import dataclass
from functools import partial

from django.utils.translation import gettext_noop

from incidents.models import Incident, Service, User
from notifications.actions.chat_people import once
from notifications.provider_accounts import ProviderAccount
from notifications.receipts import ChatRequest, Reply

VIA = "Slack"
SEND = "incidents.Messages_Send_GlobalAccess"
MAY_NOT_OPEN = gettext_noop(
    "You may not open incidents: that needs the right Messages_Send_GlobalAccess."
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, the account by which it came, and the person whose verified address it is."""

    account: ProviderAccount
    request: ChatRequest
    person: User

    @property
    def reply(self) -> Reply:
        """The same as an answer by text."""
        return Reply(
            address=self.request.address,
            text=self.request.text,
            event_id=self.request.event_id,
            respond_to=self.request.respond_to,
        )

    @property
    def once(self) -> "partial[str]":
        """Call a function, which returns a sentence, once for the event of this request."""
        channel, account = self.account.channel, self.account.key
        return partial(once, channel, account, self.reply, self.person)

    @property
    def may_open(self) -> bool:
        return self.person.has_perm(SEND)

    def incident(self, number: int) -> Incident | None:
        """The incident with this number; None where there is none that the person may see."""
        rows = Incident.objects.visible_to(self.person).select_related("service", "assignee")
        return rows.filter(pk=number).first()

    def services(self) -> list[Service]:
        """Those for which the person may open an incident, by name."""
        return list(Service.objects.active().visible_to(self.person).order_by("name"))
