"""The form that begins an import: files, or the key of the other pager's API."""

from typing import Any, BinaryIO, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile

from integrations.importers.files import Files, UnreadableFilesError, read_stream
from integrations.importers.sources import PAGERS

MAX_UPLOAD_BYTES = 20 * 1024 * 1024


class StartForm(forms.Form):
    """Which pager, and what was exported from it."""

    source = forms.ChoiceField(
        label="From", choices=lambda: [(one.key, one.label) for one in PAGERS.values()]
    )
    file = forms.FileField(
        label="File",
        required=False,
        help_text="A zip of the folder of the export, or one file of JSON, CSV or SQL; "
        "at most 20 MiB. A larger one: <code>manage.py import</code>.",
    )
    address = forms.CharField(
        label="Address of its API",
        required=False,
        max_length=200,
        widget=forms.URLInput(attrs={"placeholder": "https://api.eu.opsgenie.com"}),
        help_text="Only with a key. Empty: where it is for everybody.",
    )
    key = forms.CharField(
        label="API key",
        required=False,
        max_length=2000,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="In place of a file. It is forgotten once everything has been read.",
    )

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        file, key = found.get("file"), found.get("key")
        if bool(file) == bool(key):
            self.add_error("file", "Choose a file, or write the API key.")
        elif file:
            self._read(file)
        elif "source" in found and PAGERS[found["source"]].fetch is None:
            label = PAGERS[found["source"]].label
            self.add_error("key", f"{label} is imported from files: export them first.")
        return found

    def _read(self, file: UploadedFile) -> None:
        if (file.size or 0) > MAX_UPLOAD_BYTES:
            self.add_error("file", "More than 20 MiB: use manage.py import.")
            return
        try:
            files: Files = read_stream(str(file.name), cast(BinaryIO, file))
        except UnreadableFilesError as error:
            self.add_error("file", str(error))
        else:
            self.cleaned_data["files"] = files

    @property
    def address_to_read(self) -> str:
        """What was written, or the address that the pager has for everybody."""
        return self.cleaned_data["address"] or PAGERS[self.cleaned_data["source"]].address
