"""Settings, Notifications, Message templates: what messages say, with a preview."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from incidents.errors import InvalidRequest
from incidents.models import Incident
from incidents.views.base import SignedInRequest, process_form, requires, run_and_redirect
from notifications.actions import message_previews, message_templates
from notifications.actions.message_templates import Key
from notifications.choices import TemplateKind, TemplateOccasion
from notifications.message.message import Written
from notifications.message.template_check import ROOM, has_subject
from notifications.message.template_fields import FIELDS
from notifications.message.template_words import FILTERS
from notifications.models import MessageTemplate
from notifications.models.message_template import CHANGE, VIEW
from opsportal.lib import pages
from opsportal.lib.languages import Language

ALL = "all"  # languages, as it stands in the address of a page
ABOUT_KINDS = {
    TemplateKind.MAIL: "Title and text of mails. Buttons, links and what to answer are added.",
    TemplateKind.SHORT: "SMS and WhatsApp. What to reply and the link are added at the end.",
    TemplateKind.PUSH: "Push, ntfy, Gotify, Bark, Pushover and OneSignal.",
    TemplateKind.CHAT: "Slack, Telegram, Teams and all other chats. Buttons are added.",
    TemplateKind.VOICE: "What is read aloud before the keys are named.",
}
ABOUT_OCCASIONS = {
    TemplateOccasion.PAGE: "somebody is asked to act",
    TemplateOccasion.UPDATE: "acknowledged, changed or merged",
    TemplateOccasion.RESOLVED: "it is over",
    TemplateOccasion.SLA: "the service level is at risk, or was missed",
}


class TemplateForm(forms.Form):
    """The words of one template, and the incident that its preview is of."""

    subject = forms.CharField(
        required=False,
        label="Title",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2, "class": "is-mono", "spellcheck": "false"}),
    )
    text = forms.CharField(
        max_length=10_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 12, "class": "is-mono", "spellcheck": "false"}),
    )
    incident = forms.IntegerField(
        required=False,
        min_value=1,
        label="Preview with incident",
        help_text="Its number. Left empty, the preview is of a made-up incident.",
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, kind: TemplateKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        title, text = ROOM[kind]
        self.fields["subject"].help_text = f"One line, at most {title} characters when filled in."
        self.fields["text"].help_text = f"At most {text:,} characters when filled in."
        if kind == TemplateKind.SHORT:
            self.fields["text"].help_text = "At most two text messages, together with the link."
        if not has_subject(kind):
            del self.fields["subject"]

    @property
    def written(self) -> Written:
        """The template that was entered, with line breaks as one character."""
        found = self.cleaned_data
        text = "\n".join(found["text"].splitlines()).strip()
        return Written(" ".join(found.get("subject", "").split()), text)


@requires(VIEW)
@require_safe
def template_list(request: SignedInRequest) -> HttpResponse:
    """Every kind of message on every occasion, with the templates that there are."""
    rows: dict[tuple[str, str], list[MessageTemplate]] = {}
    for row in MessageTemplate.objects.visible_to(request.user):
        rows.setdefault((row.kind, row.occasion), []).append(row)
    sections = [
        {
            "kind": kind,
            "about": ABOUT_KINDS[kind],
            "rows": [
                (occasion, ABOUT_OCCASIONS[occasion], rows.get((kind, occasion), []))
                for occasion in TemplateOccasion
            ],
        }
        for kind in TemplateKind
    ]
    context = {
        "title": "Message templates",
        "sections": sections,
        "may_change": request.user.has_perm(CHANGE),
    }
    return pages.render_page(request, "notifications/template_list.html", context)


@requires(CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def template(request: SignedInRequest, kind: str, occasion: str, language: str) -> HttpResponse:
    """Change one, or see what it would say: the button ``preview`` saves nothing."""
    key = _key(kind, occasion, language)
    written, newest = message_templates.text_of(key), _newest(request)
    initial = {"subject": written.subject, "text": written.text, "incident": newest}
    form = TemplateForm(request.POST or None, kind=key[0], initial=initial)
    shown = {"form": form, "key": key, "language": language}
    show = partial(_page, request, shown)
    if request.method == "POST" and "preview" in request.POST:
        return process_form(form, partial(_preview, request, form, key, show), show)
    if request.method == "POST":
        return process_form(form, partial(_save, request, form, key, language), show)
    return show(preview=_of_stored(request, key, written, newest))


@requires(CHANGE)
@require_POST
def reset(request: SignedInRequest, kind: str, occasion: str, language: str) -> HttpResponse:
    """The usual text again."""
    key = _key(kind, occasion, language)

    def run() -> str:
        message_templates.reset_template(key)
        return "The usual text is sent again, from the next message on."

    return run_and_redirect(request, run, "message_templates")


def _preview(request: SignedInRequest, form: TemplateForm, key: Key, show: Any) -> HttpResponse:
    number = form.cleaned_data["incident"]
    found = message_previews.preview(key, form.written, request.user, number=number)
    return show(preview=found)  # type: ignore[no-any-return]


def _of_stored(
    request: SignedInRequest, key: Key, written: Written, number: int | None
) -> message_previews.Preview | None:
    """None of a stored template that could not be saved any more."""
    try:
        return message_previews.preview(key, written, request.user, number=number)
    except InvalidRequest:
        return None


def _save(request: SignedInRequest, form: TemplateForm, key: Key, language: str) -> HttpResponse:
    row = message_templates.save_template(key, form.written, by=request.user)
    messages.success(request, "This is what messages say, from the next one on.")
    return redirect("message_template", row.kind, row.occasion, language)


def _key(kind: str, occasion: str, language: str) -> Key:
    known = kind in TemplateKind and occasion in TemplateOccasion
    if not known or not (language == ALL or language in Language):
        raise Http404
    code = "" if language == ALL else language
    return TemplateKind(kind), TemplateOccasion(occasion), code


def _newest(request: SignedInRequest) -> int | None:
    """The number of the newest incident that the person may see."""
    rows = Incident.objects.visible_to(request.user).order_by("-pk")
    return rows.values_list("pk", flat=True).first()


def _page(
    request: SignedInRequest,
    shown: dict[str, Any],
    *,
    status: int = 200,
    preview: message_previews.Preview | None = None,
) -> HttpResponse:
    kind, occasion, code = shown["key"]
    mine = MessageTemplate.objects.filter(kind=kind, occasion=occasion, language=code).first()
    context = {
        **shown,
        "title": f"{kind.label}: {occasion.label}",
        "kind": kind,
        "occasion": occasion,
        "about": ABOUT_KINDS[kind],
        "languages": [(ALL, "All languages"), *Language.choices],
        "row": mine,
        "fields": FIELDS.items(),
        "filters": ", ".join(FILTERS),
        "preview": preview,
    }
    return pages.render_page(request, "notifications/template_edit.html", context, status=status)
