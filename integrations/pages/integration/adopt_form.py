"""The form by which the address of another pager is kept."""

from django import forms

from incidents.errors import InvalidRequest
from integrations.setup.adopt_key import check_token


class AdoptForm(forms.Form):
    """The key that stands in the address that the tools have already."""

    prefix = "adopt"

    token = forms.CharField(
        label="Key of the other pager",
        max_length=300,
        help_text="The part of its address that is the secret: the API key, token or routing key. "
        "Then only the host name changes for the tools that post there. 8 to 128 characters.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: object, integration_id: int | None = None, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.integration_id = integration_id

    def clean_token(self) -> str:
        token: str = self.cleaned_data["token"]
        try:
            check_token(token, besides=self.integration_id)
        except InvalidRequest as refusal:
            raise forms.ValidationError(str(refusal).removeprefix("token: ").capitalize()) from None
        return token
