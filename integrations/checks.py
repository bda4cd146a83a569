"""What ``manage.py check`` says about the catalog."""

from typing import Any

from django.core.checks import CheckMessage, Error, register

from integrations.catalog.validation import check


@register("catalog")
def check_catalog(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A template that cannot work is an error, with its file and the mend."""
    return [
        Error(message, obj=where, id="integrations.E001", hint="See docs/adding-a-template.md.")
        for where, message in check()
    ]
