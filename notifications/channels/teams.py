"""Cards in a channel of Microsoft Teams, by a Workflow."""

from urllib.parse import urlsplit

from django import forms

from notifications.channels._base import Config
from notifications.channels._by_url import ByUrl, HookUrlField, as_json, post_card
from notifications.channels._teams import activity_of, link_actions
from notifications.message.card import card_of
from notifications.message.message import Message
from notifications.rates import Rate

RETIRED_HOSTS = (".webhook.office.com", ".logic.azure.com")
MEND = "In Teams: the channel's menu, Workflows, “Send webhook alerts to a channel”, copy the URL."


class Channel(ByUrl):
    """A channel of Teams, through a Workflow. That the card appeared is only known to the flow."""

    label = "Microsoft Teams"
    rate = Rate(4, 4)  # of a flow
    example = {"url": "https://a1.environment.api.powerplatform.com/workflows/f1/invoke?sig=s1g"}
    reaches = False

    class Form(forms.Form):
        url = HookUrlField(
            help_text=f"{MEND} Give the flow a second owner: it ends with its only one."
        )

        def clean_url(self) -> str:
            """Raises ValidationError for the hosts of connectors and of earlier flows."""
            url = str(self.cleaned_data["url"])
            host = urlsplit(url).hostname or ""
            if host.endswith(RETIRED_HOSTS) or host == "outlook.office.com":
                raise forms.ValidationError(f"Microsoft has retired the URLs of this host. {MEND}")
            return url

    def send(self, config: Config, message: Message) -> str:
        card = card_of(message)
        answer = post_card(config["url"], as_json(activity_of(card, link_actions(card))))
        return answer.headers.get("x-ms-workflow-run-id", "")
