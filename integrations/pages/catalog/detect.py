"""Tool detection: a pasted message, and the templates that recognize it."""

from typing import Any

from django import forms
from django.http import HttpResponse

from incidents.views.base import SignedInRequest
from integrations.catalog.detection import detect, read_paste
from integrations.errors import UnreadableBody
from integrations.pages.access import administers
from opsportal.lib import pages

MAX_BODY_CHARS = 500_000
MAX_HEADERS_CHARS = 20_000


class PasteForm(forms.Form):
    body = forms.CharField(
        label="Message",
        max_length=MAX_BODY_CHARS,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
        help_text="The body as the tool sent it: JSON, a form, or XML.",
    )
    headers = forms.CharField(
        label="Headers",
        max_length=MAX_HEADERS_CHARS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text="Optional, one on each line: X-GitHub-Event: workflow_run",
    )


@administers
def detect_tool(request: SignedInRequest) -> HttpResponse:
    """Ask for a message, and show the templates that recognize it; nothing is stored."""
    form = PasteForm(request.POST or None)
    context: dict[str, Any] = {"title": "Detect the tool", "form": form, "guesses": None}
    if request.method == "POST" and form.is_valid():
        try:
            received = read_paste(form.cleaned_data["body"], form.cleaned_data["headers"])
            context["guesses"] = detect(received)
        except UnreadableBody as error:
            form.add_error("body", f"This cannot be read: {error}.")
    return pages.render_page(request, "integrations/detect.html", context)
