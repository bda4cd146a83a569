"""A model form that draws settings from the form of the channel or provider that they are of."""

from copy import deepcopy
from typing import Any, ClassVar, Self

from django import forms
from django.utils.html import escape
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldAdminURLInputWidget,
    UnfoldBooleanWidget,
)

from notifications.channel_config import SettingsOwner
from notifications.channels import all_channels
from opsportal.lib.encryption import readable, stored_value

PREFIX = "config_"
LOST_HELP = (
    "Set, but encrypted with another SECRET_KEY: it cannot be read. Enter all of this anew; left "
    "empty, it stays as it is, for when that key is back."
)
KEPT_HELP = "Set. It is never shown; leave this empty to keep it."
WIDGETS = {
    forms.EmailField: UnfoldAdminTextInputWidget,
    forms.BooleanField: UnfoldBooleanWidget,
    forms.ChoiceField: UnfoldAdminSelectWidget,
}


class ConfigForm(forms.ModelForm):
    """Fields named ``config_…`` are its owner's; a stored secret is kept, replaced or removed."""

    channel_key = ""
    owner: ClassVar[SettingsOwner]

    @classmethod
    def for_channel(cls, key: str) -> type[Self]:
        """The same form with the fields of this channel."""
        return cls.for_owner(all_channels()[key], channel_key=key)

    @classmethod
    def for_owner(cls, owner: SettingsOwner, **attributes: Any) -> type[Self]:
        """The same form with the fields of a channel or provider."""
        found: dict = {"owner": owner, **attributes}
        for name, field in owner.Form.base_fields.items():
            found[PREFIX + name] = _dressed(field, name, name in owner.secret_fields)
            if name in owner.secret_fields and not field.required:
                found[f"clear_{name}"] = forms.BooleanField(
                    required=False,
                    widget=UnfoldBooleanWidget,
                    label=f"Remove the {name.replace('_', ' ')}",
                )
        metaclass = type(cls)
        return metaclass(f"{type(owner).__name__}{cls.__name__}", (cls,), found)  # type: ignore[misc]

    @classmethod
    def setting_names(cls, stored: Any = None) -> list[str]:
        """The names of the channel's own fields, in their order; to remove is what is stored."""
        stored = readable(stored, "config", {}) if stored else {}
        return [
            name
            for name in cls.base_fields
            if name.startswith(PREFIX)
            or (name.startswith("clear_") and stored.get(name.removeprefix("clear_")))
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        channel, stored = self.owner, self._stored()
        for name in channel.Form.base_fields:
            field = self.fields.get(PREFIX + name)
            if field is None:
                continue
            if name not in channel.secret_fields:
                field.initial = stored.get(name, field.initial)
            elif stored.get(name):
                field.required, field.help_text = False, f"{field.help_text} {KEPT_HELP}".strip()
            if f"clear_{name}" in self.fields and not stored.get(name):
                del self.fields[f"clear_{name}"]
            if stored_value(self.instance, "config"):
                field.required, field.help_text = False, LOST_HELP

    def _stored(self) -> dict[str, Any]:
        return readable(self.instance, "config", {}) or {}

    def clean(self) -> dict[str, Any]:
        super().clean()
        found = self.cleaned_data
        lost = stored_value(self.instance, "config")
        if lost and not any(found.get(name) for name in self.fields if name.startswith(PREFIX)):
            found["config"] = lost
            return found
        form = self.owner.Form(self._config(found))
        for name, errors in form.errors.items():
            target = PREFIX + name
            if target not in self.errors:
                self.add_error(target if target in self.fields else None, errors)
        found["config"] = form.cleaned_data if form.is_valid() else {}
        return found

    def _config(self, found: dict[str, Any]) -> dict[str, Any]:
        channel, stored = self.owner, self._stored()
        config = {name: found.get(PREFIX + name) for name in channel.Form.base_fields}
        for name in channel.secret_fields:
            if not config[name]:
                is_removed = found.get(f"clear_{name}")
                config[name] = "" if is_removed else stored.get(name, "")
        return config


def _dressed(field: forms.Field, name: str, is_secret: bool) -> forms.Field:
    """The channel's field, with a widget of the admin's look."""
    field = deepcopy(field)
    field.label = field.label or name.replace("_", " ").capitalize()
    field.help_text = escape(field.help_text)  # The admin takes it for HTML.
    if is_secret:
        widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})
    elif isinstance(field.widget, forms.URLInput):
        widget = UnfoldAdminURLInputWidget()
    elif isinstance(field.widget, forms.Textarea):
        widget = UnfoldAdminTextareaWidget()
    else:
        kinds = (widget for kind, widget in WIDGETS.items() if isinstance(field, kind))
        widget = next(kinds, UnfoldAdminTextInputWidget)()
    widget.is_required = field.required
    widget.attrs.update(field.widget_attrs(widget))
    field.widget = widget
    if hasattr(field, "choices"):
        widget.choices = field.choices
    return field
