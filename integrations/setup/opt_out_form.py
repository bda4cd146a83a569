"""The form by which one opts out of a service or an integration."""

from django import forms

from incidents.forms import offer_choices
from incidents.models import Service, User
from integrations.models import Integration


class OptOutForm(forms.Form):
    """One service or integration, as ``service:3``."""

    what = forms.ChoiceField(
        label="Service or integration",
        help_text="Its low urgency, and news of its incidents, become lines under the bell here. "
        "High urgency pages you all the same, and so does what you watch or are asked for by name.",
    )

    def __init__(self, *args: object, user: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        services = Service.objects.visible_to(user).active().exclude(opt_outs__user=user)
        ways = Integration.objects.visible_to(user).exclude(opt_outs__user=user).order_by("name")
        groups = [
            ("Services", [(f"service:{row.pk}", row.name) for row in services]),
            ("Integrations", [(f"integration:{row.pk}", row.name) for row in ways]),
        ]
        offer_choices(self, what=[(label, rows) for label, rows in groups if rows])
