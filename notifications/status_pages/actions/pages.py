"""Status pages and their components, written as a whole."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from incidents.errors import InvalidRequest
from notifications.models import StatusComponent, StatusPage
from notifications.status_pages.actions.publish import touch

MAX_COMPONENTS = 200


@transaction.atomic
def save_page(page: StatusPage | None, fields: dict[str, Any]) -> StatusPage:
    """A new page, or other values of one; ``components`` replaces those that it had.

    Raises InvalidRequest for what cannot be.
    """
    row = page or StatusPage()
    components = fields.get("components")
    for name, value in fields.items():
        if name != "components":
            setattr(row, name, value)
    try:
        row.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        name, problems = next(iter(error.message_dict.items()))
        raise InvalidRequest(f"{name}: {problems[0]}") from error
    _check_free(row)
    row.save()
    if components is not None:
        _set_components(row, components)
    touch(row)
    return row


def _check_free(row: StatusPage) -> None:
    others = StatusPage.objects.exclude(pk=row.pk)
    for name in ("name", "slug", "domain"):
        value = getattr(row, name)
        if value and others.filter(**{name: value}).exists():
            raise InvalidRequest(f"{name}: another status page has it.")


def _set_components(page: StatusPage, wanted: Sequence[dict[str, Any]]) -> None:
    if len(wanted) > MAX_COMPONENTS:
        raise InvalidRequest(f"components: at most {MAX_COMPONENTS}.")
    names = [(one["group"], one["name"]) for one in wanted]
    if len(set(names)) < len(names):
        raise InvalidRequest("components: name each once in its group.")
    known = page.components.in_bulk()
    kept = {one["id"] for one in wanted if "id" in one}
    if unknown := sorted(kept - known.keys()):
        raise InvalidRequest(f"components: {unknown[0]} is none of this page.")
    page.components.exclude(pk__in=kept).delete()
    for pk in kept:  # So that two can change their names for each other's.
        known[pk].name = f"~{pk}"
        known[pk].save(update_fields=["name"])
    for position, one in enumerate(wanted):
        row = known.get(one.get("id", 0)) or StatusComponent(page=page)
        for name in ("name", "group", "description", "service"):
            setattr(row, name, one[name])
        row.position = position
        row.save()
