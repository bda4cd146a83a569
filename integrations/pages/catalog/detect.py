"""Which tool sent this? A pasted message, and the templates that know it."""

from django import forms

from integrations.catalog.detection import detect, read_paste
from integrations.errors import UnreadableBody
from integrations.pages.access import administers
from opsportal.lib import pages

LONGEST = 500_000


class PasteForm(forms.Form):
    body = forms.CharField(
        label="Message",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
        help_text="The body as the tool sent it: JSON, a form, or XML.",
    )
    headers = forms.CharField(
        label="Headers",
        max_length=20_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text="Optional, one on each line: X-GitHub-Event: workflow_run",
    )


@administers
def detect_tool(request):
    """Ask for a message, and show what knows it; nothing of it is kept."""
    form = PasteForm(request.POST or None)
    context = {"title": "Which tool sent this?", "form": form, "guesses": None}
    if request.method == "POST" and form.is_valid():
        try:
            received = read_paste(form.cleaned_data["body"], form.cleaned_data["headers"])
            context["guesses"] = detect(received)
        except UnreadableBody as error:
            form.add_error("body", f"This cannot be read: {error}.")
    return pages.page(request, "integrations/which_tool.html", context)
