"""Parts in an order that is changed by dragging."""

from typing import Any

from django import forms
from unfold.forms import PaginationInlineFormSet


class OrderedForm(forms.ModelForm):
    """A part whose place may be left open: then it comes last."""

    position = forms.IntegerField(required=False, min_value=0, initial="")


class OrderedFormSet(PaginationInlineFormSet):
    """New rows that were not dragged anywhere come after all others."""

    def save_new(self, form: Any, commit: bool = True) -> Any:
        if form.instance.position is None:
            taken = [f.instance.position for f in self.forms if f.instance.position is not None]
            form.instance.position = max(taken, default=-1) + 1
        return super().save_new(form, commit)

    def save_existing(self, form: Any, obj: Any, commit: bool = True) -> Any:
        if form.instance.position is None:
            form.instance.position = form.initial.get("position", 0)
        return super().save_existing(form, obj, commit)
