"""Form fields whose rows people write as text: hours, SLA targets, warnings, named values."""

from typing import Any

from django import forms

from incidents import named_values, sla_targets, support_hours, team_attributes

Rows = list[dict[str, Any]]


class RowsField(forms.CharField):
    """Rows that are shown and read as text; empty text is no row."""

    example = ""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "help_text": self.example, **kwargs})

    def parse(self, text: str) -> Any:
        """The rows that a text means. Raises ValueError with a sentence."""
        raise NotImplementedError

    def spell(self, rows: Any) -> str:
        """The rows as text."""
        raise NotImplementedError

    def prepare_value(self, value: Any) -> Any:
        return self.spell(value) if isinstance(value, list | dict) else value

    def to_python(self, value: Any) -> Any:
        try:
            return self.parse(super().to_python(value) or "")
        except ValueError as error:
            raise forms.ValidationError(f"{str(error)[:1].upper()}{str(error)[1:]}.") from error

    def run_validators(self, value: Any) -> None:
        """Those of a text are not for rows."""


class SupportHoursField(RowsField):
    """Hours of the week."""

    example = "When it is attended, such as: mon-fri 09:00-17:00; sat 10:00-14:00. Empty: always."

    def parse(self, text: str) -> Rows:
        return support_hours.rows_from_text(text)

    def spell(self, rows: Rows) -> str:
        return support_hours.text_of_rows(rows)


class SlaTargetsField(RowsField):
    """SLA targets by severity and priority."""

    widget = forms.Textarea(attrs={"rows": 2})
    example = (
        "A line each, in minutes; the first that fits holds. Such as: "
        "P1 critical: acknowledge 5, resolve 60"
    )

    def parse(self, text: str) -> Rows:
        return sla_targets.targets_from_text(text)

    def spell(self, rows: Rows) -> str:
        return sla_targets.text_of_targets(rows)


class SlaWarningsField(RowsField):
    """When people are warned of a target."""

    example = "Minutes before, or percent of the target, at most three: resolve 15; acknowledge 80%"

    def parse(self, text: str) -> Rows:
        return sla_targets.warnings_from_text(text)

    def spell(self, rows: Rows) -> str:
        return sla_targets.text_of_warnings(rows)


class NamedValuesField(RowsField):
    """A dict of texts by their names; none of them is empty."""

    widget = forms.Textarea

    def parse(self, text: str) -> dict[str, str]:
        found = named_values.values_from_text(text)
        for name, value in found.items():
            if not (name and value):
                raise ValueError(f"“{name}: {value}” is no line such as region: EU")
        return found

    def spell(self, rows: dict[str, Any]) -> str:
        return named_values.text_of_values(rows)


class AttributesField(RowsField):
    """Attributes of a team or a person."""

    widget = forms.Textarea(attrs={"rows": 3})
    example = "A line each, a name and a value of your choice, such as: region: EU"

    def parse(self, text: str) -> team_attributes.Attributes:
        return team_attributes.checked_attributes(named_values.values_from_text(text))

    def spell(self, rows: team_attributes.Attributes) -> str:
        return named_values.text_of_values(rows)
