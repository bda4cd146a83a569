"""The one description of a window's rules: whatever uses a window knows each of them."""

import pytest

from integrations.api.serializers.windows import WindowSerializer
from integrations.maintenance.rules import RULES
from integrations.models import MaintenanceWindow
from integrations.pages.maintenance.forms import WindowForm

COLUMNS = set(MaintenanceWindow.editable_names())
TEXTS = {"name", "note", "public_title", "public_text"}
TIMES = {"recurrence", "weekdays", "starts_at", "ends_at", "until", "time_zone"}
RULE_COLUMNS = [name for rule in RULES for name in rule.columns]


def test_each_column_is_a_text_a_time_or_of_one_rule():
    assert sorted([*TEXTS, *TIMES, *RULE_COLUMNS, "status_pages"]) == sorted(COLUMNS)


def test_the_api_takes_every_column():
    writable = {name for name, field in WindowSerializer().fields.items() if not field.read_only}

    assert writable == COLUMNS


@pytest.mark.django_db
def test_the_form_has_a_field_for_every_rule():
    form = WindowForm()
    drawn = {field.name for field in form.rule_fields}

    assert drawn | {"is_for_all", "conditions"} == set(RULE_COLUMNS)
