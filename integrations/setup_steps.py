"""The steps in the vendor's tool, with the address filled in, as HTML."""

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from integrations.catalog import Template
from integrations.models import Integration

# HTML in the text stays text, and javascript: addresses make no link: both are its default.
MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
HOLDERS = ("{{ url }}", "{{url}}")


def steps(template: Template, integration: Integration) -> SafeString:
    """What the person does in the tool."""
    text = fill(template.setup, integration)
    return mark_safe(MARKDOWN.render(text))  # noqa: S308


def fill(text: str, integration: Integration) -> str:
    """The text with the address of the integration, and its key, where they belong."""
    for holder in HOLDERS:
        text = text.replace(holder, integration.url)
    return text.replace("{{ key }}", integration.token)
