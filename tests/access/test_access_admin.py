"""The pages of the admin."""

import re

import pytest
from django.conf import settings as django_settings
from django.contrib import admin
from django.contrib.admin.templatetags.admin_modify import submit_row
from django.template import Context
from django.test import Client

from tests.access.surfaces import ROLES, expected, undone

pytestmark = pytest.mark.django_db


def admin_pages(rows):
    """Each address of the admin of each model, by its name, with a row where it wants one."""
    by_model = {type(row): row for row in rows.values()}
    for model, model_admin in sorted(admin.site._registry.items(), key=lambda m: m[0]._meta.label):
        row = by_model.get(model) or model.objects.first()
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        for entry in model_admin.get_urls():
            if entry.name:
                pattern = str(entry.pattern)
                if "<" not in pattern or row:
                    yield entry.name, base + re.sub(r"<[^>]+>", str(row and row.pk), pattern)


def look(browser, path):
    """What an address of the admin answers; of a history that is elsewhere, what that answers."""
    answer = undone(lambda: browser.get(path))
    elsewhere = answer.get("Location", "")
    return look(browser, elsewhere) if elsewhere.startswith("/history/") else answer


def may_save(answer):
    """Whether the page would have a button that saves."""
    context = getattr(answer, "context_data", None) or {}
    if "has_editable_inline_admin_formsets" not in context:
        return False
    return bool(submit_row(Context(context))["show_save"])


@pytest.mark.usefixtures("blank_templates")
def test_of_the_admin(world):
    browsers = {letter: Client() for letter in ROLES}
    for letter, person in world.people.items():
        browsers[letter].force_login(person)
    found = {}
    for name, path in admin_pages(world.rows):
        answers = {letter: look(browser, path) for letter, browser in browsers.items()}
        looks = "".join(k for k, answer in answers.items() if answer.status_code == 200)
        if looks:  # What nobody opens leads elsewhere, or does not exist.
            found[f"look {name}"] = looks
        saves = "".join(k for k, answer in answers.items() if may_save(answer))
        if saves:
            found[f"save {name}"] = saves

    assert found == expected("Admin")
    assert django_settings.LOGIN_URL == "admin:login"
