"""The steps in the vendor's tool, with the address filled in, as HTML."""

from urllib.parse import urlsplit

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from integrations.catalog import Template
from integrations.models import Integration

# HTML in the text stays text, and javascript: addresses make no link: both are its default.
MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
NO_APP = "the app id, once it is saved above"
HOLDERS = ("{{ url }}", "{{url}}")


def steps(template: Template, integration: Integration) -> SafeString:
    """What the person does in the tool."""
    text = fill(template.setup, integration)
    return mark_safe(MARKDOWN.render(text))  # noqa: S308


def fill(text: str, integration: Integration) -> str:
    """The text with the address of the integration, and its key, where they belong."""
    for holder in HOLDERS:
        text = text.replace(holder, integration.address or integration.url)
    portal = urlsplit(settings.SITE_URL)
    parts = {"portal": settings.SITE_URL, "scheme": portal.scheme, "host": portal.netloc}
    parts |= {"key": integration.shown_token, "app_id": integration.chat_app_id or NO_APP}
    for name, value in parts.items():
        text = text.replace(f"{{{{ {name} }}}}", value)
    return text
