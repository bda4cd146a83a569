"""The form that asks for how long a replaced key stays valid."""

from datetime import timedelta

from django import forms

OVERLAPS = [
    ("0", "not at all: it opens nothing from now on"),
    ("60", "1 hour"),
    ("1440", "1 day"),
    ("10080", "7 days"),
    ("43200", "30 days"),
]


class OverlapForm(forms.Form):
    """``overlap`` is a timedelta."""

    overlap = forms.TypedChoiceField(
        label="The old one stays valid for",
        choices=OVERLAPS,
        initial="1440",
        coerce=lambda minutes: timedelta(minutes=int(minutes)),
        help_text="Both are taken until then. Under Keys you see which of them is still used, and "
        "can end the old one at any time.",
    )
