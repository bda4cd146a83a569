"""Forms of integrations that mails are sent to."""

from typing import Any, Self

from django import forms
from django.conf import settings

from incidents.errors import InvalidRequest
from incidents.overlap_form import OverlapForm
from incidents.word_fields import WordsField
from integrations.mail import addresses, extraction
from integrations.mail.extraction import Extraction, Tag
from integrations.models import Integration, MailAccount

GENERIC = "email"  # the template whose rules are a few settings
PLACES = [("text", "the text"), ("subject", "the subject")]
END_TAG = "Empty: the rest of the line."


class MailboxForm(forms.Form):
    """The address."""

    mailbox = forms.CharField(
        label="Mailbox",
        max_length=320,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mailbox"].help_text = (
            f"The part before {addresses.ending()}. Several integrations may share one: of "
            "those whose filters accept a mail, the one with the lowest sequence gets it."
        )

    def clean_mailbox(self) -> str:
        try:
            return addresses.checked(self.cleaned_data["mailbox"])
        except InvalidRequest as error:
            raise forms.ValidationError(
                str(error).removeprefix("mailbox: ").capitalize()
            ) from error


class TagField(forms.CharField):
    """A tag of a mail; spaces count."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, strip=False, max_length=200, **kwargs)


class ExtractionForm(forms.Form):
    """How mails are parsed: tags and words, from which the rules are made."""

    every_mail_opens = forms.BooleanField(
        label="Every mail opens an alert",
        required=False,
        initial=True,
        help_text="Each mail is an alert of its own; no mail closes an alert.",
    )
    name_where = forms.ChoiceField(label="Source Name is in", choices=PLACES)
    name_after = TagField(label="Start tag", help_text="The text before it, such as Host:")
    name_before = TagField(label="End tag", help_text=END_TAG)
    id_where = forms.ChoiceField(label="Source Id is in", choices=PLACES)
    id_after = TagField(label="Start tag", help_text="The text before it, such as Service:")
    id_before = TagField(label="End tag", help_text=END_TAG)
    open_words = WordsField(
        label="Opens when it contains",
        help_text="PROBLEM, DOWN. Empty: every mail that neither closes nor updates.",
    )
    update_words = WordsField(label="Updates when it contains", help_text="UPDATE, ACKNOWLEDGEMENT")
    close_words = WordsField(
        label="Closes when it contains", help_text="RECOVERY, OK. Checked first."
    )

    @classmethod
    def of(cls, found: Extraction) -> Self:
        initial = {"every_mail_opens": found.every_mail_opens}
        for name, tag in (("name", found.name), ("id", found.id)):
            initial |= {f"{name}_{part}": getattr(tag, part) for part in Tag.__slots__}
        for name in extraction.DECISIONS.values():
            initial[name] = getattr(found, name)
        return cls(initial=initial)

    def clean(self) -> Any:
        super().clean()
        found = self.cleaned_data
        if found.get("every_mail_opens") or self.errors:
            return found
        if not self.tag("name").is_set and not self.tag("id").is_set:
            words = "Enter the tags of the Source Name or of the Source Id, or both."
            self.add_error("name_after", words)
        return found

    def tag(self, name: str) -> Tag:
        return Tag(*(self.cleaned_data[f"{name}_{part}"] for part in Tag.__slots__))

    @property
    def extraction(self) -> Extraction:
        found = self.cleaned_data
        if found["every_mail_opens"]:
            return Extraction()
        words = {name: found[name] for name in extraction.DECISIONS.values()}
        return Extraction(False, self.tag("name"), self.tag("id"), **words)


class OldMailboxForm(OverlapForm):
    """How long a mailbox that is replaced still takes mails; left out: not at all."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["overlap"]
        field.label, field.required = "If the mailbox changes, the old one stays valid for", False


def forms_of(row: Integration) -> dict:
    """What the saved page shows of an integration of the channel Email."""
    found = extraction.read(row.rules)
    return {
        "mailbox_form": MailboxForm(initial={"mailbox": row.mailbox}),
        "overlap_form": OldMailboxForm(),
        "extraction_form": ExtractionForm.of(found) if found else None,
        "mail_receivers": receivers(),
        "mail_domain": settings.INBOUND_MAIL_DOMAIN,
    }


def receivers() -> list[str]:
    """How mails can arrive (SMTP, IMAP, webhook); [] where nothing works. Accounts that failed
    when they were last looked into do not count."""
    found = [f"SMTP at {settings.INBOUND_SMTP}"] if settings.INBOUND_SMTP else []
    accounts = MailAccount.objects.filter(is_enabled=True, last_error="").count()
    if accounts:
        found.append(f"{accounts} mail account{'s' if accounts > 1 else ''} by IMAP")
    if settings.ANYMAIL["WEBHOOK_SECRET"]:
        found.append("a provider's webhook")
    return found
